"""The catalogue of a fetch: the rows that it was given, one for each picture, and what is known of the pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib.data.columns import column_key
from lib.data.tables.table import unique_names
from lib.fetch.records import NoPicture
from lib.fetch.tree import Found
from lib.infra.atomic import atomic_file
from lib.infra.spreadsheets import defused, write_csv

OWN = ("file", "address", "sha256", "licence", "rights")  # columns that the fetch writes
CATALOGUE, FAILED = "catalogue.csv", "failed.csv"


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture, and the row of the given table that it belongs to."""

    row: int
    found: Found


def catalogue_of(given: pd.DataFrame, entries: Sequence[Entry]) -> pd.DataFrame:
    """Return the given rows that have pictures, the columns of OWN, and what manifests say, as texts.

    A given column whose name is one of OWN is renamed to `given NAME`, and a manifest's column whose name is given
    already to `manifest NAME`, so that neither is taken for the other.
    """
    rows = given.iloc[[entry.row for entry in entries]].reset_index(drop=True)
    own_keys = {column_key(name) for name in OWN}
    rows.columns = pd.Index([f"given {name}" if column_key(name) in own_keys else name for name in rows.columns])
    own = pd.DataFrame([_own_cells(entry.found) for entry in entries], columns=list(OWN))
    said = pd.DataFrame(_in_one_spelling([work.columns if (work := entry.found.work) else {} for entry in entries]))
    taken = own_keys | {column_key(str(name)) for name in rows.columns}
    said.columns = pd.Index([f"manifest {name}" if column_key(name) in taken else name for name in said.columns])
    from_servers = pd.concat([own, said], axis=1).map(defused, na_action="ignore")
    table = pd.concat([rows, from_servers], axis=1)
    table.columns = pd.Index(unique_names([str(name) for name in table.columns]))
    return table


def write_catalogue(out: Path, table: pd.DataFrame) -> None:
    """Write the catalogue, whole or not at all. The given cells are written as they are."""
    with atomic_file(out / CATALOGUE) as aside:
        table.to_csv(aside, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_failed(out: Path, failed: Iterable[NoPicture]) -> None:
    """Write the addresses without a picture, each with its reason, whole or not at all."""
    write_csv(out / FAILED, ("address", "reason"), ((each.address, each.reason) for each in failed))


def _in_one_spelling(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows with the names of columns as they are spelled first: museums write Medium and medium."""
    spelling: dict[str, str] = {}
    return [{spelling.setdefault(column_key(name), name): text for name, text in row.items()} for row in rows]


def _own_cells(found: Found) -> tuple[str | None, ...]:
    picture, work = found.picture, found.work
    licence = (work.licence if work else None) or picture.licence
    rights = (work.rights if work else None) or picture.rights
    return picture.file, picture.source, picture.sha256, licence, rights
