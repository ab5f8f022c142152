"""Training and sweeps on several nodes, one of which is lost."""

import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

from lib.attribution.model import ArtistNetworkMetadata
from lib.dating.artist_comparator import ComparatorMetadata
from lib.dating.per_artist import comparator_folder
from lib.infra.atomic import read_json
from lib.infra.bundles import read_metadata
from tests.cluster.test_ingest import lose_when_at
from tests.embedded import write_embedded
from tests.nodes import Cluster, ended_well
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


def weights(models: Path) -> dict[str, str]:
    """Return the hash of every bundle's tensors."""
    files = models.rglob("model.safetensors")
    return {path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_comparators_after_a_lost_node_are_those_without_one(
    cluster: Cluster, tmp_path: Path, tracking: dict[str, str]
) -> None:
    artists = write_embedded(tmp_path / "dataset", artists=60, works=250)
    models, log = tmp_path / "models", tmp_path / "log"
    arguments = ("train_per_artist", "--dataset", tmp_path / "dataset", "--models")
    job = cluster.job(*arguments, models, log=log, **tracking)
    wait_for(lambda: any((models / "comparators").glob("*/model.json")), during=job, log=log)
    lose_when_at(cluster.workers[0], "RayTrainWorker", during=job, log=log)
    read = {artist: read_metadata(comparator_folder(models, artist), ComparatorMetadata) for artist in artists}
    done = {artist: metadata for artist, metadata in read.items() if metadata}
    printed = ended_well(job, log)
    assert "lost a worker" in printed
    assert 0 < len(done) < len(artists)
    for artist, metadata in done.items():
        assert read_metadata(comparator_folder(models, artist), ComparatorMetadata) == metadata
    ended_well(cluster.job(*arguments, tmp_path / "undisturbed", log=log, **tracking), log)
    assert weights(models) == weights(tmp_path / "undisturbed")
    assert len(weights(models)) == len(artists) + 2


def test_an_artist_network_on_two_nodes_goes_on_from_its_last_epoch_when_one_is_replaced(
    cluster: Cluster, paintings: Path, tmp_path: Path, tracking: dict[str, str]
) -> None:
    models, out, log = tmp_path / "models", tmp_path / "report", tmp_path / "log"
    arguments = ["--dataset", paintings, "--out", out, "--models", models, "--trainable", "last_block", "--views", 2]
    arguments += ["--epochs", 5, "--batch-size", 16, "--workers", 2]
    job = cluster.job("train_artist", *arguments, log=log, **tracking)
    registered = ".train_artist/*/checkpoint_manager_snapshot.json"  # what Ray Train goes on from
    wait_for(lambda: any("checkpoint_2" in path.read_text() for path in models.glob(registered)), during=job, log=log)
    assert all(node.runs("RayTrainWorker") for node in cluster.workers)
    cluster.workers[0].lose()
    assert not (models / "artist_networks").exists()
    cluster.add(1)
    printed = ended_well(job, log)
    # nodes of one machine all print what any worker writes, so a line may come several times
    assert len(set(re.findall(r"epoch 1: train loss (\S+), val loss", printed))) == 1
    history = read_json(out / "metrics.json")["history"]
    assert [row["epoch"] for row in history] == [1, 2, 3, 4, 5]
    assert read_metadata(models / "artist_networks" / "efficientnet_lite0", ArtistNetworkMetadata)


def test_a_sweep_loses_no_trial_with_a_node(cluster: Cluster, tmp_path: Path, tracking: dict[str, str]) -> None:
    write_embedded(tmp_path / "dataset", artists=3, works=50)
    out, log = tmp_path / "sweep", tmp_path / "log"
    arguments = ("tune_comparator", "--dataset", tmp_path / "dataset", "--out", out, "--trials", 40)
    job = cluster.job(*arguments, log=log, **tracking)
    wait_for(lambda: "trial 3 of 40" in log.read_text(), during=job, log=log)
    cluster.workers[0].lose()
    assert not (out / "best.json").exists()
    ended_well(job, log)
    ended_well(cluster.job(*arguments, log=log, **tracking), log)
    trials = pd.read_csv(out / "trials.csv")
    assert len(trials) == 40
    assert not trials["error"].notna().any()
