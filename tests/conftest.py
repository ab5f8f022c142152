"""Fixtures that several test modules share."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Set before the Ray workers and the job processes of the tests start, which inherit it.
os.environ.setdefault("RAY_AUTH_MODE", "disabled")


@pytest.fixture(scope="session")
def tracking_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Send MLflow runs to a store of this test session instead of the working folder."""
    folder = tmp_path_factory.mktemp("tracking")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        yield folder


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    """Run Ray on this machine with two cores, once for the whole session."""
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, logging_level=logging.WARNING)
    yield
    ray.shutdown()
