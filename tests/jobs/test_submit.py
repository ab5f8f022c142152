"""A job submitted to a real cluster with `ray job submit`, from the working directory that users upload."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.bundles import read_card
from lib.models import comparator_folder
from tests.embedded import write_embedded
from tests.servers import free_port, wait_until_open

pytestmark = pytest.mark.slow
RAY = Path(sys.executable).with_name("ray")


def clean_environment() -> dict[str, str]:
    """Return the environment of a user who has set neither a cluster nor a tracking store."""
    return {name: value for name, value in os.environ.items() if name not in ("RAY_ADDRESS", "MLFLOW_TRACKING_URI")}


@pytest.fixture(scope="module")
def dashboard() -> Iterator[str]:
    """Start a cluster of its own and yield the address that jobs are submitted to."""
    port = free_port()
    options = ["--port", free_port(), "--dashboard-port", port, "--dashboard-agent-listen-port", free_port()]
    command = [RAY, "start", "--head", "--block", "--num-cpus=2", "--disable-usage-stats", *options]
    head = subprocess.Popen(list(map(str, command)), env=clean_environment(), stdout=subprocess.DEVNULL)
    try:
        wait_until_open(port, of=head)
        yield f"http://127.0.0.1:{port}"
    finally:
        head.terminate()
        head.wait(timeout=60)


def submit(dashboard: str, *arguments: str | Path, tracking: str | None = None) -> subprocess.CompletedProcess:
    environment = f'{{"env_vars": {{"MLFLOW_TRACKING_URI": "{tracking}"}}}}' if tracking else "{}"
    command = [RAY, "job", "submit", "--address", dashboard, "--working-dir", "."]
    command += ["--runtime-env-json", environment, "--", sys.executable, "jobs/train_per_artist.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, env=clean_environment(), timeout=400)


def test_a_submitted_job_trains_as_it_does_on_the_command_line(dashboard: str, tmp_path: Path) -> None:
    artists = write_embedded(tmp_path / "dataset", artists=2, works=20)
    arguments = ("--dataset", tmp_path / "dataset", "--models", tmp_path / "models")
    done = submit(dashboard, *arguments, tracking=f"sqlite:///{tmp_path}/mlflow.db")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Job '.*' succeeded", done.stdout)
    assert all(read_card(comparator_folder(tmp_path / "models", artist)) for artist in artists)
    assert (tmp_path / "mlflow.db").stat().st_size > 0


def test_a_submitted_job_refuses_what_its_temporary_folder_would_lose(dashboard: str, tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=2, works=20)
    dataset = ("--dataset", tmp_path / "dataset")
    lost = submit(dashboard, *dataset)
    assert lost.returncode != 0
    assert "--models models is relative, and a submitted job runs in a temporary copy" in lost.stdout
    untracked = submit(dashboard, *dataset, "--models", tmp_path / "models")
    assert untracked.returncode != 0
    assert "MLFLOW_TRACKING_URI is not set" in untracked.stdout
