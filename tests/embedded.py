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


def change_rows(dataset: Path, change: dict[str, pa.Array]) -> None:
    """Replace columns of the embeddings of a dataset."""
    part = dataset / "embeddings" / "efficientnet_lite0" / "part-00000.parquet"
    table = pq.read_table(part)
    for name, values in change.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    pq.write_table(table, part)


def change_years(dataset: Path, years: Sequence[int]) -> None:
    """Date the works of a dataset of embeddings to these years."""
    values = pa.array(years, pa.int32())
    change_rows(dataset, {"year": values, "earliest": values, "latest": values})


def read_column(dataset: Path, name: str) -> pa.ChunkedArray:
    """Return a column of the embeddings of a dataset."""
    return pq.read_table(dataset / "embeddings" / "efficientnet_lite0" / "part-00000.parquet", columns=[name])[name]
