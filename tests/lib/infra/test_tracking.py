"""Runs that go to a real MLflow server, also while it is away, and the store that several nodes may not use."""

import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import mlflow
import pytest
from ray.cluster_utils import Cluster

from jobs import train_per_artist
from jobs.train_per_artist import TrainPerArtist
from lib.infra import cli, tracking
from lib.reports import comparators
from tests.embedded import write_embedded
from tests.nodes import REPOSITORY
from tests.servers import TrackingServer

RUNS, PROCESSES = 100, 8


@pytest.fixture
def server(mlflow_server: TrackingServer, monkeypatch: pytest.MonkeyPatch) -> TrackingServer:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.address)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)  # of another store, left by a test before
    return mlflow_server


def record(number: int) -> None:
    with tracking.run(f"run {number}", experiment="parallel"):
        mlflow.log_params({"number": number, "square": number**2})
        for step in range(3):
            mlflow.log_metrics({"value": number + step, "other": step}, step=step)
        mlflow.log_text(str(number), "number.txt")


@pytest.mark.slow
def test_a_hundred_runs_of_eight_processes_are_all_kept(server: TrackingServer) -> None:
    tracking.use_experiment("parallel")
    context = get_context("forkserver")
    context.set_forkserver_preload(["jobs.train_per_artist"])  # what this module imports, once for all
    with context.Pool(PROCESSES) as pool:
        pool.map(record, range(RUNS), chunksize=1)
    runs = mlflow.search_runs(experiment_names=["parallel"], output_format="list", max_results=2 * RUNS)
    assert Counter(run.info.status for run in runs) == {"FINISHED": RUNS}
    assert sorted(int(run.data.params["number"]) for run in runs) == list(range(RUNS))
    assert all(run.data.metrics["value"] == int(run.data.params["number"]) + 2 for run in runs)
    assert all((server.folder / "mlartifacts").glob(f"*/{run.info.run_id}/artifacts/number.txt") for run in runs)
    assert "database is locked" not in server.log()


def comparator_runs() -> Counter[str]:
    """Count the finished runs of each artist."""
    query = "attributes.status = 'FINISHED'"
    runs = mlflow.search_runs(experiment_names=["oeuvre-comparators"], filter_string=query, output_format="list")
    return Counter(run.data.tags["artist"] for run in runs if "artist" in run.data.tags)


def kill_after_the_first(monkeypatch: pytest.MonkeyPatch, server: TrackingServer, *, then: Callable[[], None]) -> None:
    """Kill the server when the job has recorded its first comparator."""
    whole = comparators.record_comparator

    def recorded(*card: Any, **named: Any) -> None:
        whole(*card, **named)
        monkeypatch.setattr(comparators, "record_comparator", whole)
        server.kill()
        then()

    monkeypatch.setattr(comparators, "record_comparator", recorded)


@pytest.mark.slow
@pytest.mark.usefixtures("ray_cluster")
def test_a_server_that_comes_back_in_the_middle_of_a_job_costs_nothing(
    server: TrackingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = write_embedded(tmp_path / "dataset", artists=4, works=20, seed=11)
    restart = threading.Thread(target=server.start)
    kill_after_the_first(monkeypatch, server, then=restart.start)
    config = TrainPerArtist(dataset=tmp_path / "dataset", models=tmp_path / "models")
    assert train_per_artist.main(config) == 0
    restart.join()
    assert comparator_runs() == dict.fromkeys(artists, 1)


@pytest.mark.slow
@pytest.mark.usefixtures("ray_cluster")
def test_a_server_that_stays_away_is_one_sentence_and_the_next_start_records_what_is_missing(
    server: TrackingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    artists = write_embedded(tmp_path / "dataset", artists=3, works=20, seed=12)
    before = comparator_runs()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    kill_after_the_first(monkeypatch, server, then=lambda: None)
    words = ["train_per_artist.py", "--dataset", str(tmp_path / "dataset"), "--models", str(tmp_path / "models")]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.run(train_per_artist.main, TrainPerArtist, None)
    assert ended.value.code == 2
    sentence = r"^error: the MLflow server does not answer .*start the same command again"
    assert re.search(sentence, capsys.readouterr().err, re.MULTILINE)  # Ray's workers write there too
    server.start()
    config = TrainPerArtist(dataset=tmp_path / "dataset", models=tmp_path / "models")
    assert train_per_artist.main(config) == 0
    assert "3 up to date, 0 to train" in capsys.readouterr().out
    assert comparator_runs() - before == dict.fromkeys(artists, 1)


@pytest.mark.slow
def test_a_file_is_refused_on_several_nodes_before_anything_is_done(tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=2, works=20)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        command = [sys.executable, "jobs/train_per_artist.py", "--dataset", tmp_path / "dataset"]
        environment = os.environ | {"RAY_ADDRESS": cluster.address, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/m.db"}
        ended = subprocess.run(
            [*map(str, command), "--models", str(tmp_path / "models")],
            capture_output=True, text=True, env=environment, cwd=REPOSITORY,
        )  # fmt: skip
    finally:
        cluster.shutdown()
    assert ended.returncode == 2
    assert "a file of one machine, but the cluster has 2 nodes; start a server (make mlflow)" in ended.stderr
    assert not list((tmp_path / "models").glob("*"))
