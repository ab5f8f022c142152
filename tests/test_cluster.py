"""The cluster that cluster.yaml describes, as far as it can be checked without one."""

import re
from pathlib import Path

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

ROOT = Path(__file__).parent.parent


@pytest.fixture
def cluster() -> dict:
    return yaml.safe_load((ROOT / "cluster.yaml").read_text())


def test_the_cluster_file_is_what_ray_up_takes(cluster: dict) -> None:
    prepared = prepare_config(cluster)
    validate_config(prepared)
    assert sum(kind["max_workers"] for kind in cluster["available_node_types"].values() if "max_workers" in kind) == 14
    assert prepared["max_workers"] == 14


def test_every_ray_process_asks_for_the_token_and_only_the_head_s_own_host_sees_the_dashboards(cluster: dict) -> None:
    commands = cluster["head_start_ray_commands"] + cluster["worker_start_ray_commands"]
    started = [command for command in commands if "ray start" in command]
    assert len(started) == 2
    assert all("RAY_AUTH_MODE=token" in command for command in started)
    assert "~/.ray/auth_token" in cluster["file_mounts"]
    assert "--dashboard-host=127.0.0.1" in started[0]
    assert any("mlflow server --host 127.0.0.1" in command for command in commands)


def test_the_head_is_small_and_works_for_nobody_and_workers_come_on_demand_as_spot_instances(cluster: dict) -> None:
    kinds = cluster["available_node_types"]
    head = kinds.pop(cluster["head_node_type"])
    assert head["resources"] == {"CPU": 0}
    assert "InstanceMarketOptions" not in head["node_config"]
    assert set(kinds) == {"cpu", "gpu"}
    for kind in kinds.values():
        assert kind["min_workers"] == 0
        assert kind["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}


def test_mlflow_keeps_runs_in_a_database_and_artifacts_in_an_object_store(cluster: dict) -> None:
    [server] = [
        command for command in cluster["head_start_ray_commands"] if "mlflow server" in command and "nohup" in command
    ]
    assert re.search(r"--backend-store-uri (sqlite|postgresql|mysql)", server)
    assert re.search(r"--artifacts-destination s3://", server)


def test_the_nodes_install_what_is_pinned_here(cluster: dict) -> None:
    files = re.findall(r"-r (\S+)", " ".join(cluster["setup_commands"]))
    assert files == ["requirements.txt"]
    assert (ROOT / files[0]).is_file()
