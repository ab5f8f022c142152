"""python benchmarks/artist.py [--architecture densenet169]

Time an epoch of training an artist network on cached activations of its frozen prefix, and one that draws new views
and runs the prefix every time. Prints paintings per second of both and their ratio, Ray's overhead left out.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
import tyro
from PIL import Image
from torch import Tensor

from lib.activations import cache_part, draw_views, read_rows, row_shapes
from lib.fit import Batches, Recipe, make_optimizer, running_average, train_epoch
from lib.images import to_jpeg
from lib.networks import ArtistNetwork
from lib.plans import Plan, build_network
from lib.rows import read_part

ARTISTS = [f"Artist {number:02}" for number in range(20)]


@dataclass
class Artist:
    """Options of benchmarks/artist.py."""

    architecture: str = "efficientnet_lite0"
    """Network; all but efficientnet_lite0 with random weights."""
    trainable: str = "last_two_blocks"
    """What is trained beside the head."""
    works: int = 192
    """Paintings in an epoch."""
    repeats: int = 3
    """Epochs of each kind, of which the median counts."""


def main(config: Artist) -> None:
    """Time both kinds of epoch in turn and print the figures."""
    torch.set_flush_denormal(True)  # random weights give numbers so small that they would be slow
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_paintings(folder / "part.parquet", works=config.works)
        network = build_network(plan_of(config, folder))
        start = time.monotonic()
        cache_part(network, folder / "part.parquet", view=1, whole=("val",), out=folder)
        once = config.works / (time.monotonic() - start)
        times: dict[str, list[float]] = {"cached": [], "drawn": []}
        for _ in range(config.repeats):
            for kind, batches in (("cached", cached), ("drawn", drawn)):
                times[kind].append(seconds_of_epoch(network, batches, folder=folder))
    speeds = {kind: config.works / statistics.median(seconds) for kind, seconds in times.items()}
    print(f"{config.architecture}, {config.trainable}, {torch.get_num_threads()} threads, {config.works} works")
    print(f"prefix run once: {once:.0f} paintings/s")
    print(f"trained on cached activations: {speeds['cached']:.0f} paintings/s")
    print(f"trained on views drawn each time: {speeds['drawn']:.0f} paintings/s")
    print(f"ratio: {speeds['cached'] / speeds['drawn']:.2f}")


def plan_of(config: Artist, folder: Path) -> Plan:
    """Return the plan of a network that is trained as the job trains it by default."""
    return Plan(
        dataset=folder,
        fingerprint="benchmark",
        architecture=config.architecture,
        weights="imagenet" if config.architecture == "efficientnet_lite0" else "none",
        trainable=config.trainable,
        fold=True,
        views=1,
        artists=ARTISTS,
        recipe=Recipe(),
    )


def write_paintings(path: Path, *, works: int) -> None:
    """Write one part of random pictures, of the size that a dataset keeps."""
    random = np.random.default_rng(0)
    pictures = [
        Image.fromarray(random.integers(0, 255, (32, 40, 3), dtype=np.uint8)).resize((320, 256)) for _ in range(works)
    ]
    table = pa.table(
        {
            "painting_id": [f"{row:05}" for row in range(works)],
            "artist": np.resize(ARTISTS, works),
            "split": ["train"] * works,
            "image": [to_jpeg(picture) for picture in pictures],
        }
    )
    pq.write_table(table, path)


def cached(network: ArtistNetwork, folder: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield an epoch of cached activations."""
    table = read_part({"item": ["part.parquet"]}, folder=folder, views=1, splits=("train",), artists=ARTISTS)
    yield from batches_of(table, shape=row_shapes(network, cached=True)["train"], dtype="float16")


def drawn(network: ArtistNetwork, folder: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield an epoch of views drawn anew."""
    batch = {"item": [str(folder / "part.parquet")]}
    table = draw_views(batch, splits=("train",), whole=False, size=network.size, artists=ARTISTS)
    yield from batches_of(table, shape=row_shapes(network, cached=False)["train"], dtype="uint8")


def batches_of(table: pa.Table, *, shape: list[int], dtype: str) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the rows of a table in batches of 32."""
    for first in range(0, len(table), 32):
        rows = table.slice(first, 32)
        inputs = read_rows(rows["input"].to_pylist(), shape=shape, dtype=dtype)
        yield inputs, torch.tensor(rows["label"].to_pylist())


def seconds_of_epoch(
    network: ArtistNetwork, batches: Callable[[ArtistNetwork, Path], Batches], *, folder: Path
) -> float:
    """Return the wall-clock seconds of one epoch, the making of its batches included."""
    recipe = Recipe()
    optimizer, averaged = make_optimizer(network, recipe), running_average(network, recipe)
    start = time.monotonic()
    train_epoch(network, batches(network, folder), averaged=averaged, optimizer=optimizer, recipe=recipe)
    return time.monotonic() - start


if __name__ == "__main__":
    main(tyro.cli(Artist, description=__doc__))
