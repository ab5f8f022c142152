"""The training input: batches of cached activations of the frozen prefix or, without a cache, of new random views.

Ray Train workers and Tune trials read the same batches. Which view of a work is read, in which order and in which
batch, depends on the recipe's seed, the epoch and the works alone: no global random state is read or changed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import ray
import torch
from torch import Tensor

from lib.data.paintings import painting_parts, read_part
from lib.data.splits import stable_fraction
from lib.training.activations import read_rows, row_shapes
from lib.training.cached_views import PartRows, read_cached
from lib.training.network import ArtistNetwork
from lib.training.plan import Plan
from lib.training.views import draw_views

POOL = 4096  # works in memory that batches are drawn from; catalogues keep an artist together
AHEAD = 8  # parts that tasks read before they are needed
THREADS = 16  # that count works: a store answers many requests at once, each slowly
VAL_BATCH_SIZE = 64

T = TypeVar("T")
Work = tuple[bytes, int]  # input, label
ReadPart = partial[pa.Table]  # called with PartRows
ReadParts = Callable[[ReadPart, Iterable[PartRows]], Iterable[pa.Table]]  # in the order of the parts; such as map()


@dataclass(frozen=True)
class TrainingInput:
    """Where the works of a plan are read from.

    shapes: of one row, by split. works: their number by split and part. The split "train" stands for all splits that
    the plan's network learns from.
    """

    plan: Plan
    shapes: dict[str, list[int]]
    works: dict[str, dict[str, int]]

    def batch_size(self, *, workers: int = 1) -> int:
        """Return the works in a batch of each worker."""
        return max(1, min(self.plan.recipe.batch_size, sum(self.works["train"].values())) // workers)

    def steps(self, *, workers: int = 1) -> int:
        """Return the batches of each worker in an epoch."""
        return sum(self.works["train"].values()) // workers // self.batch_size(workers=workers)

    def train(
        self, epoch: int, *, worker: tuple[int, int] = (0, 1), read: ReadParts = map
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the shuffled batches of one worker, (rank, workers), in an epoch, as many as every other worker has.

        Works that fill no whole batch are dropped. read: runs the reading of parts, by default in this process.
        """
        rank, workers = worker
        seed = self.plan.recipe.seed
        parts = np.random.default_rng([seed, epoch]).permutation(list(self.works["train"])).tolist()
        views = {part: random_view_of(part, views=self.plan.views, seed=f"{seed} {epoch}") for part in parts}
        rows = share_of({part: self.works["train"][part] for part in parts}, views=views, rank=rank, workers=workers)
        works = works_of(read(self.reader("train", seed=f"{seed} {epoch}"), rows))
        mixed = shuffled(works, random=np.random.default_rng([seed, epoch, rank]))
        size = self.batch_size(workers=workers)
        return (self.tensors("train", batch) for batch in groups(mixed, size=size) if len(batch) == size)

    def val(self, *, read: ReadParts = map) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all val works in their order."""
        rows = [PartRows(part=part, view=0, first=0, last=count) for part, count in self.works["val"].items()]
        works = works_of(read(self.reader("val", seed=""), rows))
        return (self.tensors("val", batch) for batch in groups(works, size=VAL_BATCH_SIZE))

    def reader(self, split: str, *, seed: str) -> ReadPart:
        """Return the function that reads rows of a part."""
        plan, splits = self.plan, splits_of(self.plan, split)
        if plan.views:
            return partial(read_cached, folder=plan.activations_folder(), splits=splits, artists=plan.artists)
        paintings, size = plan.dataset / "paintings", self.shapes[split][0]
        return partial(draw_views, paintings=paintings, splits=splits, artists=plan.artists, size=size, seed=seed)

    def tensors(self, split: str, batch: list[Work]) -> tuple[Tensor, Tensor]:
        """Return the inputs of the network and the labels of works."""
        inputs, labels = zip(*batch, strict=True)
        dtype = "float16" if self.plan.views else "uint8"
        return read_rows(inputs, shape=self.shapes[split], dtype=dtype), torch.tensor(labels)


def training_input(plan: Plan, network: ArtistNetwork) -> TrainingInput:
    """Return the input of the plan's network, after counting the works of every part."""
    parts = painting_parts(plan.dataset)
    works = {}
    for split in ("train", "val"):
        count = partial(count_works, splits=splits_of(plan, split), artists=plan.artists)
        with ThreadPoolExecutor(THREADS) as pool:
            counts = pool.map(count, parts)
            works[split] = {part.name: n for part, n in zip(parts, counts, strict=True) if n}
    return TrainingInput(plan=plan, shapes=row_shapes(network, cached=plan.views > 0), works=works)


def splits_of(plan: Plan, split: str) -> tuple[str, ...]:
    """Return the splits that are read as `train` or `val`."""
    return plan.train_splits if split == "train" else ("val",)


def count_works(part: Path, *, splits: tuple[str, ...], artists: list[str]) -> int:
    """Return the number of works of these splits and artists in a part."""
    return len(read_part(part, columns=["artist"], splits=splits, artists=artists))


def random_view_of(part: str, *, views: int, seed: str) -> int:
    """Return which of the cached views 1 to `views` of a part is read; 1 where none is cached."""
    return 1 + int(views * stable_fraction(f"{seed} {part}", purpose="view"))


def share_of(works: Mapping[str, int], *, views: Mapping[str, int], rank: int, workers: int) -> list[PartRows]:
    """Return the rows of parts, given with their numbers of works, that a worker reads: as many for every worker."""
    each = sum(works.values()) // workers
    rows, start = [], 0
    for part, count in works.items():
        first, last = max(rank * each - start, 0), min((rank + 1) * each - start, count)
        if first < last:
            rows.append(PartRows(part=part, view=views[part], first=first, last=last))
        start += count
    return rows


def works_of(tables: Iterable[pa.Table]) -> Iterator[Work]:
    """Yield the works of tables of `input` and `label`."""
    for table in tables:
        yield from zip(table["input"].to_pylist(), table["label"].to_pylist(), strict=True)


def shuffled(works: Iterator[Work], *, random: np.random.Generator) -> Iterator[Work]:
    """Yield works in random order within pools of POOL of them."""
    for pool in groups(works, size=POOL):
        yield from (pool[row] for row in random.permutation(len(pool)))


def groups(values: Iterator[T], *, size: int) -> Iterator[list[T]]:
    """Yield lists of `size` values; the last one may be shorter."""
    while group := list(islice(values, size)):
        yield group


def read_by_tasks(read: ReadPart, rows: Iterable[PartRows], *, cpus: float) -> Iterator[pa.Table]:
    """Yield what Ray tasks, of so many cores each, read from parts, AHEAD of them at once, in the order of the parts.

    Ray Data is not used here: its tasks do not know the epoch, and its split assigns blocks to workers as they come.
    """
    task = ray.remote(num_cpus=cpus, scheduling_strategy="DEFAULT")(read.func)  # outside the group of the trainer
    pending: deque[ray.ObjectRef] = deque()
    for part_rows in rows:
        pending.append(task.remote(part_rows, **read.keywords))
        if len(pending) > AHEAD:
            yield ray.get(pending.popleft())
    while pending:
        yield ray.get(pending.popleft())
