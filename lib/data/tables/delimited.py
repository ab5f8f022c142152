"""Tables in text files with a character between the fields, such as CSV."""

import csv
import io
from collections.abc import Iterator

from lib.data.tables.encodings import decode
from lib.data.tables.table import CatalogueTable, TableError, make_frame

DELIMITERS = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}
_LONGEST_FIELD = 2**31 - 1  # characters; a field may hold an image
_EXCEL_HINT = "sep="  # the first line that some programs write for Excel, such as sep=;

Record = tuple[int, list[str]]  # the line it begins in, from 1, and its fields


def read_delimited(data: bytes) -> CatalogueTable:
    """Read a CSV whose first line names the columns.

    Raises TableError with the line where a row has other than the header's number of fields or is wrongly quoted, and
    where the header does not say what is between the fields.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    text, encoding = decode(data)
    text, first_line = _without_hint(text)
    delimiter = _find_delimiter(text)
    records = _records(text, delimiter, first_line=first_line)
    names = next(records, (first_line, []))[1]
    if not any(name.strip() for name in names):
        raise TableError("its first line names no columns; write their names there")
    rows, notes = _rows(records, names, delimiter=delimiter)
    names = _without_nameless(names, rows)
    return CatalogueTable(
        frame=make_frame(names, [fields for _, fields in rows]),
        format=f"CSV, {DELIMITERS[delimiter]} between fields" if len(names) > 1 else "CSV of one column",
        encoding=encoding,
        notes=notes,
    )


def _without_hint(text: str) -> tuple[str, int]:
    """Return the text from its header on, and the number of the header's line."""
    hint, _, rest = text.partition("\n")
    hint = hint.strip().strip('"').lower()
    return (rest, 2) if hint.startswith(_EXCEL_HINT) and len(hint) <= len(_EXCEL_HINT) + 1 else (text, 1)


def _find_delimiter(text: str) -> str:
    """Return the only delimiter in the header; of several the one that fits all rows, else that of most columns."""
    columns = {delimiter: len(_header(text, delimiter)) for delimiter in DELIMITERS}
    candidates = [delimiter for delimiter, number in columns.items() if number > 1]
    if not candidates:  # of one column only this is known: that no delimiter is inside its fields
        return next((delimiter for delimiter in DELIMITERS if _fits(text, delimiter)), ",")
    if len(candidates) > 1:
        fitting = [delimiter for delimiter in candidates if _fits(text, delimiter)]
        most = max(columns.values())
        candidates = fitting or [delimiter for delimiter in candidates if columns[delimiter] == most]
    if len(candidates) > 1:
        shown = " or ".join(DELIMITERS[delimiter] for delimiter in candidates)
        raise TableError(
            f"its first line leaves open whether {shown} is between fields; put names that hold the other in quotes"
        )
    return candidates[0]


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _fits(text: str, delimiter: str) -> bool:
    try:
        records = _records(text, delimiter, first_line=1)
        _rows(records, next(records, (1, []))[1], delimiter=delimiter)
    except TableError:
        return False
    return True


def _records(text: str, delimiter: str, *, first_line: int) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first_line
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(
                f"the row in line {line} is wrongly quoted ({error}); in a quoted field write each quote twice"
            ) from error
        yield line, fields
        line = reader.line_num + first_line


def _rows(records: Iterator[Record], names: list[str], *, delimiter: str) -> tuple[list[Record], tuple[str, ...]]:
    """Return the rows, each with as many fields as the header, and what to know of them."""
    rows: list[Record] = []
    empty = 0
    for line, fields in records:
        if not fields:
            empty += 1
        elif len(fields) != len(names):
            raise TableError(_wrong_number(line, fields, names, delimiter))
        else:
            rows.append((line, fields))
    broken = [line for line, fields in rows if any("\n" in field or "\r" in field for field in fields)]
    notes = []
    if empty:
        notes.append(f"{empty} empty lines are no rows")
    if broken:
        notes.append(f"{len(broken)} rows have line breaks in a quoted field, the first in line {broken[0]}")
    return rows, tuple(notes)


def _wrong_number(line: int, fields: list[str], names: list[str], delimiter: str) -> str:
    between = DELIMITERS[delimiter]
    if len(fields) > len(names):
        remedy = f"put each field that holds {between} in quotes"
    else:
        remedy = "write a delimiter for each empty field too"
    shown = delimiter.join(fields)[:80]
    numbers = f"line {line} has {len(fields)} fields where the header has {len(names)}"
    return f"{numbers} ({shown!r}); {remedy}, or save it as .xlsx"


def _without_nameless(names: list[str], rows: list[Record]) -> list[str]:
    """Return the names without the empty ones at the end; others that are empty are named by their position.

    Raises TableError where one at the end has a value: it may be the last field of a row that is shifted.
    """
    width = max(position for position, name in enumerate(names, start=1) if name.strip())
    for line, fields in rows:
        if any(fields[width:]):
            raise TableError(
                f"line {line} has a value in column {width + 1}, which has no name; "
                "put each field that holds the delimiter in quotes, or name the column"
            )
    return [name if name.strip() else f"column {position}" for position, name in enumerate(names[:width], start=1)]
