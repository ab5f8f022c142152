"""Ray tasks: one for each batch, where there are many, and long ones that say how far they are."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ray

from lib.infra.cluster import connect, cores, cores_each, gpus
from lib.infra.progress import progress, track

FEW = 4  # batches that this process does itself sooner than others have started
AHEAD = 2  # tasks for each core: the next is there when one ends

Batch = TypeVar("Batch")
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What a long task has made, its last word."""

    result: Result


# Yields the numbers of units that it did since it last said so, and at last what it has made.
Long = Iterator[int | Done[Result]]


def map_batches(
    work: Callable[..., Result], batches: Sequence[Batch], /, *, label: str, **shared: Any
) -> Iterator[Result]:
    """Yield what `work` makes of each batch, in their order, and show the progress.

    shared: further arguments of `work`, the same for every batch, which each node gets once. label: of the progress.
    """
    results = map(lambda batch: work(batch, **shared), batches) if len(batches) <= FEW else tasks(work, batches, shared)
    yield from track(results, label, total=len(batches), unit="batches", brief=True)


def tasks(work: Callable[..., Result], batches: Sequence[Batch], shared: dict[str, Any]) -> Iterator[Result]:
    """Yield the results of Ray tasks of one core each, in the order of the batches."""
    connect()
    held = {name: ray.put(value) for name, value in shared.items()}
    task, ahead = ray.remote(num_cpus=1)(work), AHEAD * cores()
    pending: deque[ray.ObjectRef] = deque()
    for batch in batches:
        pending.append(task.remote(batch, **held))
        if len(pending) >= ahead:
            yield ray.get(pending.popleft())
    while pending:
        yield ray.get(pending.popleft())


def run_long(
    work: Callable[..., Long[Result]],
    items: Sequence[Item],
    /,
    *,
    label: str,
    total: int,
    unit: str,
    apart: bool,
    **shared: Any,
) -> list[Result]:
    """Return what `work` makes of each item, and show how many of `total` units of all items are done.

    apart: in a Ray task for each item, all at once, with all the cores of the cluster and a GPU each where there are
    any; else in this process, one after another. shared: further arguments of `work`, which each node gets once.
    """
    results: dict[int, Result] = {}
    if apart:
        connect()  # before the clock of the progress starts
    with progress(label, total=total, unit=unit, brief=True) as advance:
        for number, said in side_by_side(work, items, shared) if apart else in_turn(work, items, shared):
            if isinstance(said, Done):
                results[number] = said.result
            else:
                advance(said)
    return [results[number] for number in range(len(items))]


def in_turn(
    work: Callable[..., Long[Result]], items: Sequence[Item], shared: dict[str, Any]
) -> Iterator[tuple[int, int | Done[Result]]]:
    """Yield the number of each item and what `work` says of it."""
    for number, item in enumerate(items):
        yield from ((number, said) for said in work(item, **shared))


def side_by_side(
    work: Callable[..., Long[Result]], items: Sequence[Item], shared: dict[str, Any]
) -> Iterator[tuple[int, int | Done[Result]]]:
    """Yield the number of an item and what `work` says of it, as Ray tasks say it."""
    held = {name: ray.put(value) for name, value in shared.items()}
    task = ray.remote(num_cpus=cores_each(len(items)), num_gpus=int(gpus() > 0))(work)
    running: dict[Any, int] = {task.remote(item, **held): number for number, item in enumerate(items)}
    while running:
        talking: Any = ray.wait(list(running))[0][0]
        try:
            yield running[talking], ray.get(next(talking))
        except StopIteration:
            del running[talking]
