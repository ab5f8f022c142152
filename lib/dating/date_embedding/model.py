"""A trained embedding for dating as a bundle: written once, loaded without running code from it, asked for places."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from lib.data.dataset import painting_parts
from lib.data.images import decode_rgb, square
from lib.dating.date_embedding.fit import DESCRIBED, describe
from lib.dating.date_embedding.plan import FORMAT, build_date_embedding_network
from lib.dating.date_embedding.train import head_inputs
from lib.features.style_space import StyleSpace
from lib.infra.bundles import read_bundle, write_bundle
from lib.infra.errors import UserError
from lib.infra.paths import read_parquet
from lib.training.loop import State

NETWORK = "network."  # begins the names of the network's tensors; the others are the style space's
KIND = "embedding for dating"


@dataclass(frozen=True)
class DateEmbeddingModel:
    """A trained network. space: of the embeddings that it is given, None where it is given pictures. card: its card."""

    network: nn.Module
    space: StyleSpace | None
    card: dict[str, Any]

    def fits(self, manifest: dict[str, Any]) -> bool:
        """Tell whether it was made from the dataset and by the backbone of these embeddings' manifest."""
        plan = self.card["plan"]
        return (plan["fingerprint"], plan["backbone"]) == (manifest["dataset"], manifest["backbone"])

    def places(self, dataset: Path, painting_ids: list[str], embeddings: np.ndarray) -> np.ndarray:
        """Return the places (n, dimensions) of works, on a sphere of radius 1.

        embeddings: (n, width) of the works, by the backbone of the card. A network that is given pictures reads those
        of `dataset` instead.
        """
        if self.space is not None:
            return describe(self.network, head_inputs(self.space, embeddings)).float().numpy()
        found: dict[str, np.ndarray] = {}
        size: Any = self.network.full_view_size
        for part in painting_parts(dataset):
            table = read_parquet(part, columns=["painting_id", "image"], filters=[("painting_id", "in", painting_ids)])
            for first in range(0, len(table), DESCRIBED):
                rows = table.slice(first, DESCRIBED)
                pixels = [square(decode_rgb(jpeg), size=size) for jpeg in rows["image"].to_pylist()]
                places = describe(self.network, torch.from_numpy(np.stack(pixels))).float().numpy()
                found |= dict(zip(rows["painting_id"].to_pylist(), places, strict=True))
        return np.stack([found[name] for name in painting_ids])


def write_date_embedding_model(
    folder: Path, state: State, *, space: StyleSpace, card: dict[str, Any]
) -> DateEmbeddingModel:
    """Keep the embedding of the best epoch, with the style space of the embeddings it is given; return it.

    card: holds that of the plan as `plan`.
    """
    network = build_date_embedding_network(card["plan"])
    network.load_state_dict(state["best"], strict=False)  # the frozen prefix is as it was
    tensors = {f"{NETWORK}{name}": value.numpy() for name, value in network.state_dict().items()}
    if card["plan"]["trunk"] == "embeddings":
        tensors |= {"mean": space.mean, "deviation": space.deviation, "weight": space.weight}
    write_bundle(folder, tensors=tensors, card={"kind": KIND, **card})
    return DateEmbeddingModel(network=network, space=space if "mean" in tensors else None, card=card)


def read_date_embedding_model(folder: Path) -> DateEmbeddingModel:
    """Return the embedding at `folder`, rebuilt from its card. Raises UserError where it is missing or broken."""
    tensors, card = read_bundle(folder)
    if card.get("kind") != KIND or card["plan"]["format"] != FORMAT:
        raise UserError(
            f"{folder} holds no embedding that this version reads; make one with jobs/train_date_embedding.py"
        )
    network = build_date_embedding_network(card["plan"], weights="none")
    weights = {name.removeprefix(NETWORK): tensors.pop(name) for name in list(tensors) if name.startswith(NETWORK)}
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return DateEmbeddingModel(network=network, space=StyleSpace(**tensors) if tensors else None, card=card)
