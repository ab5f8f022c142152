"""Connect to Ray: the cluster that the environment names, or one on this machine."""

import logging
import os
from pathlib import Path

import ray
import ray.data

from lib.errors import UserError
from lib.storage import is_local, require_reachable


def connect() -> None:
    """Join the cluster of RAY_ADDRESS (set inside `ray job submit`), else start Ray on this machine."""
    # Jobs print lines that read well in a log file; Ray Data's bars and messages would say the same again.
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        return
    if os.environ.get("RAY_ADDRESS"):
        ray.init()
    else:
        ray.init(address="local", include_dashboard=True, logging_level=logging.WARNING)


def nodes() -> int:
    """Return the number of nodes of the cluster that this process works on; 1 where it would start Ray here."""
    if not ray.is_initialized():
        if os.environ.get("RAY_ADDRESS", "local") == "local":
            return 1
        connect()
    return sum(node["Alive"] for node in ray.nodes())


def inside_submitted_job() -> bool:
    """Tell whether this process is the driver of a `ray job submit`."""
    return "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ


def durable_path(path: Path, *, option: str) -> Path:
    """Return `path` made absolute; a place in a store is as it is.

    Raises UserError for a store that cannot be reached, and for a relative path inside a submitted
    job: the job runs in a temporary copy of the working directory, so what is written there would be lost.
    """
    if not is_local(path):
        require_reachable(path)
        return path
    if inside_submitted_job() and not path.is_absolute():
        raise UserError(
            f"{option} {path} is relative, and a submitted job runs in a temporary copy of the "
            "working directory; give an absolute path that every node sees, or a URI such as s3://bucket/folder"
        )
    return path.expanduser().absolute()
