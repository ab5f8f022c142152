"""Spread the addresses of a fetch over the cluster, behind one gate."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count
from typing import Any

import ray
import ray.data

from lib.fetch.addresses import host_of
from lib.fetch.fetcher import Task, Wanted, fetch_tasks
from lib.fetch.gate import Gate
from lib.fetch.limits import Limits
from lib.fetch.records import Journal, Record
from lib.fetch.remote_turns import RemoteTurns
from lib.infra.cluster import cores
from lib.infra.progress import progress

ADDRESSES_PER_PART = 128  # fewer are not worth a process of their own
REPORT_SECONDS = 1.0
_MOST_WAITING = 100_000  # requests of all processes that may wait at the gate


class Spread:
    """Fetches tasks with Ray Data, in as many processes as there are cores. All of them pass one gate."""

    def __init__(self, journal: Journal, wanted: Wanted, limits: Limits) -> None:
        """Start the gate. journal: gets a record of every task."""
        self._journal, self._wanted, self._limits = journal, wanted, limits
        self._gate = ray.remote(Gate).options(num_cpus=0, max_concurrency=_MOST_WAITING).remote(**gate_options(limits))
        self._rounds = count()

    def fetch(self, tasks: Sequence[Task]) -> None:
        """Fetch the tasks, and print the progress."""
        number = next(self._rounds)
        parts = deal(tasks, max(1, min(cores(), len(tasks) // ADDRESSES_PER_PART)))
        items = [{"part": f"{number}-{n}", "tasks": list(map(asdict, dealt))} for n, dealt in enumerate(parts)]
        arguments = {"gate": self._gate, "journal": self._journal, "wanted": self._wanted, "limits": self._limits}
        with _small_blocks():
            given = ray.data.from_items(items, override_num_blocks=len(items))
            work: Callable[..., Any] = _fetch_part
            reports = given.map_batches(work, batch_size=1, num_cpus=1, fn_kwargs=arguments)
            _print_progress(reports.iter_rows(), len(tasks))


def deal(tasks: Iterable[Task], parts: int) -> list[list[Task]]:
    """Deal tasks to at most so many parts, about equally, each host to one: its open connections are one process's."""
    by_host: defaultdict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        by_host[host_of(task.address)].append(task)
    dealt: list[list[Task]] = [[] for _ in range(parts)]
    for of_host in sorted(by_host.values(), key=len, reverse=True):
        min(dealt, key=len).extend(of_host)
    return [part for part in dealt if part]


def gate_options(limits: Limits) -> dict[str, Any]:
    """Return the arguments of Gate."""
    return {
        "requests_per_second": limits.requests_per_second,
        "connections": limits.connections,
        "longest_wait": limits.longest_wait,
        "longest_turn": 2 * limits.seconds,
    }


def _fetch_part(
    batch: dict[str, Any], *, gate: Any, journal: Journal, wanted: Wanted, limits: Limits
) -> Iterator[dict[str, list[int]]]:
    """Fetch one part's tasks, write their records, and yield every second how many are done and how many failed."""
    part, given = str(batch["part"][0]), [Task(**task) for task in batch["tasks"][0]]
    known = journal.read(f"{journal.run}-{part}")  # where Ray does a part again, because its process has ended
    tasks = [task for task in given if task.address not in known]
    counts = Counter[str](done=len(given) - len(tasks))

    def keep(record: Record) -> None:
        journal.append(part, record)
        counts.update(done=1, failed=record.kind == "failure")

    fetching = fetch_tasks(tasks, wanted=wanted, turns=RemoteTurns(gate), limits=limits, keep=keep)
    with ThreadPoolExecutor(max_workers=1) as thread:
        ending, reported = thread.submit(asyncio.run, fetching), Counter[str]()
        while not ending.done():
            wait([ending], timeout=REPORT_SECONDS)
            now = counts.copy()
            yield {name: [now[name] - reported[name]] for name in ("done", "failed")}
            reported = now
        ending.result()  # raises what the fetch raised


def _print_progress(reports: Iterable[dict[str, Any]], number: int) -> None:
    failed = 0
    with progress("fetched", total=number, unit="addresses") as advance:
        for report in reports:
            failed += report["failed"]
            advance(report["done"], note=f"{failed:,} failed")


@contextmanager
def _small_blocks() -> Iterator[None]:
    """Let Ray Data hand over each report at once, instead of collecting 128 MiB of them."""
    context = ray.data.DataContext.get_current()
    usual, context.target_max_block_size = context.target_max_block_size, 1
    try:
        yield
    finally:
        context.target_max_block_size = usual
