"""How the rows of a catalogue are cut into parts: by their ids, so that a change touches only the parts around it.

A part ends where a hash of the last row's id says so. So rows that are added or gone move no other cut, and an updated
dataset has the parts of one made from scratch.
"""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from lib.data.splits import stable_fraction

ROWS_PER_PART = 256  # on average: half of it at least, but for the last part, and twice as many at most


class PlannedPart(BaseModel, frozen=True):
    """A part of a version. name: of its files. kept: whether the version before has it."""

    name: str
    kept: bool


class Layout(BaseModel, frozen=True):
    """The parts of a version, in order. next_part: the first number that none has had."""

    parts: tuple[PlannedPart, ...]
    next_part: int


def part_name(number: int) -> str:
    """Return the name of a part's files. A dataset gives no number twice."""
    return f"part-{number:05d}.parquet"


def cuts(painting_ids: Sequence[str]) -> Iterator[slice]:
    """Yield the rows of each part."""
    fewest, most = ROWS_PER_PART // 2, ROWS_PER_PART * 2
    start = 0
    for row, painting_id in enumerate(painting_ids, start=1):
        rows = row - start
        if rows == most or (rows >= fewest and stable_fraction(painting_id, purpose="part") * fewest < 1):
            yield slice(start, row)
            start = row
    if start < len(painting_ids):
        yield slice(start, len(painting_ids))
