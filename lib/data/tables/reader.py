"""A catalogue's file, of any format that museums export, as a table of texts."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from lib.data.tables.delimited import read_delimited
from lib.data.tables.table import CatalogueTable, TableError
from lib.data.tables.typed import read_json, read_json_lines, read_parquet_table, read_workbook
from lib.infra.errors import UserError, first_line
from lib.infra.paths import read_bytes

MAX_BYTES = 2**31  # of a catalogue, unpacked

_GZIP, _ZIP, _PARQUET, _OLD_EXCEL = b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"
_TEXTS: dict[str, Callable[[bytes], CatalogueTable]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".tab": read_delimited,
    ".txt": read_delimited,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}
FORMATS = "CSV (.csv, .tsv, .txt), .xlsx, .parquet, .json or .jsonl, plain, .zip or .gz"


def read_table(path: Path) -> CatalogueTable:
    """Read a catalogue, every cell as text, an empty one as null. The content tells the format; of texts, the suffix.

    Raises UserError where the file cannot be read as a table, with the line where there is one.
    """
    return parse_table(read_file(path), path)


def read_file(path: Path) -> bytes:
    """Return the bytes of a catalogue. Raises UserError where they cannot be read."""
    try:
        return read_bytes(path)
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise UserError(f"cannot read the catalogue {path}: {reason}; give a file with --catalogue") from error


def parse_table(data: bytes, path: Path) -> CatalogueTable:
    """Read the bytes of the catalogue `path` as read_table() does."""
    try:
        return _parse(data, path.name)
    except TableError as error:
        raise UserError(f"cannot read the catalogue {path}: {error}") from error


def _parse(data: bytes, name: str) -> CatalogueTable:
    if data.startswith(_GZIP):
        data, name = _gunzip(data), re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
    elif data.startswith(_ZIP) and not _is_workbook(data):
        data, name = _unzip(data)
    if data.startswith(_ZIP) and _is_workbook(data):
        return read_workbook(data)
    if data.startswith(_PARQUET):
        return read_parquet_table(data)
    read = _TEXTS.get(PurePosixPath(name).suffix.lower())
    if read is None or data.startswith(_OLD_EXCEL):
        raise TableError(f"its format is not known; give {FORMATS}")
    return read(data)


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            return _bounded(file.read(MAX_BYTES + 1))
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"it is not a whole gzip file ({error}); compress it again") from error


def _is_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile as error:
        raise TableError(f"it is not a whole zip archive or workbook ({error}); copy or save it again") from error


def _unzip(data: bytes) -> tuple[bytes, str]:
    """Return the content and the name of the only file in a zip archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [name for name in archive.namelist() if _is_visible_file(name)]
            if len(files) != 1:
                raise TableError(f"the archive holds {len(files)} files; put the catalogue alone into it")
            with archive.open(files[0]) as file:
                return _bounded(file.read(MAX_BYTES + 1)), PurePosixPath(files[0]).name
    # An encrypted archive is a RuntimeError, an unknown compression a NotImplementedError, which is one too.
    except (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise TableError(f"it is not a whole zip archive ({error}); compress it again, without a password") from error


def _is_visible_file(name: str) -> bool:
    return not name.endswith("/") and not name.startswith("__MACOSX/") and not PurePosixPath(name).name.startswith(".")


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise TableError(f"it is larger than {MAX_BYTES >> 30} GiB when unpacked; split it")
    return data
