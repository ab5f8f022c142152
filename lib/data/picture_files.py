"""The files that the paintings were made from: a table beside each part, by which an update sees what changed.

DATASET/files/part-00000.parquet   FILES_SCHEMA, a row for each row of the catalogue in the part, also for those whose
                                   file cannot be used
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.data.decoding import MAX_BYTES
from lib.data.image_limits import ImageError
from lib.infra.atomic import atomic_file
from lib.infra.paths import make_folder, read_parquet

FILES_SCHEMA = pa.schema(
    [
        ("painting_id", pa.string()),
        ("artist", pa.string()),
        ("file", pa.string()),  # below the root
        ("size", pa.int64()),  # bytes
        ("changed", pa.string()),  # when, as lib.data.files.Stamp says it
        ("sha256", pa.string()),  # of the file's content; empty where it could not be read
        ("facts", pa.string()),  # a hash of what the catalogue says of the work
        ("problem", pa.string()),  # why the file cannot be used, else null
    ]
)


def files_path(part: Path) -> Path:
    """Return the path of the table of files of one part of the paintings."""
    return part.parent.parent / "files" / part.name


def read_files(part: Path) -> pa.Table:
    """Return the table of files of one part of the paintings."""
    return read_parquet(files_path(part), schema=FILES_SCHEMA)


def write_files(part: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the table of files of one part of the paintings."""
    path = files_path(part)
    make_folder(path.parent)
    with atomic_file(path) as aside:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=FILES_SCHEMA), aside)


def facts_of(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[str]:
    """Return a hash of these columns of each row."""
    texts = (json.dumps([row[name] for name in columns]) for row in rows)
    return [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]


def read_image_file(path: Path) -> bytes:
    """Return the content of an image file, no more than shows that it is too large.

    Raises ImageError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"the file cannot be read: {error.strerror or error}") from error


def checksum(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def painting_files(parts: Sequence[Path]) -> pd.DataFrame:
    """Return the files of all these parts, with the column `part`: the name of the part's files."""
    tables = [(part.name, read_files(part)) for part in parts]
    return pa.concat_tables(
        [table.append_column("part", pa.repeat(name, len(table))) for name, table in tables]
    ).to_pandas()


def pictures_of(part: Path) -> list[str | None]:
    """Return a name of the content of each painting's file, in the order of the part; null where it is not known."""
    if not files_path(part).is_file():  # a subset
        return [None] * len(read_parquet(part, columns=["painting_id"]))
    files = read_files(part)
    return [sha256[:16] for sha256 in files.filter(pc.is_null(files["problem"]))["sha256"].to_pylist()]
