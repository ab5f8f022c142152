"""The dataset and its embeddings made by several nodes, all of them there to the end or not."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.jobs.test_ingest import contents, write_source
from tests.nodes import Cluster, Node, ended_well, running_cluster, wait_for


def ingest(cluster: Cluster, root: Path, out: Path, log: Path) -> subprocess.Popen:
    source = ("--source", "csv", "--catalogue", root / "catalogue.csv", "--root", root)
    tracking = f"sqlite:///{log.parent}/mlflow.db"
    return cluster.job("ingest", *source, "--out", out, log=log, MLFLOW_TRACKING_URI=tracking)


def working(node: Node, title: str) -> Callable[[], bool]:
    return lambda: node.runs(title)


def test_two_nodes_make_a_dataset_and_a_lost_one_changes_nothing(tmp_path: Path) -> None:
    root, out, log = write_source(tmp_path / "root", artists=8, works=256), tmp_path / "dataset", tmp_path / "log"
    with running_cluster(1, 1) as cluster:
        job = ingest(cluster, root, out, log)
        wait_for(working(cluster.workers[0], "ray::MapBatches(_part_task)"), during=job, log=log)
        wait_for(working(cluster.workers[1], "ray::MapBatches(_part_task)"), during=job, log=log)
        cluster.workers[0].lose()
        assert not out.exists()
        ended_well(job, log)
        whole = ingest(cluster, root, tmp_path / "whole" / "dataset", tmp_path / "log2")
        ended_well(whole, tmp_path / "log2")
    assert contents(out) == contents(tmp_path / "whole" / "dataset")
