"""MLflow: where runs are recorded, and how parent and child runs are opened.

Only drivers write to MLflow. Ray workers return their figures, so a local SQLite store has one writer and no other node
needs to reach it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
from mlflow.entities import Run

from lib.infra.cluster import nodes
from lib.infra.errors import UserError
from lib.infra.paths import inside_submitted_job, local_copy


def use_experiment(name: str) -> None:
    """Select the MLflow experiment `name`, creating it (and a local store) on first use.

    The store is MLFLOW_TRACKING_URI, else `mlflow.db` in the current folder. Raises UserError inside a submitted job
    without MLFLOW_TRACKING_URI, where the current folder is temporary, and for a SQLite file on a cluster of several
    nodes, of which only one could read it.
    """
    if inside_submitted_job() and not os.environ.get("MLFLOW_TRACKING_URI"):
        raise UserError(
            "MLFLOW_TRACKING_URI is not set, and a submitted job's own folder is temporary; pass it "
            'with ray job submit --runtime-env-json \'{"env_vars": {"MLFLOW_TRACKING_URI": "…"}}\''
        )
    store = os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    if store.startswith("sqlite:") and (count := nodes()) > 1:
        raise UserError(
            f"the MLflow runs would go to {store}, a file of one machine, but the cluster has {count} nodes; "
            "start a server (make mlflow) and set MLFLOW_TRACKING_URI to its address, such as http://HOST:5000"
        )
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        mlflow.set_tracking_uri(store)
    mlflow.set_experiment(name)


@contextmanager
def run(name: str, *, experiment: str, tags: dict[str, str] | None = None) -> Iterator[Run]:
    """Record the block as one MLflow run of `experiment`."""
    use_experiment(experiment)
    with mlflow.start_run(run_name=name, tags=tags) as active:
        yield active


def log_folder(folder: Path, name: str | None = None) -> None:
    """Log the files of `folder`, which may be in a store, as artifacts of the active run, under `name`."""
    with local_copy(folder) as near:
        mlflow.log_artifacts(str(near), name)


def log_file(path: Path) -> None:
    """Log a file, which may be in a store, as an artifact of the active run."""
    with local_copy(path) as near:
        mlflow.log_artifact(str(near))
