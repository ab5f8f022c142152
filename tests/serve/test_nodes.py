"""The service on several nodes, one of which is lost while it answers."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest
import yaml

from tests.nodes import RAY, REPOSITORY, clean_environment, running_cluster
from tests.servers import free_port
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


def deploy(dashboard: str, models: Path, *, port: int, config: Path) -> None:
    """Deploy serve/config.yaml on a cluster with these models and an embedder on each of two nodes."""
    settings = yaml.safe_load((REPOSITORY / "serve" / "config.yaml").read_text())
    settings["http_options"]["port"] = port
    settings["applications"][0]["args"] = {"OEUVRE_MODELS": str(models)}
    for deployment in settings["applications"][0]["deployments"]:
        if deployment["name"] == "Embedder":
            deployment["autoscaling_config"]["min_replicas"] = 2
    config.write_text(json.dumps(settings))
    command = [RAY.with_name("serve"), "deploy", "--address", dashboard, config]
    subprocess.run(list(map(str, command)), check=True, env=clean_environment(), timeout=120)


def answers(client: httpx.Client, pictures: dict[str, bytes]) -> httpx.Response:
    return client.post("/v1/sort", files=[("files", (name, data)) for name, data in pictures.items()])


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_the_service_goes_on_without_a_node(models: Path, pictures: dict[str, bytes], tmp_path: Path) -> None:
    port = free_port()
    with (
        running_cluster(1, 1) as cluster,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client,
    ):
        deploy(cluster.dashboard, models, port=port, config=tmp_path / "config.json")

        def both_embed() -> bool:
            return is_ready(client) and all(node.runs("Embedder") for node in cluster.workers)

        wait_for(both_embed, during=cluster.head.process)
        before = answers(client, pictures)
        assert before.status_code == 200
        cluster.workers[0].lose()
        statuses = set()

        def answered() -> bool:
            statuses.add(answers(client, pictures).status_code)
            return 200 in statuses

        wait_for(answered, during=cluster.head.process)
        assert statuses <= {200, 500, 503}  # a clear error, never a wrong order
        assert answers(client, pictures).json() == before.json()
        assert cluster.workers[1].runs("Embedder")
