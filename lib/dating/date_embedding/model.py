"""Bundle of a trained date embedding."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from lib.data.dataset import painting_parts
from lib.data.images import decode_rgb, square
from lib.dating.date_embedding.inputs import head_inputs
from lib.dating.date_embedding.network import BATCH_SIZE, build_date_embedding_network, embed_inputs
from lib.dating.date_embedding.plan import FORMAT
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.features.style_space import StyleSpace
from lib.infra.bundles import read_bundle, write_bundle
from lib.infra.errors import UserError
from lib.infra.paths import read_parquet
from lib.training.loop import State

NETWORK = "network."  # prefix of the names of the network's tensors; the others are the style space's
KIND = "date embedding"


@dataclass(frozen=True)
class DateEmbeddingModel:
    """A trained network. space: of the embeddings that it takes, None where it takes images."""

    network: nn.Module
    space: StyleSpace | None
    card: dict[str, Any]

    def fits(self, manifest: dict[str, Any]) -> bool:
        """Return whether it was trained on the dataset and by the backbone of this manifest of embeddings."""
        plan = self.card["plan"]
        return (plan["fingerprint"], plan["backbone"]) == (manifest["dataset"], manifest["backbone"])

    def embed(self, dataset: Path, painting_ids: list[str], embeddings: np.ndarray) -> np.ndarray:
        """Return the date embeddings (n, dimensions), of unit length, of paintings.

        embeddings: (n, width) of the paintings, by the backbone it was trained on. A network that takes images reads
        those of `dataset` instead.
        """
        if self.space is not None:
            return embed_inputs(self.network, head_inputs(self.space, embeddings)).float().numpy()
        by_id: dict[str, np.ndarray] = {}
        size: Any = self.network.full_view_size
        for part in painting_parts(dataset):
            table = read_parquet(part, columns=["painting_id", "image"], filters=[("painting_id", "in", painting_ids)])
            for first in range(0, len(table), BATCH_SIZE):
                rows = table.slice(first, BATCH_SIZE)
                pixels = [square(decode_rgb(jpeg), size=size) for jpeg in rows["image"].to_pylist()]
                outputs = embed_inputs(self.network, torch.from_numpy(np.stack(pixels))).float().numpy()
                by_id |= dict(zip(rows["painting_id"].to_pylist(), outputs, strict=True))
        return np.stack([by_id[name] for name in painting_ids])


def write_date_embedding_model(
    folder: Path, state: State, *, space: StyleSpace, card: dict[str, Any]
) -> DateEmbeddingModel:
    """Write the weights of the best epoch, with the style space of the network's inputs; return the model.

    card: holds the fingerprint fields of the plan as `plan`.
    """
    plan = card["plan"]
    network = build_date_embedding_network(
        DateEmbeddingRecipe(**plan["recipe"]), trunk=plan["trunk"], width=plan["width"]
    )
    network.load_state_dict(state["best"], strict=False)  # without the frozen prefix
    tensors = {f"{NETWORK}{name}": value.numpy() for name, value in network.state_dict().items()}
    if plan["trunk"] == "embeddings":
        tensors |= {"mean": space.mean, "deviation": space.deviation, "weight": space.weight}
    write_bundle(folder, tensors=tensors, card={"kind": KIND, **card})
    return DateEmbeddingModel(network=network, space=space if "mean" in tensors else None, card=card)


def read_date_embedding_model(folder: Path) -> DateEmbeddingModel:
    """Return the date embedding at `folder`. Raises UserError where it is missing, broken or of another version."""
    tensors, card = read_bundle(folder)
    if card.get("kind") != KIND or card["plan"]["format"] != FORMAT:
        raise UserError(
            f"{folder} holds no date embedding of this version; train it again with jobs/train_date_embedding.py"
        )
    plan = card["plan"]
    network = build_date_embedding_network(
        DateEmbeddingRecipe(**plan["recipe"]), trunk=plan["trunk"], width=plan["width"], weights="none"
    )
    weights = {name.removeprefix(NETWORK): tensors.pop(name) for name in list(tensors) if name.startswith(NETWORK)}
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return DateEmbeddingModel(network=network, space=StyleSpace(**tensors) if tensors else None, card=card)
