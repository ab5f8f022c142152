"""Rows of paintings for Ray Data tasks, apart from the rest: a task starts in a second where torch is not imported."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lib.infra.paths import read_parquet


def view_file(folder: Path, *, view: int, part: str) -> Path:
    """Return where the activations of one view of one part of the paintings are kept; view 0 is the whole painting."""
    return folder / f"view-{view}" / part


def read_part(
    batch: dict[str, Any], *, folder: Path, views: int, splits: tuple[str, ...], artists: list[str]
) -> pa.Table:
    """Return the activations of the works of these splits in one part, of known artists only.

    They are of a view drawn anew each time, of view 0 where `views` is 0.
    """
    view = random.randint(1, views) if views else 0
    path = view_file(folder, view=view, part=batch["item"][0])
    table = read_parquet(path, columns=["artist", "input"], filters=[("split", "in", splits)])
    return with_labels(table, artists=artists)


def with_labels(table: pa.Table, *, artists: list[str]) -> pa.Table:
    """Return the columns `input` and `label` of the rows of known artists."""
    labels = pc.index_in(table["artist"], pa.array(artists)).cast(pa.int64())
    return pa.table({"input": table["input"], "label": labels}).filter(pc.is_valid(labels))
