"""A cluster like that of cluster.yaml, whose nodes are started for the jobs that ask for them, by Ray's autoscaler."""

import json
from pathlib import Path

import pytest

from lib.dating.artist_comparator import ComparatorMetadata
from lib.dating.per_artist import comparator_folder
from lib.infra.bundles import read_metadata
from tests.embedded import write_embedded
from tests.nodes import ended_well, running_cluster
from tests.servers import free_port

pytestmark = pytest.mark.slow

NO_COMMANDS = (
    "cluster_synced_files", "initialization_commands", "setup_commands", "head_setup_commands",
    "worker_setup_commands", "head_start_ray_commands", "worker_start_ray_commands",
)  # fmt: skip


def test_a_job_starts_the_nodes_that_it_needs(tmp_path: Path, tracking: dict[str, str]) -> None:
    port = free_port()
    settings = {
        "cluster_name": "fake",
        "provider": {  # starts nodes on this machine; no set-up over ssh
            "type": "fake_multinode",
            "gcs_address": f"127.0.0.1:{port}",
            "disable_node_updaters": True,
            "disable_launch_config_check": True,
        },
        "head_node_type": "ray.head.default",
        "available_node_types": {
            "ray.head.default": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
            "cpu": {"resources": {"CPU": 1}, "node_config": {}, "min_workers": 0, "max_workers": 2},
        },
        "max_workers": 2,
        "upscaling_speed": 1.0,
        "idle_timeout_minutes": 5,
        "auth": {},
        "file_mounts": {},
        **dict.fromkeys(NO_COMMANDS, []),
    }
    (tmp_path / "autoscaling.json").write_text(json.dumps(settings))
    options = (f"--autoscaling-config={tmp_path / 'autoscaling.json'}",)
    artists = write_embedded(tmp_path / "dataset", artists=4, works=40)
    arguments = ("--dataset", tmp_path / "dataset", "--models", tmp_path / "models")
    variables = {"RAY_FAKE_CLUSTER": "1", "AUTOSCALER_UPDATE_INTERVAL_S": "1"}
    with running_cluster(port=port, options=options, **variables) as cluster:
        log = tmp_path / "log"
        printed = ended_well(cluster.job("train_per_artist", *arguments, log=log, **tracking), log)
    assert "waiting for the cluster to start a node" in printed
    assert all(read_metadata(comparator_folder(tmp_path / "models", artist), ComparatorMetadata) for artist in artists)
