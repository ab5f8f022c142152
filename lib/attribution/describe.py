"""What an artist network makes of paintings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import ray
import torch
from PIL import Image

from lib.data.images import decode_rgb, square
from lib.data.paintings import painting_parts, read_part
from lib.infra.cluster import cores, gpus, map_parts
from lib.infra.paths import parse_path
from lib.training.network import ArtistNetwork
from lib.training.plan import Plan, build_network
from lib.training.state import State

BATCH = 32  # images that pass through the network together
FACTS = ("painting_id", "artist", "split")


@dataclass(frozen=True)
class Described:
    """Paintings as a network sees them, row by row.

    paintings: n rows of painting_id, artist, split. logits: (n, artists), before the temperature.
    """

    paintings: pd.DataFrame
    logits: np.ndarray


def labels_of(paintings: pd.DataFrame, artists: Sequence[str]) -> np.ndarray:
    """Return the class (n,) of each work, -1 for artists outside `artists`."""
    return pd.Index(artists).get_indexer(pd.Index(paintings["artist"]))


def logits_of_images(network: ArtistNetwork, images: Iterable[Image.Image]) -> np.ndarray:
    """Return logits (images, artists), the mean over the full view and its mirror image."""
    network.eval()
    pixels = torch.from_numpy(np.stack([square(image, size=network.full_view_size) for image in images]))
    logits = [
        (network.full_view_logits(batch) + network.full_view_logits(batch.flip(2))) / 2
        for batch in pixels.to(network.mean.device).split(BATCH)
    ]
    return torch.cat(logits).cpu().numpy()


class DescribeParts:
    """Ray Data actor: one trained network that describes one part of the paintings after another."""

    def __init__(self, *, plan: Plan, learned: Any) -> None:
        """Build the network with its learned weights, on the GPU where there is one."""
        self.network = build_network(plan)
        self.network.load_state_dict(ray.get(learned), strict=False)
        self.network.to("cuda" if torch.cuda.is_available() else "cpu")

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the number of works in one part, and their FACTS and logits, each as one value."""
        table = read_part(parse_path(batch["part"][0]), columns=["painting_id", "artist", "split", "image"])
        images = (decode_rgb(jpeg) for jpeg in table["image"].to_pylist())  # one after another: all take gigabytes
        facts = {name: [table[name].to_pylist()] for name in FACTS}
        return {"works": [len(table)], **facts, "logits": [logits_of_images(self.network, images)]}


def describe_paintings(plan: Plan, learned: State) -> Described:
    """Describe every painting of the dataset with the plan's network and its learned weights."""
    parts = map_parts(
        DescribeParts,
        [{"part": str(part)} for part in painting_parts(plan.dataset)],
        label="artist network: naming paintings",
        unit="works",
        arguments={"plan": plan, "learned": ray.put(learned)},
        gpus_each=1 if gpus() else 0,
        actors=gpus() or cores(),
    )
    described = list(parts)
    columns = {name: np.concatenate([part[name] for part in described]) for name in (*FACTS, "logits")}
    order = np.argsort(columns["painting_id"])  # Ray returns the parts as they are finished
    logits = columns.pop("logits")[order]
    return Described(paintings=pd.DataFrame(columns).iloc[order].reset_index(drop=True), logits=logits)
