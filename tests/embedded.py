"""Datasets of made-up embeddings, and changes to them."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lib.synthetic.embeddings import write_careers

BLOCKS = [4, 12]


def write_embedded(dataset: Path, *, artists: int, works: int, seed: int = 0) -> list[str]:
    """Write a dataset of small made-up embeddings; return the artists' names."""
    return write_careers(dataset, artists=artists, works=works, blocks=BLOCKS, seed=seed)


def embedded_parts_of(dataset: Path) -> list[Path]:
    """Return the parts of the embeddings of a dataset, in order."""
    return sorted((dataset / "embeddings" / "efficientnet_lite0").glob("part-*.parquet"))


def change_rows(dataset: Path, change: dict[str, pa.Array]) -> None:
    """Replace columns of the embeddings of a dataset."""
    first = 0
    for part in embedded_parts_of(dataset):
        table = pq.read_table(part)
        for name, values in change.items():
            table = table.set_column(table.schema.get_field_index(name), name, values.slice(first, len(table)))
        pq.write_table(table, part)
        first += len(table)


def change_years(dataset: Path, years: Sequence[int]) -> None:
    """Date the works of a dataset of embeddings to these years."""
    values = pa.array(years, pa.int32())
    change_rows(dataset, {"year": values, "earliest": values, "latest": values})


def read_column(dataset: Path, name: str) -> pa.ChunkedArray:
    """Return a column of the embeddings of a dataset."""
    return pa.concat_tables([pq.read_table(part, columns=[name]) for part in embedded_parts_of(dataset)])[name]
