"""A cluster like that of cluster.yaml, whose nodes are started for the jobs that ask for them, by Ray's autoscaler."""

import json
from pathlib import Path

import pytest
import ray.autoscaler
import yaml

from lib.bundles import read_card
from lib.models import comparator_folder
from tests.embedded import write_embedded
from tests.nodes import ended_well, running_cluster

pytestmark = pytest.mark.slow


def test_a_job_starts_the_nodes_that_it_needs(tmp_path: Path, tracking: dict[str, str]) -> None:
    example = Path(ray.autoscaler.__file__).parent / "_private" / "fake_multi_node" / "example.yaml"
    settings = yaml.safe_load(example.read_text())
    settings["available_node_types"] = {
        "ray.head.default": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
        "cpu": {"resources": {"CPU": 1}, "node_config": {}, "min_workers": 0, "max_workers": 2},
    }
    (tmp_path / "autoscaling.json").write_text(json.dumps(settings))
    options = (f"--autoscaling-config={tmp_path / 'autoscaling.json'}",)
    artists = write_embedded(tmp_path / "dataset", artists=4, works=40)
    arguments = ("--dataset", tmp_path / "dataset", "--models", tmp_path / "models")
    variables = {"RAY_FAKE_CLUSTER": "1", "AUTOSCALER_UPDATE_INTERVAL_S": "1"}
    with running_cluster(options=options, **variables) as cluster:
        log = tmp_path / "log"
        printed = ended_well(cluster.job("train_per_artist", *arguments, log=log, **tracking), log)
    assert "waiting for the cluster to start a node" in printed
    assert all(read_card(comparator_folder(tmp_path / "models", artist)) for artist in artists)
