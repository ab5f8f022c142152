"""Tables whose cells have types, as texts: Excel, Parquet, JSON and JSON lines."""

import io
import json
import math
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from lib.data.tables.encodings import decode
from lib.data.tables.table import CatalogueTable, TableError, make_frame
from lib.infra.errors import first_line

MAX_WORKBOOK_BYTES = 2**30  # of its unpacked parts


def read_workbook(data: bytes) -> CatalogueTable:
    """Read the first sheet of an Excel workbook that is not empty. Its first row names the columns."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_WORKBOOK_BYTES:
            raise TableError(f"it is larger than {MAX_WORKBOOK_BYTES >> 30} GiB when unpacked; save it as CSV")
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
    except CalamineError as error:
        raise TableError(f"it is not a readable workbook ({error}); save it again, or as CSV") from error
    names = [name for name, rows in sheets.items() if rows]
    if not names:
        raise TableError("its sheets are empty; give the workbook that holds the catalogue")
    header, *cells = sheets[names[0]]
    place = f"sheet {names[0]!r}" + (f", the first of {len(names)} that are not empty" if len(names) > 1 else "")
    rows = [[text_of(cell) for cell in row] for row in cells]
    full = [row for row in rows if any(row)]
    notes = (f"{len(rows) - len(full)} empty rows of the sheet are no rows",) if len(full) < len(rows) else ()
    return _table([text_of(cell) for cell in header], full, format=f"Excel, {place}", notes=notes)


def read_parquet_table(data: bytes) -> CatalogueTable:
    """Read a Parquet file without its columns of bytes, such as images. Fields of a struct become columns."""
    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise TableError(
            f"it is not a readable Parquet file ({first_line(error)}); write it again, or as CSV"
        ) from error
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    binary = [field.name for field in table.schema if _holds_bytes(field.type)]
    table = table.drop_columns(binary)
    cells = [_cells(column, name) for name, column in zip(table.column_names, table.columns, strict=True)]
    notes = (f"columns of bytes are left out: {', '.join(binary)}",) if binary else ()
    return _table(table.column_names, list(zip(*cells, strict=True)), format="Parquet", notes=notes)


def _cells(column: pa.ChunkedArray, name: str) -> list[str]:
    try:
        return [text_of(cell) for cell in column.to_pylist()]
    except (OverflowError, ValueError) as error:  # a day before the year 1
        raise TableError(f"its column {name!r} has a value out of range ({error}); write it as text") from error


def _holds_bytes(kind: pa.DataType) -> bool:
    fields = [kind.field(position).type for position in range(kind.num_fields)]
    is_binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return is_binary or any(map(_holds_bytes, fields))


def read_json(data: bytes) -> CatalogueTable:
    """Read a list of objects, also as the only list in an object, or an object of equally long columns."""
    text, encoding = decode(data)
    value = _parse(text, where="")
    if isinstance(value, dict):
        lists = {name: member for name, member in value.items() if isinstance(member, list)}
        records = [member for member in lists.values() if member and all(isinstance(item, dict) for item in member)]
        if len(records) == 1:
            return _of_objects(records[0], format="JSON", encoding=encoding)
        if lists and len(lists) == len(value) and len({len(column) for column in lists.values()}) == 1:
            value = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise TableError("it is no table; write a list of objects with one object for each work")
    return _of_objects(value, format="JSON", encoding=encoding)


def read_json_lines(data: bytes) -> CatalogueTable:
    """Read one object a line."""
    text, encoding = decode(data)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    values = [_parse(line, where=f" in line {number}") for number, line in lines]
    for (number, _), value in zip(lines, values, strict=True):
        if not isinstance(value, dict):
            raise TableError(f"line {number} is no object; write one object a line")
    return _of_objects(values, format="JSON lines", encoding=encoding)


def _parse(text: str, *, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TableError(f"it is not JSON{where} ({error}); write it again, or as CSV") from error


def _of_objects(objects: Sequence[dict[str, Any]], *, format: str, encoding: str) -> CatalogueTable:
    objects = [_flat(item) for item in objects]
    names = list(dict.fromkeys(name for item in objects for name in item))
    rows = [[_unicode(text_of(item.get(name))) for name in names] for item in objects]
    names = [_unicode(name) for name in names]
    return _table(names, rows, format=format, encoding=encoding)


def _flat(item: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return an object with the members of inner ones under names such as `artist.name`."""
    flat: dict[str, Any] = {}
    for name, value in item.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) and value else {f"{prefix}{name}": value}
    return flat


def _unicode(text: str) -> str:
    """Replace the halves of surrogate pairs, which JSON can write and no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _table(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, format: str, notes: tuple[str, ...] = (),
    encoding: str | None = None,
) -> CatalogueTable:  # fmt: skip
    if not any(name.strip() for name in names):
        raise TableError("it names no columns; write their names into the first row")
    named = [name if name.strip() else f"column {position}" for position, name in enumerate(names, start=1)]
    return CatalogueTable(frame=make_frame(named, rows), format=format, encoding=encoding, notes=notes)


def text_of(cell: Any) -> str:
    """Return a cell as one would write it: 1819.0 as `1819`, a day as `1912-09-03`, nothing as an empty text."""
    for kind, write in _WRITERS:
        if isinstance(cell, kind):
            return write(cell)
    return str(cell)


def _write_number(number: float | Decimal) -> str:
    if not math.isfinite(number):
        return ""
    return str(int(number)) if number == int(number) else str(number)


def _write_moment(moment: datetime) -> str:
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat()


def _write_list(value: Any) -> str:
    """Return plain values as a list in words, others as JSON."""
    if any(isinstance(item, (list, dict, tuple)) for item in value) or isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return "; ".join(text for item in value if (text := text_of(item)))


# In this order: a datetime is a date, and True a number.
_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (type(None), lambda _: ""),
    (str, str),
    (bool, str),
    ((float, Decimal), _write_number),
    (datetime, _write_moment),
    (date, date.isoformat),
    ((list, dict, tuple), _write_list),
)
