"""Rows of cached activations, read by Ray tasks: a task starts in a second where torch is not imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lib.infra.paths import read_parquet


@dataclass(frozen=True)
class PartRows:
    """Rows `first` to `last` (exclusive) of the works of a part that a network learns from.

    part: name of its file. view: 0 is the full view of a painting, others are random views.
    """

    part: str
    view: int
    first: int
    last: int


def view_file(folder: Path, *, view: int, part: str) -> Path:
    """Return the file of the activations of one view of one part of the paintings."""
    return folder / f"view-{view}" / part


def read_cached(rows: PartRows, *, folder: Path, splits: Sequence[str], artists: Sequence[str]) -> pa.Table:
    """Return `input` (bytes) and `label` of the works of these splits and artists in one cached part."""
    path = view_file(folder, view=rows.view, part=rows.part)
    table = read_parquet(path, columns=["artist", "input"], filters=[("split", "in", list(splits))])
    return with_labels(table, artists=artists).slice(rows.first, rows.last - rows.first)


def with_labels(table: pa.Table, *, artists: Sequence[str]) -> pa.Table:
    """Return the columns `input` and `label` of the rows of known artists."""
    labels = pc.index_in(table["artist"], pa.array(artists, pa.string())).cast(pa.int64())
    return pa.table({"input": table["input"], "label": labels}).filter(pc.is_valid(labels))
