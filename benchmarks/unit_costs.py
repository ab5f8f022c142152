"""python benchmarks/unit_costs.py --dataset DATASET

Measure what one painting, one artist and one work of an artist cost each stage, on one core, and write
benchmarks/unit_costs.json, from which benchmarks/scale.py works out large catalogues. Processor seconds are counted,
not the clock, so that other work on the machine changes little. DATASET has embeddings by jobs/embed.py.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and PyTorch start theirs

import statistics
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

from lib.data.descriptor import DescriptorPart
from lib.data.embeddings import embeddings_folder
from lib.data.manifest import read_manifest
from lib.data.paintings import painting_parts
from lib.data.provenance import Provenance
from lib.data.splits import assign_splits
from lib.dating.kernel import Kernel
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
            splits,
            partial(prefix, dataset, folder),
            partial(comparators, folder),
            partial(recording, folder),
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


def comparators(folder: Path) -> dict[str, Any]:
    """Return the seconds of a comparator, by works of the artist."""
    random, dimensions, fits = np.random.default_rng(0), 6240, {}
    for number in SIZES:
        years, repeats = random.integers(1870, 1900, number), 3 if number < 400 else 1
        positions = random.standard_normal((number, dimensions), dtype=np.float32).astype(np.float16)
        positions += (0.05 * (years - 1885))[:, None].astype(np.float16)
        about = pd.DataFrame(
            {
                "painting_id": np.arange(number).astype(str),
                "date": years.astype(str),
                "earliest": years,
                "latest": years,
                "circa": False,
                "catalogue_columns": "{}",
                "split": np.resize(["train", "train", "train", "val"], number),
            }
        )
        works = ArtistWorks("artist", positions, about, Trend(np.zeros(dimensions)))
        fit = partial(train_comparator, folder / "c", works, kernel=Kernel(gamma=0.4, noise=0.1), provenance=PROVENANCE)
        fits[number] = seconds(fit, repeats=repeats)
    return {"comparator_seconds": polynomial(fits), "comparator_seconds_measured": fits}


def polynomial(measured: dict[int, float]) -> list[float]:
    """Return the cost of a start, a work, a pair and a triple of works, none below 0, by relative least squares."""
    works, spent = np.array(list(measured), dtype=float), np.array(list(measured.values()))
    powers = works[:, None] ** np.arange(4)
    return nnls(powers / spent[:, None], np.ones(len(works)))[0].tolist()


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


if __name__ == "__main__":
    main(tyro.cli(UnitCosts, description=__doc__))
