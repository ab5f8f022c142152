"""A museum's own table of a set to be sorted: known dates, and columns that belong in the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib.data.columns import find_column, require_columns
from lib.data.files import locate_files
from lib.data.tables.reader import read_table
from lib.dating.known import KnownDates, parse_known_dates
from lib.infra.errors import UserError


@dataclass(frozen=True)
class KnownFile:
    """dates: by file, of the works that have one. columns: the other columns of the table, indexed by file."""

    dates: KnownDates
    columns: pd.DataFrame


def read_known_file(path: Path, *, files: Sequence[str]) -> KnownFile:
    """Read a table with the columns `file` and `date`, of any format that catalogues have.

    files: names of the pictures, which the table may spell in other ways. Works without a date are no error. Raises
    UserError for a table that lacks the columns, names a file that is missing, ambiguous or there twice, or holds
    what is no date.
    """
    frame = read_table(path).frame
    names = [str(name) for name in frame.columns]
    try:
        require_columns(("file", "date"), names)
        file, date = find_column("file", names), find_column("date", names)
    except UserError as error:
        raise UserError(f"{path} {error}") from error
    values = frame[file].fillna("").tolist()
    located = locate_files(values, files)
    for row, match in enumerate(located.file, start=1):
        if match is None:
            raise UserError(f"row {row} of {path} names {values[row - 1]!r}, which is no single picture of the set")
    table = frame.set_axis(pd.Index(located.file, name="file"), axis="index")
    if table.index.has_duplicates:
        raise UserError(f"{path} names {table.index[table.index.duplicated()][0]!r} twice; give each picture one row")
    dates = table[date].dropna()
    return KnownFile(
        dates=parse_known_dates({str(name): text for name, text in dates.items()}, files=files),
        columns=table.drop(columns=[file, date]),
    )
