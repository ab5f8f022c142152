"""Any table of works with a column that names their image files."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from lib.data.columns import (
    ColumnNames,
    columns_to_keep,
    find_columns,
    last_year_column,
    take_columns,
)
from lib.data.files import Stamp, list_files, locate_files, nothing_fits
from lib.data.rows import CatalogueOptions, CatalogueRows
from lib.data.tables.reader import parse_table, read_file
from lib.data.tables.table import CatalogueTable
from lib.infra.errors import UserError


def read_table_catalogue(root: Path, options: CatalogueOptions) -> CatalogueRows:
    """Read a table and find the files that its file column names below `root`.

    Raises UserError where a column is missing, and where no value of the file column fits a file.
    """
    if options.catalogue is None:
        raise UserError("--source csv needs --catalogue FILE")
    stamps = list_files(root)
    rows = read_rows(options.catalogue, options.columns, options=options, stamps=stamps)
    values = rows.table["painting_id"].fillna("").tolist()
    located = locate_files(values, stamps)
    if values and not located.matched_by and not located.ambiguous:
        raise nothing_fits(values, stamps, root)
    how = ", ".join(f"{number} by {rule}" for rule, number in located.matched_by.items())
    return replace(
        rows,
        table=rows.table.assign(file=pd.Series(located.file, index=rows.table.index, dtype="str")),
        ambiguous=located.ambiguous,
        notes=(*rows.notes, f"files of works: {how or 'none'}"),
    )


def read_rows(
    path: Path, columns: ColumnNames, *, options: CatalogueOptions, stamps: dict[str, Stamp]
) -> CatalogueRows:
    """Read the table `path`, whose works have no files yet."""
    data = read_file(path)
    table = parse_table(data, path)
    names = [str(name) for name in table.frame.columns]
    try:
        used = find_columns(names, columns)
        kept = columns_to_keep(table.frame, options.keep_columns)
    except UserError as error:
        raise UserError(f"the catalogue {path} {error}") from error
    return CatalogueRows(
        table=take_columns(table.frame, used),
        kept=table.frame[kept],
        stamps=stamps,
        summary=f"{path.name}: {_describe(table)}; {used}",
        content=data,
        notes=(*table.notes, *_unused_years(table.frame, used)),
    )


def _describe(table: CatalogueTable) -> str:
    encoding = f", {table.encoding}" if table.encoding else ""
    return f"{table.format}{encoding}, {table.rows:,} rows"


def _unused_years(frame: pd.DataFrame, columns: ColumnNames) -> tuple[str, ...]:
    """Return what an unused column of last years would change, where the date is read from one of first years."""
    other = last_year_column([str(name) for name in frame.columns], columns)
    used = columns.earliest or columns.date
    if other is None or used is None:
        return ()
    first, last = (pd.to_numeric(frame[name], errors="coerce") for name in (used, other))
    wider = int((last > first).sum())
    if not wider:
        return ()
    line = (
        f"dates are taken from first years; {wider:,} of them would reach further with "
        f"--earliest-column {used!r} --latest-column {other!r}"
    )
    return (line,)
