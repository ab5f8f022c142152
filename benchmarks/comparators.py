"""python benchmarks/comparators.py

Time the comparators of many artists on ready embeddings, Ray's start included, the cost of each further artist, and
the ratio to fine-tuning VGG16 for every artist, as the source study did, measured on a few steps and scaled up.
"""

import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from comparison import Comparison, Found, Growth, keep
from torchvision.models import vgg16

from lib.data.descriptor import STATISTICS
from lib.features.backbones import open_network
from lib.features.embedder import Embedder
from lib.synthetic.embeddings import write_careers

EPOCHS, PAIRS = 10, 1000  # of the fine-tuning that is scaled up: few, so that the ratio errs on its side


@dataclass
class Comparators:
    """Options of benchmarks/comparators.py."""

    few: int = 10
    """Artists of the small run."""
    many: int = 40
    """Artists of the large run."""
    works: int = 289
    """Works of each artist; 289 is the mean of the 100 largest artists of Painter by Numbers."""
    repeats: int = 3
    """Runs of each size, in turn."""
    growth: tuple[int, ...] = (10, 100, 1_000)
    """Artists of the runs of growing size, once each."""
    growth_works: int = 36
    """Works of each of these artists; 36 is the mean of all artists of Painter by Numbers."""


def main(config: Comparators) -> None:
    """Run all sizes and keep the figures."""
    few, many, growth = [], [], {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        datasets = {artists: careers(folder, artists, config.works) for artists in (config.few, config.many)}
        for _ in range(config.repeats):
            few.append(train(datasets[config.few]))
            many.append(train(datasets[config.many]))
        for artists in config.growth:
            growth[artists] = train(careers(folder, artists, config.growth_works))
    each = [(large - small) / (config.many - config.few) for small, large in zip(few, many, strict=True)]
    whole, times = statistics.median(many), statistics.median(few)
    keep(
        "comparators",
        Found(
            title="Comparators",
            comparisons=[
                Comparison(
                    f"each further artist of {config.works} works, measured, kept and recorded in MLflow",
                    f"VGG16, its last four layers trained {EPOCHS} times {PAIRS} pairs (scaled from a few steps)",
                    "s",
                    each,
                    [EPOCHS * PAIRS * seconds_per_pair()],
                    fewer=True,
                )
            ],
            growths=[Growth(f"the whole job, {config.growth_works} works each", "artist", "s", growth)],
            notes=[
                f"On ready embeddings: {config.few} artists in {times:.1f} s, {config.many} in {whole:.1f} s, "
                "Ray's start, the style space and the artist head included."
            ],
        ),
    )


def careers(folder: Path, artists: int, works: int) -> Path:
    """Write a dataset of made-up artists; return its folder."""
    dataset = folder / f"{artists} of {works}"
    widths = Embedder.of([open_network("efficientnet_lite0")], kinds=STATISTICS).parts()[0].widths
    write_careers(dataset, artists=artists, works=works, blocks=widths)
    return dataset


def train(dataset: Path) -> float:
    """Return the wall-clock seconds of jobs/train_per_artist.py in a process of its own, for all artists."""
    job, models = Path(__file__).resolve().parent.parent / "jobs" / "train_per_artist.py", dataset / uuid.uuid4().hex
    start = time.monotonic()
    command = [sys.executable, str(job), "--dataset", str(dataset), "--models", str(models), "--artists", "1000000"]
    subprocess.run(command, check=True, cwd=dataset, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def seconds_per_pair(*, steps: int = 3, batch: int = 8) -> float:
    """Return the seconds that VGG16 with its last four layers trainable takes to learn from one pair of works."""
    network = vgg16(weights=None)
    parameters = list(network.parameters())
    for parameter in parameters[:-8]:  # four layers of weight and bias stay trainable
        parameter.requires_grad_(False)
    optimizer = torch.optim.Adam(parameters[-8:])
    times = []
    for _ in range(steps):
        start = time.monotonic()
        first, second = (network(torch.rand(batch, 3, 224, 224))[:, 0] for _ in range(2))
        torch.nn.functional.softplus(second - first).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append((time.monotonic() - start) / batch)
    return statistics.median(times)


if __name__ == "__main__":
    main(tyro.cli(Comparators, description=__doc__))
