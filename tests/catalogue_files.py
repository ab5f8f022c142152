"""Catalogues in the formats that museums export, and what is read of them."""

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib.data.tables.reader import parse_table
from lib.data.tables.table import CatalogueTable


def workbook(**sheets: list[list[object]]) -> bytes:
    """Return an Excel workbook with the rows of each sheet."""
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()


def parse(content: str | bytes, name: str = "works.csv") -> CatalogueTable:
    """Return the table of a file with this content and name."""
    return parse_table(content if isinstance(content, bytes) else content.encode(), Path(name))


def cells(table: CatalogueTable) -> list[list[str]]:
    """Return the texts of a table, row by row; empty for a missing one."""
    return table.frame.fillna("").to_numpy().tolist()


def parquet(frame: pd.DataFrame | pa.Table) -> bytes:
    """Return a Parquet file of a frame."""
    buffer = io.BytesIO()
    pq.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame), buffer)
    return buffer.getvalue()
