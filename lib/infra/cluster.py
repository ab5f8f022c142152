"""Ray: connect to the cluster that the environment names, or start one here, and spread work over it."""

import contextlib
import logging
import os
import random
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

import ray
import ray.data
from ray._private import ray_constants
from ray.data.block import BlockAccessor

from lib.infra.errors import UserError
from lib.infra.progress import progress
from lib.infra.quiet import hushed_ray

API = "RAY_API_SERVER_ADDRESS"
PORTS = range(20_000, 30_000)  # above those of Ray's workers, below those that Linux hands out
NODE_SECONDS = 1200  # until a first node must be there; clouds take minutes


def connect() -> None:
    """Join the cluster of RAY_ADDRESS (set inside `ray job submit`), else start Ray on this machine."""
    # Jobs print lines that read well in a log file; Ray Data's bars and messages would repeat them.
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        return
    if names_no_cluster():
        start_here()
    else:
        with hushed_ray() as level:
            ray.init(logging_level=level)


def names_no_cluster() -> bool:
    """Return whether the environment names no cluster, so that Ray is started on this machine."""
    return os.environ.get("RAY_ADDRESS", "") in ("", "local")


def start_here() -> None:
    """Start Ray on this machine, for this process alone.

    Its processes listen on loopback addresses only. Ray does so on systems where it makes no clusters, and reads when
    it is imported, in each of its processes, whether this is such a system.

    Its processes get the address of their own dashboard. Ray Train asks a dashboard whether a training still runs, and
    would otherwise ask that of the last `ray start` on this machine, which may have ended or run other trainings.
    """
    port = free_port()
    os.environ |= {API: f"http://127.0.0.1:{port}", ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR: "0"}
    makes_clusters, ray_constants.ENABLE_RAY_CLUSTER = ray_constants.ENABLE_RAY_CLUSTER, False
    try:
        with hushed_ray() as level:
            ray.init(address="local", include_dashboard=True, dashboard_port=port, logging_level=level)
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = makes_clusters
        for name in (API, ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR):
            del os.environ[name]


def free_port() -> int:
    """Return a random free port. Random, so that two processes that start Ray at once do not choose the same."""
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
    """Occupy a core for a moment."""


def gpus() -> int:
    """Return the GPUs of the running nodes."""
    return int(ray.cluster_resources().get("GPU", 0))


def cores_each(workers: int, *, per_gpu: int = 1) -> int:
    """Return the cores that each of `workers` workers can have on the running nodes; at least 1.

    per_gpu: workers that share a GPU. Where there are GPUs, all workers are on their nodes.
    """
    cores()  # waits for a node
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    sizes = [(int(node.get("CPU", 0)), int(node.get("GPU", 0)) * per_gpu) for node in alive]
    if any(slots for _, slots in sizes):
        return share_cores([size for size in sizes if size[1]], workers=workers)
    return share_cores([(size, size) for size, _ in sizes], workers=workers)


def share_cores(nodes: Sequence[tuple[int, int]], *, workers: int) -> int:
    """Return the largest number of cores, at least 1, that every worker can have on one of the nodes.

    nodes: cores, and slots for workers.
    """
    most = max((size for size, _ in nodes), default=1)
    fits = (each for each in range(most, 0, -1) if sum(min(size // each, slots) for size, slots in nodes) >= workers)
    return next(fits, 1)


def map_parts(
    work: Callable[..., Any] | type,
    items: Sequence[Mapping[str, Any]],
    *,
    label: str,
    unit: str,
    arguments: Mapping[str, Any],
    cores_each: int = 1,
    gpus_each: int = 0,
    actors: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Do `work` on each item on the cluster and yield the rows of its results as they come, printing the progress.

    work: a function of a batch of one item (a list of one value by name) and `arguments`, run as a task for each item;
    or with `actors` a class made with `arguments` in so many processes and called with one batch after another. Its
    result has columns of one value each; that named `unit` is the number of works done, which the progress counts.
    cores_each, gpus_each: of one process.
    """
    if not items:
        return
    needs = _Needs(num_cpus=cores_each, num_gpus=gpus_each)
    if actors is None:
        results = _map_by_tasks(work, items, arguments=arguments, needs=needs)
    else:
        results = _map_by_actors(work, items, arguments=arguments, actors=actors, needs=needs)
    done = 0
    with progress(label, total=len(items), unit="parts") as advance:
        for row in results:
            done += int(row[unit])
            advance(note=f"{done:,} {unit}")
            yield row


class _Needs(TypedDict):
    """What one process of a map occupies, as Ray calls it."""

    num_cpus: int
    num_gpus: int


def _map_by_tasks(
    work: Callable[..., Any], items: Sequence[Mapping[str, Any]], *, arguments: Mapping[str, Any], needs: _Needs
) -> Iterator[dict[str, Any]]:
    """Yield what tasks make of items, as they end. All are submitted at once: a growing cluster sees what waits.

    The actors of Ray Data are not used here: they take seconds of every core to start.
    """
    task = ray.remote(**needs, scheduling_strategy="SPREAD")(work)
    shared = {name: ray.put(value) for name, value in arguments.items()}
    running = [task.remote({name: [value] for name, value in item.items()}, **shared) for item in items]
    while running:
        ended, running = ray.wait(running)
        yield from ({name: value for name, (value,) in ray.get(one).items()} for one in ended)


def _map_by_actors(
    work: Callable[..., Any],
    items: Sequence[Mapping[str, Any]],
    *,
    arguments: Mapping[str, Any],
    actors: int,
    needs: _Needs,
) -> Iterator[dict[str, Any]]:
    """Yield what the actors of Ray Data make of items, as they come."""
    # One at a time: the first process to start would else be given what the others, still starting, could do.
    pool = ray.data.ActorPoolStrategy(size=min(actors, len(items)), max_tasks_in_flight_per_actor=1)
    parts = ray.data.from_items([dict(item) for item in items], override_num_blocks=len(items))
    results = parts.map_batches(work, batch_size=1, fn_constructor_kwargs=dict(arguments), compute=pool, **needs)
    # Block by block, when each is there: Dataset.iter_rows() waits for the block after it.
    for block in results.iter_batches(batch_size=None, batch_format=None, prefetch_batches=0):
        yield from BlockAccessor.for_block(block).iter_rows(public_row_format=True)
