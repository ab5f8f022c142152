"""Ray tasks over batches: one after another where they are few, else on all cores of the cluster."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import ray

from lib.infra.cluster import connect, cores
from lib.infra.progress import track

FEW = 4  # batches that this process does itself sooner than others have started
AHEAD = 2  # tasks for each core: the next is there when one ends

Batch = TypeVar("Batch")
Result = TypeVar("Result")


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
