"""python benchmarks/comparators.py

Time the comparators of many artists on ready embeddings, Ray's start included, the cost of each further artist, and
the ratio to fine-tuning VGG16 for every artist, as the source study did, measured on a few steps and scaled up.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from torchvision.models import vgg16

from lib.careers import write_careers
from lib.embeddings import Embedder

EPOCHS, PAIRS = 10, 1000  # of the fine-tuning that is scaled up: few, so that the ratio errs on its side


@dataclass
class Comparators:
    """Options of benchmarks/comparators.py."""

    few: int = 10
    """Artists of the small run."""
    many: int = 100
    """Artists of the large run."""
    works: int = 289
    """Works of each artist; 289 is the mean of the 100 largest artists of Painter by Numbers."""
    repeats: int = 3
    """Runs of each size, of which the median counts."""


def main(config: Comparators) -> None:
    """Run both sizes in turn and print the figures."""
    times: dict[int, list[float]] = {config.few: [], config.many: []}
    with tempfile.TemporaryDirectory() as folder:
        for artists in times:
            blocks = Embedder("efficientnet_lite0").block_widths()
            write_careers(Path(folder) / str(artists), artists=artists, works=config.works, blocks=blocks)
        for repeat in range(config.repeats):
            for artists, seconds in times.items():
                seconds.append(train(Path(folder) / str(artists), models=Path(folder) / f"{artists}-{repeat}"))
    few, many = (statistics.median(times[artists]) for artists in (config.few, config.many))
    each = (many - few) / (config.many - config.few)
    study = EPOCHS * PAIRS * seconds_per_pair()
    print(f"{config.few} artists: {few:.1f} s; {config.many} artists: {many:.1f} s, Ray's start included")
    print(f"each further artist: {each:.2f} s")
    print(f"VGG16 fine-tuned for one artist, {EPOCHS} epochs of {PAIRS} pairs, scaled from a few steps: {study:.0f} s")
    print(f"ratio per artist: {study / each:.0f}")


def train(dataset: Path, *, models: Path) -> float:
    """Return the wall-clock seconds of jobs/train_per_artist.py in a process of its own."""
    job = Path(__file__).resolve().parent.parent / "jobs" / "train_per_artist.py"
    start = time.monotonic()
    command = [sys.executable, str(job), "--dataset", str(dataset), "--models", str(models)]
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
