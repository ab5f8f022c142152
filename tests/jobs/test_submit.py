"""Jobs submitted with `ray job submit` from a clean clone, to a head without a CPU and two workers."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pytest

from lib.dating.artist_comparator import ComparatorMetadata
from lib.dating.per_artist import comparator_folder
from lib.infra.bundles import read_metadata
from tests.embedded import write_embedded
from tests.nodes import RAY, REPOSITORY, clean_environment, running_cluster
from tests.servers import TrackingServer

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Desk:
    """Where a user sits: a clone of the repository, and the address that jobs are submitted to."""

    clone: Path
    dashboard: str
    tracking: str

    def submit(self, *arguments: str | Path, tracked: bool = True) -> subprocess.CompletedProcess:
        environment = {"env_vars": {"MLFLOW_TRACKING_URI": self.tracking}} if tracked else {}
        command = [RAY, "job", "submit", "--address", self.dashboard, "--working-dir", "."]
        command += ["--runtime-env-json", json.dumps(environment), "--", sys.executable, "jobs/train_per_artist.py"]
        return subprocess.run(
            list(map(str, [*command, *arguments])),
            capture_output=True, text=True, env=clean_environment(), timeout=500, cwd=self.clone,
        )  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, mlflow_server: TrackingServer) -> Iterator[Desk]:
    """Clone the repository, work in it until it is larger than Ray uploads, and start a cluster."""
    clone = tmp_path_factory.mktemp("desk") / "oeuvre"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", REPOSITORY.as_uri(), clone], check=True)
    for folder in (".venv/lib", "demo/dataset", "models/style", "out"):
        (clone / folder).mkdir(parents=True)
        with (clone / folder / "large").open("wb") as file:
            file.truncate(120 * 2**20)  # more than the 100 MiB that are uploaded at most
    with running_cluster(1, 1) as cluster:
        yield Desk(clone, cluster.dashboard, mlflow_server.address)


def test_a_submitted_job_trains_as_it_does_on_the_command_line(desk: Desk, tmp_path: Path) -> None:
    artists = write_embedded(tmp_path / "dataset", artists=2, works=20)
    arguments = ("--dataset", tmp_path / "dataset", "--models", tmp_path / "models")
    done = desk.submit(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Job '.*' succeeded", done.stdout)
    assert all(read_metadata(comparator_folder(tmp_path / "models", artist), ComparatorMetadata) for artist in artists)
    client = mlflow.MlflowClient(tracking_uri=desk.tracking)
    experiment = client.get_experiment_by_name("oeuvre-comparators")
    assert experiment is not None
    assert len(client.search_runs([experiment.experiment_id])) == 3  # the parent, and a child for each artist


def test_a_submitted_job_refuses_what_its_temporary_folder_would_lose(desk: Desk, tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=2, works=20)
    dataset = ("--dataset", tmp_path / "dataset")
    lost = desk.submit(*dataset, tracked=False)
    assert lost.returncode != 0
    assert "--models models is relative, and a submitted job runs in a temporary copy" in lost.stdout
    untracked = desk.submit(*dataset, "--models", tmp_path / "models", tracked=False)
    assert untracked.returncode != 0
    assert "MLFLOW_TRACKING_URI is not set" in untracked.stdout
