"""The MLflow model registry: register a models folder as a version, and fetch the version with the alias champion."""

import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from lib.infra.atomic import atomic_folder
from lib.infra.errors import UserError
from lib.infra.tracking import log_folder
from lib.models.store import PARTS, ModelSet

MODEL = "oeuvre"
CHAMPION = "champion"
EXPERIMENT = "oeuvre-models"


def register_champion(folder: Path) -> str:
    """Register a models folder as a version of MODEL with the alias CHAMPION, and return the version.

    The files are kept as they are: loading them runs no code from them. Raises UserError where the folder holds no
    models that belong together.
    """
    models = ModelSet.open(folder)
    with mlflow.start_run(run_name=f"models {models.version}") as run:
        for part in PARTS:
            if (folder / part).is_dir():
                log_folder(folder / part, f"models/{part}")
    version = create_version(MODEL, run=run, folder="models", tags={"models": models.version})
    MlflowClient().set_registered_model_alias(MODEL, CHAMPION, version)
    return version


def create_version(model: str, *, run: mlflow.ActiveRun, folder: str, tags: dict[str, str]) -> str:
    """Make the artifact folder of a run a version of `model`, which is created on first use; return the version."""
    client, source = MlflowClient(), f"{run.info.artifact_uri}/{folder}"
    if not client.search_registered_models(f"name='{model}'"):
        client.create_registered_model(model)
    return str(client.create_model_version(model, source=source, run_id=run.info.run_id, tags=tags).version)


def fetch_champion() -> Path:
    """Return a local folder with the champion's models, downloaded once for each version.

    Raises UserError where there is no champion or the registry does not answer.
    """
    try:
        version = MlflowClient().get_model_version_by_alias(MODEL, CHAMPION)
        folder = Path(tempfile.gettempdir()) / "oeuvre-champions" / f"{version.version}-{version.run_id}"
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with atomic_folder(folder) as aside:
                mlflow.artifacts.download_artifacts(artifact_uri=version.source, dst_path=str(aside))
    except (MlflowException, OSError) as error:
        raise UserError(
            f"the MLflow registry at {mlflow.get_tracking_uri()} gives no {CHAMPION} of {MODEL!r} ({error}); "
            "register one with jobs/promote.py, or set MLFLOW_TRACKING_URI"
        ) from error
    return next(path.parent for path in folder.glob("**/style"))


def register_if_better(folder: Path, *, model: str, dataset: str, val_top1: float) -> tuple[str, bool]:
    """Register a bundle as a version of `model`, inside an active MLflow run; return it and whether it is the champion.

    It becomes the champion where there is none, and where its val top-1 is higher than that of a champion trained on
    the same dataset. dataset: fingerprint.
    """
    run = mlflow.active_run()
    if run is None:
        raise ValueError("register_if_better() needs an active MLflow run")
    log_folder(folder, "model")
    champion = champion_tags(model)
    version = create_version(model, run=run, folder="model", tags={"dataset": dataset, "val_top1": str(val_top1)})
    same_dataset = champion is not None and champion["dataset"] == dataset
    is_champion = champion is None or (same_dataset and val_top1 > float(champion["val_top1"]))
    if is_champion:
        MlflowClient().set_registered_model_alias(model, CHAMPION, version)
    return version, is_champion


def champion_tags(model: str) -> dict[str, str] | None:
    """Return the tags of the champion of `model`, None where it has none."""
    try:
        return dict(MlflowClient().get_model_version_by_alias(model, CHAMPION).tags)
    except MlflowException:
        return None
