"""Record comparators in MLflow: a parent run for each training, a child run for each comparator."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from lib.dating.artist_comparator import ComparatorMetadata
from lib.dating.per_artist import comparator_folder
from lib.infra import tracking
from lib.reports.plots import accuracy_by_artist


@dataclass(frozen=True)
class Training:
    """One start of jobs/train_per_artist.py.

    comparators: metadata of all comparators of their artists' own works. parameters: of the parent run. skipped,
    failed: the reason, by artist.
    """

    models: Path
    comparators: Sequence[ComparatorMetadata]
    parameters: Mapping[str, Any]
    skipped: Mapping[str, str]
    failed: Mapping[str, str]


def record_training(training: Training) -> None:
    """Record in MLflow, as children of one parent run, the comparators that have no run yet."""
    recorded = {run.data.tags.get("bundle") for run in mlflow.search_runs(output_format="list")}
    folders = {
        metadata.artist: comparator_folder(training.models, metadata.artist) for metadata in training.comparators
    }
    bundles = {artist: bundle_digest(folder) for artist, folder in folders.items()}
    new = [metadata for metadata in training.comparators if bundles[metadata.artist] not in recorded]
    if not new and not training.failed:
        return
    with mlflow.start_run(run_name=f"{len(training.comparators)} comparators"):
        mlflow.log_params(dict(training.parameters))
        mlflow.log_dict({"skipped": dict(training.skipped), "failed": dict(training.failed)}, "not_trained.json")
        for metadata in new:
            record_comparator(metadata, folder=folders[metadata.artist], bundle=bundles[metadata.artist])
        record_overview(training.comparators)


def bundle_digest(folder: Path) -> str:
    """Return the hash that names a bundle in MLflow."""
    return hashlib.sha256((folder / "model.json").read_bytes()).hexdigest()


def record_comparator(metadata: ComparatorMetadata, *, folder: Path, bundle: str) -> None:
    """Record one comparator as a child run: parameters, the error by noise, figures, the bundle."""
    with mlflow.start_run(run_name=metadata.artist, nested=True, tags={"bundle": bundle, "artist": metadata.artist}):
        years = {"first_year": metadata.first_year, "last_year": metadata.last_year}
        mlflow.log_params({**asdict(metadata.constants), **metadata.works, **years})
        for step, setting in enumerate(metadata.noise_path):
            mlflow.log_metrics(setting, step=step)
        for name, figures in (("loo", metadata.loo), ("val", metadata.val)):
            values = asdict(figures) if figures else {}
            mlflow.log_metrics({f"{name}_{key}": value for key, value in values.items() if value is not None})
        tracking.log_folder(folder, "bundle")


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
