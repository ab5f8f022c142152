"""python benchmarks/training_input.py

Feed one training loop with random views of paintings, by the training input of jobs/train_artist.py and by
torchvision's ImageFolder, transforms and DataLoader, from the same JPEGs with the same augmentation on the same cores;
and with the cached activations that the job reads by default. The loop does nothing with them. Prints paintings per
second.
"""

import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
import tyro
from artist import ARTISTS, paintings_table
from comparison import Comparison, Found, keep
from jpegs import EQUALLY_NICE
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from lib.data.paintings import write_part
from lib.infra.cluster import connect
from lib.infra.paths import make_folder
from lib.training.activations import ensure_activations
from lib.training.inputs import read_by_tasks, training_input
from lib.training.plan import Plan, build_network
from lib.training.recipe import Recipe
from lib.training.views import COLOUR_CHANGE, CROP_RATIOS, SMALLEST_CROP

BATCH = 64
RECIPE = Recipe(batch_size=BATCH)


@dataclass
class TrainingInput:
    """Options of benchmarks/training_input.py."""

    works: int = 4096
    """Paintings in an epoch."""
    repeats: int = 3
    """Epochs of each kind, in turn."""


def main(config: TrainingInput) -> None:
    """Read epochs of all kinds in turn and keep the figures."""
    os.environ |= EQUALLY_NICE
    connect()
    with tempfile.TemporaryDirectory() as name:
        dataset, folder = Path(name, "dataset"), Path(name, "images")
        write_dataset(dataset, folder, works=config.works)
        network = build_network(plan_of(dataset, views=0))
        drawn, cached = (training_input(plan_of(dataset, views=views), network) for views in (0, 1))
        ensure_activations(cached.plan, shapes=cached.shapes)
        images = ImageFolder(str(folder), transform=View(network.size))
        workers = os.cpu_count() or 1
        speeds: dict[str, list[float]] = {"drawn": [], "cached": [], "folder": []}
        read = partial(read_by_tasks, cpus=1)
        for epoch in range(config.repeats):
            loader = DataLoader(images, batch_size=BATCH, shuffle=True, num_workers=workers)
            speeds["folder"].append(speed(loader, works=config.works))
            for kind, inputs in (("drawn", drawn), ("cached", cached)):
                speeds[kind].append(speed(inputs.train(epoch, read=read), works=config.works))
    keep("training_input", found(speeds, works=config.works))


class View:
    """The augmentation of the job by the transforms of torchvision, for ImageFolder."""

    def __init__(self, size: int) -> None:
        """Return views of size by size pixels."""
        self.size = size
        crop = v2.RandomResizedCrop(size, scale=(SMALLEST_CROP, 1.0), ratio=CROP_RATIOS, antialias=True)
        colour = v2.ColorJitter(brightness=COLOUR_CHANGE, contrast=COLOUR_CHANGE, saturation=COLOUR_CHANGE)
        self.augment = v2.Compose([v2.PILToTensor(), crop, v2.RandomHorizontalFlip(), colour])

    def __call__(self, image: Image.Image) -> torch.Tensor:
        """Return a random view, uint8 (3, size, size)."""
        side = self.size * 8 // 7  # of the square that the picture is stretched to, to crop from
        view: torch.Tensor = self.augment(image.resize((side, side), Image.Resampling.BICUBIC))
        return view


def write_dataset(dataset: Path, folder: Path, *, works: int) -> None:
    """Write the same paintings as parts of a dataset and as one folder of JPEGs for each artist."""
    table = paintings_table(works)
    for number, first in enumerate(range(0, works, 256)):
        write_part(dataset / "paintings" / f"part-{number:05}.parquet", table.slice(first, 256))
    for row in table.to_pylist():
        make_folder(folder / row["artist"])
        (folder / row["artist"] / f"{row['painting_id']}.jpg").write_bytes(row["image"])


def plan_of(dataset: Path, *, views: int) -> Plan:
    """Return the plan of the job's defaults, with so many cached views."""
    return Plan(dataset, "made up", "efficientnet_lite0", "imagenet", "last_two_blocks", True, views, ARTISTS, RECIPE)


def speed(batches: Iterable[object], *, works: int) -> float:
    """Return the paintings per second of one epoch, the start of its workers included."""
    start = time.monotonic()
    for _ in batches:
        pass
    return works / (time.monotonic() - start)


def found(speeds: dict[str, list[float]], *, works: int) -> Found:
    """Return the comparisons."""
    folder = "torchvision's ImageFolder and DataLoader, a process a core"
    return Found(
        title="Training input",
        comparisons=[
            Comparison(
                f"epoch of {works:,} random views", folder, "paintings/s", speeds["drawn"], speeds["folder"], wanted=1.0
            ),
            Comparison(
                "epoch of cached activations (the default)", folder, "paintings/s", speeds["cached"], speeds["folder"]
            ),
        ],
        notes=[
            "JPEGs of 256 × 320 pixels, batches of 64; the start of the workers counts on both sides, in every epoch.",
            "Cached activations are the frozen blocks' outputs, so that beside being read faster they save the pass "
            "through those blocks too (see the artist network below).",
        ],
    )


if __name__ == "__main__":
    main(tyro.cli(TrainingInput, description=__doc__))
