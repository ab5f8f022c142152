"""The head's own faults: its store of the cluster's state restarted, and the head lost with all that it knows."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.cluster.test_ingest import ingest
from tests.jobs.test_ingest import contents, write_source
from tests.nodes import Node, ended_well, running_cluster
from tests.servers import free_port
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """Run Redis, in which Ray keeps its state when it is told to; yield the address."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("Debian's redis-server is not installed")
    port = free_port()
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    yield f"127.0.0.1:{port}"
    process.kill()
    process.wait()


def state_server(head: Node) -> psutil.Process:
    """Return the process that keeps the cluster's state."""
    [found] = [process for process in head.processes() if process.name() == "gcs_server"]
    return found


def restart(process: psutil.Process) -> subprocess.Popen:
    """Kill a process and start the same one again."""
    command, environment = process.cmdline(), process.environ()
    process.kill()
    with suppress(psutil.TimeoutExpired):  # its parent may be slow to notice
        process.wait(timeout=1)
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_job_goes_on_when_the_state_server_restarts_over_redis(
    redis: str, tmp_path: Path, tracking: dict[str, str]
) -> None:
    root, out, log = write_source(tmp_path / "root", artists=8, works=256), tmp_path / "dataset", tmp_path / "log"
    with running_cluster(1, 1, RAY_REDIS_ADDRESS=redis) as cluster:
        job = ingest(cluster, root, out, log=log, **tracking)
        wait_for(lambda: cluster.workers[0].runs("ray::MapBatches(_part_task)"), during=job, log=log)
        psutil.Process(cluster.head.process.pid).suspend()  # `ray start` ends the head when one of its processes ends
        server = restart(state_server(cluster.head))
        try:
            ended_well(job, log)
            whole = tmp_path / "whole" / "dataset"
            ended_well(ingest(cluster, root, whole, log=log, **tracking), log)
        finally:
            server.kill()
            server.wait()
    assert contents(out) == contents(whole)


def test_a_lost_head_ends_the_job_and_the_next_start_finishes_it(tmp_path: Path, tracking: dict[str, str]) -> None:
    root, out, log = write_source(tmp_path / "root", artists=8, works=256), tmp_path / "dataset", tmp_path / "log"
    work = tmp_path / ".dataset.ingest"
    with running_cluster(1) as cluster:
        job = ingest(cluster, root, out, log=log, **tracking)
        wait_for(lambda: any((work / "done").glob("0*.json")), during=job, log=log)
        cluster.head.lose()
        assert job.wait(timeout=200) != 0
    assert not out.exists()
    done = len(list((work / "done").glob("0*.json")))
    assert 0 < done < 8
    with running_cluster(1) as cluster:
        printed = ended_well(ingest(cluster, root, out, log=log, **tracking), log)
        assert f"{8 - done} of 8 parts are missing" in printed
        whole = tmp_path / "whole" / "dataset"
        ended_well(ingest(cluster, root, whole, log=log, **tracking), log)
    assert contents(out) == contents(whole)
