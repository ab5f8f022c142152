"""A cluster of nodes that tests may lose, and a small dataset made on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import generate
from tests.nodes import Cluster, ended_well, running_cluster
from tests.servers import TrackingServer


@pytest.fixture(scope="session")
def started() -> Iterator[Cluster]:
    """Run a head without a CPU."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(started: Cluster) -> Cluster:
    """Return the cluster with two worker nodes of one CPU, others in place of those that a test has lost."""
    started.workers = [node for node in started.workers if node.process.poll() is None]
    while len(started.workers) < 2:
        started.add(1)
    return started


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Paint a catalogue of three artists."""
    folder = tmp_path_factory.mktemp("painted") / "catalogue"
    generate.main(generate.Generate(out=folder, artists=3, works_per_artist=30, unseen=4))
    return folder


@pytest.fixture(scope="session")
def tracking(mlflow_server: TrackingServer) -> dict[str, str]:
    """Return the environment that sends runs to an MLflow server."""
    return {"MLFLOW_TRACKING_URI": mlflow_server.address}


@pytest.fixture
def paintings(cluster: Cluster, catalogue: Path, tmp_path: Path, tracking: dict[str, str]) -> Path:
    """Ingest and embed the catalogue on the cluster, once for all tests; return the dataset."""
    dataset, log = catalogue.parent / "dataset", tmp_path / "made.log"
    if not dataset.exists():
        source = ("--source", "painter-by-numbers", "--root", catalogue, "--split-column", "in_train")
        ended_well(cluster.job("ingest", *source, "--out", dataset, log=log, **tracking), log)
        ended_well(cluster.job("embed", "--dataset", dataset, "--backbone", "efficientnet_lite0", log=log), log)
    return dataset
