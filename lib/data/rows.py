"""A catalogue as its reader hands it on: our columns, the files below the root, and what is to be said of both."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lib.data.columns import ColumnNames
from lib.data.files import Stamp


@dataclass(frozen=True, kw_only=True)
class CatalogueOptions:
    """How to read a catalogue.

    catalogue: the table, for the kinds that have one. columns: what it calls them. keep_columns: those that travel with
    the works; None: all but images. aliases: a CSV of an artist's spellings. circa_years: years that an approximate
    date is widened by at each end.
    """

    catalogue: Path | None = None
    columns: ColumnNames = field(default_factory=ColumnNames)
    keep_columns: tuple[str, ...] | None = None
    aliases: Path | None = None
    circa_years: int = 0


@dataclass(frozen=True, kw_only=True)
class CatalogueRows:
    """The rows of a catalogue before they are cleaned.

    table: the columns of lib.data.columns.ROW_COLUMNS, texts or null, and file (below the root, null where there is
    none). kept: the catalogue's own columns that travel with the works, row by row. stamps: of the files below the
    root. ambiguous: the files that fit a value, where several do. rejected: files whose names cannot be read, and why.
    summary: what was read, and what was taken for what, in one line. notes: what else the user should know.
    content: the bytes that say all this.
    """

    table: pd.DataFrame
    kept: pd.DataFrame
    stamps: Mapping[str, Stamp]
    summary: str
    content: bytes
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rejected: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def content_hash(rows: CatalogueRows, files: pd.Series, *, aliases: bytes) -> str:
    """Return a hash of the catalogue, of the aliases, and of the names and stamps of its files."""
    digest = hashlib.sha256(rows.content)
    digest.update(aliases)
    for file in sorted(files):
        stamp = rows.stamps[file]
        digest.update(f"\n{file} {stamp.size} {stamp.changed}".encode())
    return digest.hexdigest()
