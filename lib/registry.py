"""Models folders in the MLflow model registry: register one as a version, and find the version called champion."""

import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from lib.errors import UserError
from lib.files import whole_folder
from lib.snapshots import read_models

MODEL = "oeuvre"
CHAMPION = "champion"
EXPERIMENT = "oeuvre-models"


def register_champion(folder: Path) -> str:
    """Register a models folder as a version of MODEL, call it the champion, and return the version.

    The files are kept as they are, so that loading them never runs code from them. Raises UserError where
    the folder holds no models that belong together.
    """
    models = read_models(folder, comparators=False)
    client = MlflowClient()
    with mlflow.start_run(run_name=f"models {models.version}") as run:
        for part in ("style", "artist", "comparators"):
            mlflow.log_artifacts(str(folder / part), f"models/{part}")
    if not client.search_registered_models(f"name='{MODEL}'"):
        client.create_registered_model(MODEL)
    source = f"{run.info.artifact_uri}/models"
    version = client.create_model_version(MODEL, source=source, run_id=run.info.run_id, tags={"models": models.version})
    client.set_registered_model_alias(MODEL, CHAMPION, version.version)
    return str(version.version)


def fetch_champion() -> Path:
    """Return a folder of this machine with the champion's models, downloaded once for each version.

    Raises UserError where there is no champion or the registry does not answer.
    """
    try:
        version = MlflowClient().get_model_version_by_alias(MODEL, CHAMPION)
        folder = Path(tempfile.gettempdir()) / "oeuvre-champions" / f"{version.version}-{version.run_id}"
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with whole_folder(folder) as aside:
                mlflow.artifacts.download_artifacts(artifact_uri=version.source, dst_path=str(aside))
    except (MlflowException, OSError) as error:
        raise UserError(
            f"the MLflow registry at {mlflow.get_tracking_uri()} gives no {CHAMPION} of {MODEL!r} ({error}); "
            "register one with jobs/promote.py, or set MLFLOW_TRACKING_URI"
        ) from error
    return next(path.parent for path in folder.glob("**/style"))


def register_if_better(folder: Path, *, model: str, dataset: str, val_top1: float) -> tuple[str, bool]:
    """Register a bundle as a version of `model`, inside an active MLflow run; return it, and whether it is champion.

    The alias moves to it where there is no champion yet, or where it is better on the val works of the dataset that
    the champion learned from too, named by its fingerprint. The files are kept as they are, so that loading them never
    runs code from them.
    """
    client, run = MlflowClient(), mlflow.active_run()
    if run is None:
        raise ValueError("register_if_better() needs an active MLflow run")
    mlflow.log_artifacts(str(folder), "model")
    if not client.search_registered_models(f"name='{model}'"):
        client.create_registered_model(model)
    champion = champion_tags(model)
    tags = {"dataset": dataset, "val_top1": str(val_top1)}
    source = f"{run.info.artifact_uri}/model"
    version = client.create_model_version(model, source=source, run_id=run.info.run_id, tags=tags).version
    same = champion is not None and champion["dataset"] == dataset
    is_champion = champion is None or (same and val_top1 > float(champion["val_top1"]))
    if is_champion:
        client.set_registered_model_alias(model, CHAMPION, version)
    return str(version), is_champion


def champion_tags(model: str) -> dict[str, str] | None:
    """Return the tags of the champion of `model`, None where it has none."""
    try:
        return dict(MlflowClient().get_model_version_by_alias(model, CHAMPION).tags)
    except MlflowException:
        return None
