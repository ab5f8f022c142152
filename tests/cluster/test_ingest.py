"""Datasets and embeddings made by several nodes, all of them there to the end or not."""

import subprocess
from pathlib import Path

import pytest

from jobs.ingest import main
from lib.data.paintings import PAINTINGS_SCHEMA, read_part, write_part
from tests.nodes import Cluster, Node, ended_well
from tests.sources import ingest_config, write_source
from tests.updates import contents
from tests.waiting import wait_for


def ingest(cluster: Cluster, root: Path, out: Path, *, log: Path, **tracking: str) -> subprocess.Popen:
    source = ("--source", "csv", "--catalogue", root / "catalogue.csv", "--root", root)
    return cluster.job("ingest", *source, "--out", out, log=log, **tracking)


def lose_when_at(node: Node, title: str, *, during: subprocess.Popen, log: Path) -> None:
    """Lose the node as soon as one of its processes has this title."""
    wait_for(lambda: node.runs(title), during=during, log=log)
    node.lose()


@pytest.mark.slow
@pytest.mark.usefixtures("ray_cluster")
def test_two_nodes_make_the_dataset_that_one_machine_makes(
    cluster: Cluster, tmp_path: Path, tracking: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, log = write_source(tmp_path / "root", artists=2, works=200), tmp_path / "log"
    ended_well(ingest(cluster, root, tmp_path / "there" / "dataset", log=log, **tracking), log)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking["MLFLOW_TRACKING_URI"])
    main(ingest_config(root, tmp_path / "here" / "dataset"))
    assert contents(tmp_path / "there" / "dataset") == contents(tmp_path / "here" / "dataset")


@pytest.mark.slow
def test_a_node_lost_during_ingest_changes_nothing(cluster: Cluster, tmp_path: Path, tracking: dict[str, str]) -> None:
    root, out, log = write_source(tmp_path / "root", artists=8, works=256), tmp_path / "dataset", tmp_path / "log"
    job = ingest(cluster, root, out, log=log, **tracking)
    wait_for(lambda: cluster.workers[1].runs("ray::_part_task"), during=job, log=log)
    lose_when_at(cluster.workers[0], "ray::_part_task", during=job, log=log)
    assert not out.exists()
    ended_well(job, log)
    whole = tmp_path / "whole" / "dataset"
    ended_well(ingest(cluster, root, whole, log=log, **tracking), log)
    assert contents(out) == contents(whole)


@pytest.mark.slow
def test_a_node_lost_while_embedding_changes_nothing(cluster: Cluster, paintings: Path, tmp_path: Path) -> None:
    dataset, log = tmp_path / "dataset", tmp_path / "log"
    dataset.mkdir()
    (dataset / "manifest.json").write_bytes((paintings / "manifest.json").read_bytes())
    [part] = (paintings / "paintings").glob("*.parquet")
    table = read_part(part, columns=[*PAINTINGS_SCHEMA.names, "split"])
    for number in range(12):
        write_part(dataset / "paintings" / f"part-{number:05d}.parquet", table)
    embeddings = dataset / "embeddings" / "efficientnet_lite0"
    job = cluster.job("embed", "--dataset", dataset, "--backbone", "efficientnet_lite0", log=log)
    made = embeddings.with_name(".efficientnet_lite0.unfinished")
    wait_for(lambda: any(made.glob("part-*")), during=job, log=log)
    lose_when_at(cluster.workers[0], "PartEmbedder", during=job, log=log)
    assert not embeddings.exists()
    ended_well(job, log)
    files = {path.name: path.read_bytes() for path in embeddings.glob("part-*")}
    assert len(files) == 12
    assert set(files.values()) == {(paintings / "embeddings" / "efficientnet_lite0" / part.name).read_bytes()}
    assert not list(embeddings.glob(".*"))
