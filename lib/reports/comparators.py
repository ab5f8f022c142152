"""Record comparators in MLflow: a parent run for each training, a child run for each comparator."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import Metric

from lib.dating.artist_comparator import ComparatorMetadata
from lib.dating.per_artist import comparator_folder
from lib.infra import tracking
from lib.infra.progress import track
from lib.reports.plots import accuracy_by_artist


@dataclass(frozen=True)
class Training:
    """One start of jobs/train_per_artist.py.

    comparators: metadata of all comparators of their artists' own works, most works first. runs: number of them, the
    first ones, that get a run of their own. parameters: of the parent run. skipped, failed: the reason, by artist.
    """

    models: Path
    comparators: Sequence[ComparatorMetadata]
    runs: int
    parameters: Mapping[str, Any]
    skipped: Mapping[str, str]
    failed: Mapping[str, str]


def record_training(training: Training) -> None:
    """Record in MLflow, as children of one parent run, the first comparators that have no run yet; a table has all."""
    recorded = {run.data.tags.get("bundle") for run in mlflow.search_runs(output_format="list")}
    own_run = training.comparators[: training.runs]
    folders = {metadata.artist: comparator_folder(training.models, metadata.artist) for metadata in own_run}
    bundles = {artist: bundle_digest(folder) for artist, folder in folders.items()}
    new = [metadata for metadata in own_run if bundles[metadata.artist] not in recorded]
    if not new and not training.failed:
        return
    with mlflow.start_run(run_name=f"{len(training.comparators)} comparators"):
        mlflow.log_params(dict(training.parameters))
        mlflow.log_dict({"skipped": dict(training.skipped), "failed": dict(training.failed)}, "not_trained.json")
        for metadata in track(new, "recording in MLflow", total=len(new), unit="comparators", brief=True):
            record_comparator(metadata, folder=folders[metadata.artist], bundle=bundles[metadata.artist])
        record_overview(training.comparators)


def bundle_digest(folder: Path) -> str:
    """Return the hash that names a bundle in MLflow."""
    return hashlib.sha256((folder / "model.json").read_bytes()).hexdigest()


def record_comparator(metadata: ComparatorMetadata, *, folder: Path, bundle: str) -> None:
    """Record one comparator as a child run: parameters, the error by noise, figures, the bundle."""
    with mlflow.start_run(
        run_name=metadata.artist, nested=True, tags={"bundle": bundle, "artist": metadata.artist}
    ) as run:
        years = {"first_year": metadata.first_year, "last_year": metadata.last_year}
        mlflow.log_params({**asdict(metadata.constants), **metadata.works, **years})
        log_at_once(run.info.run_id, metadata)
        tracking.log_folder(folder, "bundle")


def log_at_once(run_id: str, metadata: ComparatorMetadata) -> None:
    """Log the error by noise and the figures of a comparator in one request."""
    now = int(time.time() * 1000)
    steps = [
        Metric(key, value, now, step)
        for step, setting in enumerate(metadata.noise_path)
        for key, value in setting.items()
    ]
    figures = [
        Metric(f"{name}_{key}", value, now, 0)
        for name, quality in (("loo", metadata.loo), ("val", metadata.val))
        for key, value in (asdict(quality) if quality else {}).items()
        if value is not None
    ]
    mlflow.MlflowClient().log_batch(run_id, metrics=[*steps, *figures])


def record_overview(comparators: Sequence[ComparatorMetadata]) -> None:
    """Record on the parent run the table of all comparators, their mean, and the picture by artist."""
    if not comparators:
        return
    table = pd.DataFrame(
        [
            {"artist": metadata.artist, **metadata.works, **(asdict(metadata.loo) if metadata.loo else {})}
            for metadata in comparators
        ]
    )
    mlflow.log_text(table.to_csv(index=False), "comparators.csv")
    mlflow.log_metric("loo_pair_accuracy_mean", float(table["pair_accuracy"].mean()))
    mlflow.log_metric("artists", len(table))
    mlflow.log_figure(accuracy_by_artist(table), "pair_accuracy_by_artist.png")
