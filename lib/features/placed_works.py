"""Works in the style space, to learn from: in memory, or read and placed batch by batch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from lib.data.embedded_works import EmbeddedWorks, ReadableWorks, batches_of
from lib.features.stored_positions import StoredPositions
from lib.features.style_space import TILT, DimensionSums, StyleSpace, style_space_of
from lib.infra.tasks import Done, Long, map_batches, run_long

SAMPLE = 5000  # works that principal components are taken from

Result = TypeVar("Result")


@dataclass(frozen=True)
class PlacedWorks:
    """positions: (n, d) in the style space. artists: (n,). val: (n,) true for the val works."""

    positions: np.ndarray
    artists: np.ndarray
    val: np.ndarray

    def where(self, rows: np.ndarray) -> "PlacedWorks":
        """Return the works in these rows, by number or by a mask (n,)."""
        return PlacedWorks(self.positions[rows], self.artists[rows], self.val[rows])

    def batches(self) -> Sequence["PlacedWorks"]:
        """Return the works as one batch: they are in memory."""
        return [self]

    def read(self) -> "PlacedWorks":
        """Return the works themselves."""
        return self


@dataclass(frozen=True)
class UnplacedWorks:
    """Works that are read, and placed in the style space, when asked for. Their embeddings are finite."""

    works: ReadableWorks
    space: StyleSpace

    @property
    def artists(self) -> np.ndarray:
        """Return the artists (n,)."""
        return self.works.paintings["artist"].to_numpy(dtype=str)

    @property
    def val(self) -> np.ndarray:
        """Return (n,) true for the val works."""
        return (self.works.paintings["split"] == "val").to_numpy()

    def where(self, rows: np.ndarray) -> "UnplacedWorks":
        """Return the works in these rows, by number or by a mask (n,)."""
        return UnplacedWorks(self.works.where(rows), self.space)

    def batches(self) -> Sequence["UnplacedWorks"]:
        """Return the works in batches that fit in memory, in their order."""
        return [UnplacedWorks(batch, self.space) for batch in batches_of(self.works)]

    def read(self) -> PlacedWorks:
        """Return the works with their positions, in memory."""
        return PlacedWorks(self.space.positions(self.works.read().matrix), self.artists, self.val)


LearnableWorks = PlacedWorks | UnplacedWorks


def map_works(work: Callable[..., Result], works: LearnableWorks, *, label: str, **shared: Any) -> Iterator[Result]:
    """Yield what `work` makes of each batch of PlacedWorks, in their order. shared: further arguments of `work`."""
    return map_batches(_read_and_do, works.batches(), label=label, work=work, **shared)


def _read_and_do(batch: LearnableWorks, work: Callable[..., Result], **shared: Any) -> Result:
    return work(batch.read(), **shared)


def fit_space(seen: ReadableWorks, *, tilt: float = TILT) -> StyleSpace:
    """Return the style space of works to learn from, all finite."""
    sums = list(map_batches(_sums_of, batches_of(seen), label="style space"))
    return style_space_of(sum(sums[1:], start=sums[0]), parts=seen.manifest.parts, tilt=tilt)


def _sums_of(batch: ReadableWorks) -> DimensionSums:
    return DimensionSums.of(batch.read().matrix)


def place(works: EmbeddedWorks, *, space: StyleSpace) -> StoredPositions:
    """Return the positions of works."""
    batches = map_works(_halved, UnplacedWorks(works, space), label="placing works")
    return StoredPositions.of((batch.positions for batch in batches), width=sum(map(len, space.columns().values())))


def draw(works: LearnableWorks, *, most: int) -> LearnableWorks:
    """Return `most` works drawn at random, or all of fewer, in their order."""
    return works.where(np.sort(np.random.default_rng(0).permutation(len(works.artists))[:most]))


def of_sample(work: Callable[..., Result], works: LearnableWorks, *, label: str, **shared: Any) -> Result:
    """Return what `work` makes of SAMPLE works drawn at random, with float16 positions in memory.

    A Ray task reads a sample that is not in memory, unless it is small. shared: further arguments of `work`.
    """
    drawn = draw(works, most=SAMPLE)
    [result] = run_long(
        _read_sample_and_do,
        [drawn],
        label=label,
        total=len(drawn.batches()) + 1,
        unit="steps",
        apart=len(drawn.batches()) > 1,
        work=work,
        **shared,
    )
    return result


def _read_sample_and_do(drawn: LearnableWorks, work: Callable[..., Result], **shared: Any) -> Long[Result]:
    positions, first = np.zeros((0, 0), dtype=np.float16), 0
    for batch in drawn.batches():
        read = batch.read().positions
        if not first:
            positions = np.empty((len(drawn.val), read.shape[1]), dtype=np.float16)
        positions[first : first + len(read)] = read
        first += len(read)
        del read  # before another batch is read
        yield 1
    result = work(PlacedWorks(positions, drawn.artists, drawn.val), **shared)
    yield 1
    yield Done(result)


def _halved(batch: PlacedWorks) -> PlacedWorks:
    return PlacedWorks(batch.positions.astype(np.float16), batch.artists, batch.val)
