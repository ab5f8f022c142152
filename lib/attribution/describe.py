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
from lib.infra.cluster import cores, gpus
from lib.infra.paths import parse_path
from lib.training.network import ArtistNetwork
from lib.training.plan import Plan, build_network
from lib.training.state import State

BATCH = 32  # images that pass through the network together


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
        """Return painting_id, artist, split and logits of the works of one part."""
        table = read_part(parse_path(batch["item"][0]), columns=["painting_id", "artist", "split", "image"])
        images = (decode_rgb(jpeg) for jpeg in table["image"].to_pylist())  # one after another: all take gigabytes
        columns = {name: table[name].to_numpy() for name in ("painting_id", "artist", "split")}
        return {**columns, "logits": logits_of_images(self.network, images)}


def describe_paintings(plan: Plan, learned: State) -> Described:
    """Describe every painting of the dataset with the plan's network and its learned weights."""
    parts = [str(part) for part in painting_parts(plan.dataset)]
    rows = ray.data.from_items(parts).map_batches(
        DescribeParts,
        fn_constructor_kwargs={"plan": plan, "learned": ray.put(learned)},
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(gpus() or cores(), len(parts))),
        num_gpus=1 if gpus() else 0,
    )
    batches: list[Any] = list(rows.iter_batches(batch_size=None))
    columns = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    order = np.argsort(columns["painting_id"])  # Ray returns the parts as they are finished
    logits = columns.pop("logits")[order]
    return Described(paintings=pd.DataFrame(columns).iloc[order].reset_index(drop=True), logits=logits)
