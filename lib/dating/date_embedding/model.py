"""Bundle of a trained date embedding."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from lib.data.dataset import Dataset
from lib.data.descriptor import STATISTICS, depth_widths
from lib.data.embedded_works import ReadableWorks, batches_of
from lib.data.images import decode_rgb, square
from lib.dating.date_embedding.inputs import head_inputs
from lib.dating.date_embedding.network import BATCH_SIZE, build_date_embedding_network, embed_inputs
from lib.dating.date_embedding.plan import DateEmbeddingPlan, DateEmbeddingProvenance, PlannedDateEmbedding
from lib.features.style_space import StyleSpace
from lib.infra.bundles import Metadata, read_bundle, read_metadata, write_bundle
from lib.infra.tasks import map_batches
from lib.training.loop import State

FOLDER = "date_embedding"  # in the models folder
NETWORK = "network."  # prefix of the names of the network's tensors; the others are the style space's


class DateEmbeddingMetadata(Metadata):
    """What the bundle of a date embedding says of it. artists: those it learned from."""

    kind: Literal["date embedding"] = "date embedding"
    provenance: DateEmbeddingProvenance
    artists: list[str]


@dataclass(frozen=True)
class DateEmbeddingModel:
    """A trained network. space: of the embeddings that it takes, None where it takes images."""

    network: nn.Module
    space: StyleSpace | None
    metadata: DateEmbeddingMetadata

    def embed(self, works: ReadableWorks, *, dataset: Dataset) -> np.ndarray:
        """Return the date embeddings (n, dimensions), of unit length, of n works.

        A network that takes images reads those of `dataset` instead of the embeddings.
        """
        batches = map_batches(_embed_batch, batches_of(works), label="date embedding", model=self, dataset=dataset)
        nothing = np.zeros((0, self.metadata.provenance.recipe.dimensions), dtype=np.float32)
        return np.concatenate([nothing, *batches])

    def embed_batch(self, works: ReadableWorks, *, dataset: Dataset) -> np.ndarray:
        """Return what embed() does, of works whose embeddings or images fit in memory."""
        if self.space is not None:
            matrix = works.read().of_kinds(STATISTICS).matrix
            return embed_inputs(self.network, torch.from_numpy(head_inputs(self.space, matrix))).float().numpy()
        size: Any = self.network.full_view_size
        images = list(dataset.images(works.paintings["painting_id"].tolist()).values())
        outputs = []
        for first in range(0, len(images), BATCH_SIZE):
            pixels = np.stack([square(decode_rgb(jpeg), size=size) for jpeg in images[first : first + BATCH_SIZE]])
            outputs.append(embed_inputs(self.network, torch.from_numpy(pixels)).float().numpy())
        return np.concatenate(outputs)


def _embed_batch(works: ReadableWorks, model: DateEmbeddingModel, dataset: Dataset) -> np.ndarray:
    return model.embed_batch(works, dataset=dataset)


def is_made_by(folder: Path, plan: DateEmbeddingPlan) -> bool:
    """Return whether the bundle at `folder` was made by this plan."""
    metadata = read_metadata(folder, DateEmbeddingMetadata)
    return metadata is not None and metadata.provenance == plan.provenance()


def write_date_embedding_model(folder: Path, state: State, planned: PlannedDateEmbedding) -> DateEmbeddingModel:
    """Write the weights of the best epoch, with the style space of the network's inputs; return the model."""
    plan = planned.plan
    network = plan.build_network()
    network.load_state_dict(state["best"], strict=False)  # without the frozen prefix
    space = planned.space if plan.trunk == "embeddings" else None
    tensors = {f"{NETWORK}{name}": value.numpy() for name, value in network.state_dict().items()}
    if space is not None:
        tensors |= {"mean": space.mean, "deviation": space.deviation, "weight": space.weight}
    metadata = DateEmbeddingMetadata(
        provenance=plan.provenance(),
        artists=sorted(set(plan.works["artist"])),
    )
    write_bundle(folder, tensors=tensors, metadata=metadata)
    return DateEmbeddingModel(network=network, space=space, metadata=metadata)


def read_date_embedding_model(folder: Path) -> DateEmbeddingModel:
    """Return the date embedding at `folder`. Raises UserError where it is missing, broken or of another version."""
    tensors, metadata = read_bundle(folder, DateEmbeddingMetadata)
    provenance = metadata.provenance
    network = build_date_embedding_network(
        provenance.recipe, trunk=provenance.trunk, width=sum(depth_widths(provenance.parts)), weights="none"
    )
    weights = {name.removeprefix(NETWORK): tensors.pop(name) for name in list(tensors) if name.startswith(NETWORK)}
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    space = StyleSpace(parts=provenance.parts, **tensors) if tensors else None
    return DateEmbeddingModel(network=network, space=space, metadata=metadata)
