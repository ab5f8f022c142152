"""python benchmarks/artist.py [--architectures efficientnet_lite0 densenet169] [--works 96]

Time an epoch of training each artist network on cached activations of its frozen prefix, an epoch that draws new views
and runs the prefix every time, and inference on full views. Prints paintings per second, the ratio of the two kinds of
epoch, and the ratios to the first network, whose turns alternate with the others'. Excludes Ray's overhead.
"""

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
from comparison import Comparison, Found, keep
from PIL import Image
from torch import Tensor

from lib.attribution.describe import logits_of_images
from lib.data.images import decode_rgb, to_jpeg
from lib.data.paintings import write_part
from lib.training.activations import cache_part, read_rows, row_shapes
from lib.training.cached_views import PartRows, read_cached
from lib.training.loop import Batches, running_average, train_epoch
from lib.training.network import ArtistNetwork
from lib.training.optimizer import make_optimizer
from lib.training.plan import Plan, build_network
from lib.training.recipe import Recipe
from lib.training.views import draw_views

CACHED, DRAWN = "trained on cached activations", "trained on views drawn each time"
ARTISTS = [f"Artist {number:02}" for number in range(20)]


@dataclass
class Artist:
    """Options of benchmarks/artist.py."""

    architectures: tuple[str, ...] = ("efficientnet_lite0", "densenet169")
    """Networks; all but efficientnet_lite0 with random weights."""
    trainable: str = "last_two_blocks"
    """What is trained beside the head."""
    works: int = 96
    """Paintings in an epoch."""
    repeats: int = 3
    """Epochs of each kind, of which the median counts."""


def main(config: Artist) -> None:
    """Time all networks in turn and keep the figures."""
    torch.set_flush_denormal(True)  # random weights give numbers so small that they would be slow
    seconds: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        dataset = Path(name)
        part = dataset / "paintings" / "part-00000.parquet"
        write_part(part, paintings_table(config.works))
        networks = {
            architecture: build_network(plan_of(config, architecture, dataset)) for architecture in config.architectures
        }
        for _ in range(config.repeats):
            for architecture, network in networks.items():
                for kind, took in times_of(network, part=part, out=dataset / architecture).items():
                    seconds.setdefault((architecture, kind), []).append(took)
    speeds = {key: [config.works / took for took in times] for key, times in seconds.items()}
    keep("artist", found(config, speeds))


def found(config: Artist, speeds: dict[tuple[str, str], list[float]]) -> Found:
    """Return the comparisons of the two kinds of epoch, and of all networks with the first."""
    first, *others = config.architectures
    kinds = list(dict.fromkeys(kind for _, kind in speeds))
    epochs = [
        Comparison(f"{name}, {CACHED}", DRAWN, "paintings/s", speeds[name, CACHED], speeds[name, DRAWN])
        for name in config.architectures
    ]
    networks = [
        Comparison(f"{name}, {kind}", first, "paintings/s", speeds[name, kind], speeds[first, kind])
        for name in others
        for kind in kinds
    ]
    threads = (
        f"{config.trainable}, {torch.get_num_threads()} threads, {config.works} paintings; Ray's part is left out."
    )
    return Found(title="The artist network", comparisons=epochs + networks, notes=[threads])


def times_of(network: ArtistNetwork, *, part: Path, out: Path) -> dict[str, float]:
    """Return the wall-clock seconds of each kind of work on all paintings of a part."""
    pictures = pictures_of(part, size=network.full_view_size)
    works = len(pictures)
    return {
        "prefix run once": seconds_of(lambda: cache_part(network, part, view=1, full_view_splits=("val",), out=out)),
        CACHED: seconds_of(lambda: train_on(network, cached(network, out, works=works))),
        DRAWN: seconds_of(lambda: train_on(network, drawn(network, part.parent, works=works))),
        "answers": seconds_of(lambda: logits_of_images(network, pictures)),
    }


def plan_of(config: Artist, architecture: str, folder: Path) -> Plan:
    """Return the plan of a network that is trained as the job trains it by default."""
    return Plan(
        dataset=folder,
        fingerprint="benchmark",
        architecture=architecture,
        weights="imagenet" if architecture == "efficientnet_lite0" else "none",
        trainable=config.trainable,
        fold=True,
        views=1,
        artists=ARTISTS,
        recipe=Recipe(),
    )


def pictures_of(part: Path, *, size: int) -> list[Image.Image]:
    """Return the pictures of a part, brought to a square side."""
    images = pq.read_table(part, columns=["image"])["image"].to_pylist()
    return [decode_rgb(jpeg).resize((size, size)) for jpeg in images]


def paintings_table(works: int) -> pa.Table:
    """Return random pictures, of the size that a dataset keeps, as train works."""
    random = np.random.default_rng(0)
    pictures = [
        Image.fromarray(random.integers(0, 255, (32, 40, 3), dtype=np.uint8)).resize((320, 256)) for _ in range(works)
    ]
    return pa.table(
        {
            "painting_id": [f"{row:05}" for row in range(works)],
            "artist": np.resize(ARTISTS, works),
            "split": ["train"] * works,
            "image": [to_jpeg(picture) for picture in pictures],
        }
    )


def cached(network: ArtistNetwork, folder: Path, *, works: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield an epoch of cached activations."""
    rows = PartRows("part-00000.parquet", view=1, first=0, last=works)
    table = read_cached(rows, folder=folder, splits=("train",), artists=ARTISTS)
    yield from batches_of(table, shape=row_shapes(network, cached=True)["train"], dtype="float16")


def drawn(network: ArtistNetwork, paintings: Path, *, works: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield an epoch of new random views."""
    rows = PartRows("part-00000.parquet", view=1, first=0, last=works)
    table = draw_views(
        rows, paintings=paintings, splits=("train",), artists=ARTISTS, size=network.size, seed=str(time.monotonic())
    )
    yield from batches_of(table, shape=row_shapes(network, cached=False)["train"], dtype="uint8")


def batches_of(table: pa.Table, *, shape: list[int], dtype: str) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the rows of a table in batches of 32."""
    for first in range(0, len(table), 32):
        rows = table.slice(first, 32)
        inputs = read_rows(rows["input"].to_pylist(), shape=shape, dtype=dtype)
        yield inputs, torch.tensor(rows["label"].to_pylist())


def train_on(network: ArtistNetwork, batches: Batches) -> None:
    """Train for one epoch, the making of its batches included."""
    recipe = Recipe()
    optimizer, averaged = make_optimizer(network, recipe), running_average(network, recipe)
    train_epoch(network, batches, averaged=averaged, optimizer=optimizer, recipe=recipe)


def seconds_of(work: Callable[[], object]) -> float:
    """Return the wall-clock seconds of some work."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


if __name__ == "__main__":
    main(tyro.cli(Artist, description=__doc__))
