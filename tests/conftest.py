"""Fixtures that several test modules share."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.servers import TrackingServer, free_port, is_open
from tests.waiting import wait_for

# Set before the Ray workers and the job processes of the tests start, which inherit it.
os.environ.setdefault("RAY_AUTH_MODE", "disabled")
S3_PORT = free_port()
os.environ |= {
    "OMP_NUM_THREADS": "1",  # threads that wait for each other over small matrices cost ten times what they save
    "RAY_health_check_timeout_ms": "60000",  # on a busy machine a node that answers late is not a lost one
    "RAY_raylet_start_wait_time_s": "150",
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{S3_PORT}",
    "AWS_ACCESS_KEY_ID": "painter",
    "AWS_SECRET_ACCESS_KEY": "of-tests",
    "AWS_DEFAULT_REGION": "us-east-1",
}

settings.register_profile("busy machine", deadline=None)  # on one, an example may wait longer than it works
settings.load_profile("busy machine")


@dataclass(frozen=True)
class Trained:
    """What jobs/build.py made of a small procedural catalogue of ten artists."""

    catalogue: Path
    dataset: Path
    models: Path
    report: Path


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


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tracking_store: Path, ray_cluster: None) -> Trained:
    """Generate a catalogue and build models from it, as a user would."""
    from jobs import build, generate

    folder = tmp_path_factory.mktemp("trained")
    made = Trained(folder / "catalogue", folder / "dataset", folder / "models", folder / "report")
    generate.main(generate.Generate(out=made.catalogue, artists=10, works_per_artist=25, unseen=12))
    assert build.main(build_options(made)) == 0
    return made


def build_options(made: Trained) -> Any:
    """Return the options of jobs/build.py that made this."""
    from jobs.build import Build

    return Build(
        source="painter-by-numbers",
        root=made.catalogue,
        out=made.dataset.parent,
        split_column="in_train",
        backbone="efficientnet_lite0",
        min_works=10,
        published_at="https://example.org/catalogue",
    )


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    """Run an MLflow server."""
    server = TrackingServer(tmp_path_factory.mktemp("mlflow"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Run an S3 server; yield its address."""
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(S3_PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: is_open(S3_PORT), during=server)
        yield f"http://127.0.0.1:{S3_PORT}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def bucket(s3_server: str, request: pytest.FixtureRequest) -> Path:
    """Make a bucket for one test."""
    from lib.infra.paths import parse_path, store_of

    name = f"bucket-{abs(hash(request.node.nodeid))}"
    made = parse_path(f"s3://{name}")
    store_of(made)[0].mkdir(name)
    return made
