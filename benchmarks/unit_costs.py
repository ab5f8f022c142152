"""python benchmarks/unit_costs.py --dataset DATASET

Measure what one painting, one artist and one work of an artist cost each stage, on one core, and write
benchmarks/unit_costs.json, from which benchmarks/scale.py works out large catalogues. Processor seconds are counted,
not the clock, so that other work on the machine changes little. DATASET has embeddings by jobs/embed.py.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and PyTorch start theirs

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import torch
import tyro
from scipy.optimize import nnls

from lib.attribution.linear_head import fit_axes, fit_linear_heads
from lib.data.descriptor import DescriptorPart
from lib.data.embeddings import embeddings_folder, read_embeddings
from lib.data.manifest import read_manifest
from lib.data.paintings import painting_parts
from lib.data.provenance import Provenance
from lib.data.splits import assign_splits
from lib.dating.kernel import Kernel, choose_kernel
from lib.dating.per_artist import ArtistWorks, train_comparator
from lib.dating.trend import Trend
from lib.infra.atomic import write_json
from lib.training.activations import cache_part, row_shapes
from lib.training.plan import Plan, build_network
from lib.training.recipe import Recipe

SIZES = (50, 100, 200, 400, 800)  # works of an artist
BACKBONE = "efficientnet_lite0"
PART = DescriptorPart(backbone="none", kind="statistics", widths=(6240,))
PROVENANCE = Provenance(dataset="made up", short_side=320, backbones=(), parts=(PART,), tilt=0.0)
ROOT = Path(__file__).parents[1]


@dataclass
class UnitCosts:
    """Options of benchmarks/unit_costs.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path = Path(__file__).with_name("unit_costs.json")
    """File that the costs are written to."""


def main(config: UnitCosts) -> None:
    """Measure one cost after another and write them."""
    torch.set_num_threads(1)
    costs: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder, dataset = Path(name), config.dataset
        for measure in (
            partial(bytes_on_disk, dataset),
            partial(reading, dataset),
            splits,
            multiplying,
            partial(prefix, dataset, folder),
            partial(comparators, folder),
            partial(recording, folder),
            partial(artist_head, dataset),
        ):
            found = measure()
            print("\n".join(f"{name}: {value}" for name, value in found.items()), flush=True)
            costs |= found
    write_json(config.out, costs)


def seconds(work: Callable[[], Any], *, repeats: int = 3) -> float:
    """Return the median processor seconds of `work`."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def memory() -> int:
    """Return the bytes of main memory of this process, and begin to look for their peak."""
    Path("/proc/self/clear_refs").write_text("5")
    return 1024 * status("VmRSS")


def peak_memory() -> int:
    """Return the most bytes of main memory since memory() was asked for."""
    return 1024 * status("VmHWM")


def status(name: str) -> int:
    """Return a figure, in KiB, that Linux keeps of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def bytes_on_disk(dataset: Path) -> dict[str, float]:
    """Return the bytes of one painting, and of its embedding, on disk."""
    works = read_manifest(dataset)["counts"]["paintings"]
    embedded = sum(path.stat().st_size for path in embeddings_folder(dataset, BACKBONE).glob("part-*"))
    painted = sum(path.stat().st_size for path in painting_parts(dataset))
    return {"painting_bytes": painted / works, "embedding_bytes": embedded / works}


def prefix(dataset: Path, folder: Path) -> dict[str, float]:
    """Return the core seconds of one view of a painting through the frozen prefix of a network, and its bytes."""
    part = painting_parts(dataset)[0]
    plan = Plan(dataset, "", BACKBONE, "imagenet", "last_two_blocks", True, 8, ["a", "b"], Recipe())
    network = build_network(plan).eval()
    train = cache_part(network, part, view=1, full_view_splits=("val",), out=folder)
    view = seconds(lambda: cache_part(network, part, view=1, full_view_splits=("val",), out=folder)) / train
    shape = row_shapes(network, cached=True)["train"]
    return {"view_seconds": view, "view_bytes": 2 * float(np.prod(shape))}


def reading(dataset: Path) -> dict[str, float]:
    """Return the seconds and the peak bytes of main memory of reading one painting's embedding on the driver."""
    code = "import sys, time; from pathlib import Path; from lib.data.embeddings import read_embeddings;"
    code += "from benchmarks.unit_costs import memory, peak_memory; before = memory(); start = time.process_time();"
    code += f"found = read_embeddings(Path(sys.argv[1]), {BACKBONE!r});"
    code += "print(peak_memory() - before, time.process_time() - start, len(found.matrix))"
    told = subprocess.run(
        [sys.executable, "-c", code, dataset.absolute()], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    peak, spent, works = map(float, told.split())
    return {"read_bytes": peak / works, "read_seconds": spent / works}


def comparators(folder: Path) -> dict[str, Any]:
    """Return, by works of the artist, the seconds of a comparator and of the artist's say in the choice of a kernel."""
    random, dimensions = np.random.default_rng(0), 6240
    fits, says = {}, {}
    before = memory()
    for number in SIZES:
        years, repeats = random.integers(1870, 1900, number), 3 if number < 400 else 1
        positions = random.standard_normal((number, dimensions), dtype=np.float32).astype(np.float16)
        positions += (0.05 * (years - 1885))[:, None].astype(np.float16)
        split = np.resize(["train", "train", "train", "val"], number)
        names = np.arange(number).astype(str)
        dates = {"date": years.astype(str), "earliest": years, "latest": years, "circa": False}
        about = pd.DataFrame({"painting_id": names, **dates, "split": split})
        trend, kernel = Trend(np.zeros(dimensions)), Kernel(gamma=0.4, noise=0.1)
        works = ArtistWorks("artist", positions, about, trend)
        fits[number] = seconds(
            lambda works=works, kernel=kernel: train_comparator(
                folder / "c", works, kernel=kernel, provenance=PROVENANCE
            ),  # type: ignore[misc]
            repeats=repeats,
        )
        pair = [(positions.astype(np.float32), years.astype(np.float64))]
        says[number] = seconds(lambda pair=pair: choose_kernel(pair), repeats=repeats)  # type: ignore[misc]
    peak = (peak_memory() - before) / SIZES[-1] ** 2
    size = sum(path.stat().st_size for path in (folder / "c").iterdir()) / SIZES[-1] ** 2
    return {
        "comparator_seconds": polynomial(fits),
        "kernel_seconds": polynomial(says),
        "comparator_seconds_measured": fits,
        "kernel_seconds_measured": says,
        "comparator_peak_bytes_per_pair": peak,
        "comparator_disk_bytes_per_pair_at_800": size,
    }


def polynomial(measured: dict[int, float]) -> list[float]:
    """Return the cost of a start, a work, a pair and a triple of works, none below 0, by relative least squares."""
    works, spent = np.array(list(measured), dtype=float), np.array(list(measured.values()))
    powers = works[:, None] ** np.arange(4)
    return nnls(powers / spent[:, None], np.ones(len(works)))[0].tolist()


def artist_head(dataset: Path) -> dict[str, float]:
    """Return the seconds of the artist head: for each work, and for each work and artist."""
    embeddings = read_embeddings(dataset, BACKBONE)
    ranked = embeddings.paintings["artist"].value_counts().index
    rows, spent = [], []
    for artists in (10, 20, 40):
        mine = embeddings.where(embeddings.paintings["artist"].isin(ranked[:artists]).to_numpy())
        matrix, names = mine.matrix.astype(np.float32), mine.paintings["artist"].to_numpy(dtype=str)
        matrix = (matrix - matrix.mean(axis=0)) / (matrix.std(axis=0) + 1e-6) / 80
        labels, columns = np.unique(names, return_inverse=True)[1], np.arange(matrix.shape[1])
        spent.append(seconds(partial(one_head, matrix, labels, columns=columns), repeats=1))
        rows.append([len(names), len(names) * artists])
    each, each_artist = nnls(np.array(rows, dtype=float), np.array(spent))[0]
    return {"head_seconds": each, "head_seconds_per_artist": each_artist}


def one_head(positions: np.ndarray, labels: np.ndarray, *, columns: np.ndarray) -> None:
    """Fit a linear head to positions (n, d) of classes (n,)."""
    axes = fit_axes(positions, columns=columns)
    classes = int(labels.max()) + 1
    fit_linear_heads(axes.components(positions), labels, axes=axes, classes=classes, strengths=(0.03,))


def splits() -> dict[str, float]:
    """Return the driver's seconds for near-duplicates: for each pair of works of one artist."""
    works = 20_000
    hashes = [f"{value:016x}" for value in np.random.default_rng(0).integers(0, 2**63, works)]
    frame = pd.DataFrame({"painting_id": np.arange(works).astype(str), "artist": "one", "phash": hashes})
    return {"duplicate_seconds_per_pair": seconds(lambda: assign_splits(frame), repeats=1) / works**2}


def recording(folder: Path) -> dict[str, float]:
    """Return the seconds of recording one comparator in MLflow, in a new SQLite store: 20 figures and its bundle."""
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("costs")
    times = []
    for number in range(12):
        start = time.process_time()
        with mlflow.start_run(run_name=str(number), tags={"bundle": "x", "artist": "y"}):
            mlflow.log_params({f"p{place}": place for place in range(9)})
            for step in range(13):
                mlflow.log_metrics({"noise": 0.1, "error_years": 2.0}, step=step)
            mlflow.log_metrics({f"m{place}": float(place) for place in range(20)})
            mlflow.log_artifacts(str(folder / "c"), "bundle")
        times.append(time.process_time() - start)
    return {"record_seconds": statistics.median(times)}


def multiplying() -> dict[str, float]:
    """Return the seconds of one multiplication and addition in a product of float32 matrices."""
    left, right = np.ones((1000, 6240), dtype=np.float32), np.ones((6240, 1000), dtype=np.float32)
    return {"multiply_seconds": seconds(lambda: left @ right) / (left.size * right.shape[1])}


if __name__ == "__main__":
    main(tyro.cli(UnitCosts, description=__doc__))
