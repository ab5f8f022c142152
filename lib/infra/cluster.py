"""Connect to Ray: the cluster that the environment names, or one on this machine."""

import contextlib
import logging
import os
import random
import socket
from collections.abc import Sequence

import ray
import ray.data

from lib.infra.errors import UserError
from lib.infra.paths import durable_path as durable_path

API = "RAY_API_SERVER_ADDRESS"
PORTS = range(20_000, 30_000)  # above those of Ray's workers, below those that Linux hands out
NODE_SECONDS = 1200  # until a first node must be there; clouds take minutes


def connect() -> None:
    """Join the cluster of RAY_ADDRESS (set inside `ray job submit`), else start Ray on this machine."""
    # Jobs print lines that read well in a log file; Ray Data's bars and messages would say the same again.
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        return
    if names_no_cluster():
        start_here()
    else:
        ray.init()


def names_no_cluster() -> bool:
    """Tell whether the environment names no cluster, so that Ray is started on this machine."""
    return os.environ.get("RAY_ADDRESS", "") in ("", "local")


def start_here() -> None:
    """Start Ray on this machine, for this process alone.

    Its processes are told where their own dashboard is. Ray Train asks it whether a training still runs, and would
    otherwise ask that of the last `ray start` on this machine, which may have ended or have other trainings.
    """
    port = free_port()
    os.environ[API] = f"http://127.0.0.1:{port}"
    try:
        ray.init(address="local", include_dashboard=True, dashboard_port=port, logging_level=logging.WARNING)
    finally:
        del os.environ[API]


def free_port() -> int:
    """Return a port that nobody listens at, by chance, so that two who start Ray at once do not take the same."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def nodes() -> int:
    """Return the number of nodes of the cluster that this process works on; 1 where it would start Ray here."""
    if not ray.is_initialized():
        if names_no_cluster():
            return 1
        connect()
    return sum(node["Alive"] for node in ray.nodes())


def cores() -> int:
    """Return the CPU cores of the cluster, after waiting for a first node where nodes are started on demand.

    Raises UserError where none comes.
    """
    if "CPU" not in ray.cluster_resources():  # the head has none, so that jobs do not slow it down
        print("waiting for the cluster to start a node", flush=True)
        try:
            ray.get(ray.remote(num_cpus=1)(_nothing).remote(), timeout=NODE_SECONDS)  # what autoscalers answer to
        except ray.exceptions.GetTimeoutError as error:
            minutes = NODE_SECONDS // 60
            raise UserError(f"the cluster has no CPU, and no node came in {minutes} minutes; add a worker") from error
    return int(ray.cluster_resources()["CPU"])


def _nothing() -> None:
    """Take a core for a moment."""


def gpus() -> int:
    """Return the GPUs of the nodes that are there."""
    return int(ray.cluster_resources().get("GPU", 0))


def cores_each(workers: int, *, per_gpu: int = 1) -> int:
    """Return the cores that each of so many workers can have on the nodes that are there; at least 1.

    per_gpu: workers that share a GPU. Where there are GPUs, all workers are on their nodes.
    """
    cores()  # waits for a node
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    sizes = [(int(node.get("CPU", 0)), int(node.get("GPU", 0)) * per_gpu) for node in alive]
    if any(places for _, places in sizes):
        return share_cores([size for size in sizes if size[1]], workers=workers)
    return share_cores([(size, size) for size, _ in sizes], workers=workers)


def share_cores(nodes: Sequence[tuple[int, int]], *, workers: int) -> int:
    """Return the most cores, at least 1, of which each worker finds as many on one of the nodes.

    nodes: cores, and places for workers.
    """
    most = max((size for size, _ in nodes), default=1)
    fits = (each for each in range(most, 0, -1) if sum(min(size // each, places) for size, places in nodes) >= workers)
    return next(fits, 1)
