"""What is kept of a trained artist network: its bundle, its report, its MLflow run, and its version in the registry."""

from pathlib import Path
from typing import Any

import mlflow

from lib.attribution.evaluate import ArtistFigures
from lib.attribution.model import ArtistNetworkMetadata, write_artist_model
from lib.attribution.train import Trained, trained_network
from lib.infra import tracking
from lib.infra.atomic import staged_folder, write_json
from lib.models.registry import register_if_better
from lib.reports.artist import write_report

EXPERIMENT = "oeuvre-artist"
REGISTERED = "oeuvre-artist"


def publish(final: Trained, figures: ArtistFigures, *, refitted: bool, folder: Path, out: Path) -> None:
    """Write the bundle and the report, record both in MLflow, and register the bundle."""
    metadata = ArtistNetworkMetadata(
        plan=figures.plan,
        refit=refitted,
        weights=figures.weights,
        temperature=figures.calibration.temperature,
        val=figures.val,
        test=figures.test,
        calibration=figures.calibration,
    )
    write_artist_model(folder, trained_network(final), metadata=metadata)
    plan = figures.plan.model_dump(mode="json", exclude={"artists", "recipe"})
    fields = metadata.model_dump(mode="json", include={"val", "test", "calibration"})
    with (
        staged_folder(out) as near,
        tracking.run(f"{figures.plan.architecture} {figures.plan.trainable}", experiment=EXPERIMENT),
    ):
        write_report(figures, out=near)
        mlflow.log_params({**plan, **figures.plan.model_dump(mode="json")["recipe"]})
        for row in figures.history:
            mlflow.log_metrics(row, step=int(row["epoch"]))
        mlflow.log_metrics(flat(fields))
        mlflow.log_artifacts(str(near), "report")
        mlflow.log_dict(figures.as_json(), "report/metrics.json")
        version, champion = register_if_better(
            folder, model=REGISTERED, dataset=figures.plan.fingerprint, val_top1=figures.val.top1
        )
        write_json(near / "metrics.json", figures.as_json())  # last, because it marks the end of all steps
    print(f"version {version} of {REGISTERED}, val top-1 {figures.val.top1:.3f}{', its champion' if champion else ''}")


def flat(figures: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return nested figures under joined names, without lists."""
    values: dict[str, float] = {}
    for name, value in figures.items():
        joined = f"{prefix}{name}".replace(" ", "_")
        if isinstance(value, dict):
            values |= flat(value, f"{joined}_")
        elif isinstance(value, int | float):
            values[joined] = value
    return values
