"""Several Ray nodes on one machine, each with its own processes, that can be lost as a machine is lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.servers import free_port

REPOSITORY = Path(__file__).parents[1]
RAY = Path(sys.executable).with_name("ray")


@dataclass
class Node:
    """A started `ray start --block` with all the processes below it."""

    process: subprocess.Popen

    def processes(self) -> list[psutil.Process]:
        """Return the node's living processes."""
        with suppress(psutil.NoSuchProcess):
            return [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return []

    def runs(self, title: str) -> bool:
        """Tell whether one of the node's processes has `title` in the name that Ray gives it."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                if title in " ".join(process.cmdline()):
                    return True
        return False

    def lose(self) -> None:
        """End all of the node's processes at once, without a word to the others."""
        found = self.processes()
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=60)
        self.process.wait(timeout=60)


@dataclass
class Cluster:
    """A head without a CPU and its worker nodes."""

    address: str
    dashboard: str
    head: Node
    workers: list[Node] = field(default_factory=list)

    def add(self, cpus: int, *options: str) -> Node:
        """Start a node of `cpus` CPUs and wait until the cluster has it."""
        self.workers.append(start("--address", self.address, f"--num-cpus={cpus}", *options, environment={}))
        return self.workers[-1]

    def job(self, name: str, *arguments: object, log: Path, **environment: str) -> subprocess.Popen:
        """Start jobs/NAME.py as a driver on the head, with what it prints in the file `log`."""
        command = [sys.executable, "-u", REPOSITORY / "jobs" / f"{name}.py", *arguments]
        variables = {**clean_environment(), "RAY_ADDRESS": self.address, **environment}
        with log.open("w") as file:
            return subprocess.Popen(
                list(map(str, command)), env=variables, stdout=file, stderr=subprocess.STDOUT, cwd=log.parent
            )


def clean_environment() -> dict[str, str]:
    """Return the environment of a user who has set neither a cluster nor a tracking store."""
    return {name: value for name, value in os.environ.items() if name not in ("RAY_ADDRESS", "MLFLOW_TRACKING_URI")}


def start(*options: str, environment: dict[str, str], attempts: int = 3) -> Node:
    """Run `ray start` with these options; return when it says that the node runs.

    Ray gives up after 30 seconds, which a busy machine can take, so it is tried again.
    """
    command = [str(RAY), "start", "--block", "--disable-usage-stats", *options]
    variables = {**clean_environment(), "PYTHONUNBUFFERED": "1", **environment}
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ray runtime started" in line:
            return Node(process)
    if attempts > 1:
        return start(*options, environment=environment, attempts=attempts - 1)
    pytest.fail("".join(said))


@contextmanager
def running_cluster(
    *cpus: int, port: int | None = None, options: tuple[str, ...] = (), **environment: str
) -> Iterator[Cluster]:
    """Start a head without a CPU, and a worker node for each number of CPUs; end them all afterwards.

    port, options, environment: of the head's `ray start`.
    """
    port, web, agent = port or free_port(), free_port(), free_port()
    ports = ("--port", str(port), "--dashboard-port", str(web), "--dashboard-agent-listen-port", str(agent))
    head = start("--head", "--num-cpus=0", *ports, *options, environment=environment)
    cluster = Cluster(f"127.0.0.1:{port}", f"http://127.0.0.1:{web}", head)
    try:
        for number in cpus:
            cluster.add(number)
        yield cluster
    finally:
        for node in (*cluster.workers, cluster.head):
            node.lose()


def ended_well(job: subprocess.Popen, log: Path, *, seconds: int = 500) -> str:
    """Wait for the end of a job that succeeds; return what it printed."""
    assert job.wait(timeout=seconds) == 0, log.read_text()
    return log.read_text()
