"""CSV files that a spreadsheet opens as they are meant: in the right encoding, and without running a cell as a formula.

OWASP, CSV Injection: https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

import pandas as pd

from lib.infra.atomic import atomic_file

Cell = str | float | None

_BYTE_ORDER_MARK = "\ufeff"  # Excel takes a CSV without it for one of the system's own encoding
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table as CSV, whole or not at all. Numbers are written as they are, texts defused, None as nothing."""
    with atomic_file(path) as aside:
        aside.write_text(csv_text(header, rows), encoding="utf-8", newline="")


def write_frame(path: Path, table: pd.DataFrame) -> None:
    """Write a frame without its index as write_csv() does, null as nothing."""
    rows = table.astype(object).where(table.notna(), None)
    write_csv(path, [str(name) for name in table.columns], rows.itertuples(index=False, name=None))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table as the text of a CSV with a byte order mark."""
    buffer = StringIO(newline="")
    buffer.write(_BYTE_ORDER_MARK)
    csv.writer(buffer).writerows([defused(cell) for cell in row] for row in [header, *rows])
    return buffer.getvalue()


def defused(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
