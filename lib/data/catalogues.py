"""Catalogues of paintings: one reader for each kind, all of which return the same cleaned table."""

import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from lib.data.cleaning import Catalogue, clean
from lib.data.file_names import is_image
from lib.data.files import list_files
from lib.data.splits import standard_splits
from lib.infra.errors import UserError

COLUMNS = ["painting_id", "artist", "date", "title", "style", "genre", "catalogue_split", "file", "bytes"]
PBN_CATALOGUES = ("all_data_info.csv", "all_data_info.csv.zip", "all_data_info.csv.gz")
REPLACEMENTS = "replacements_for_corrupted_files"  # the folder of Kaggle's better versions of broken images

_YEAR_IN_NAME = re.compile(r"(?P<title>.*?)-(?P<year>\d{3,4})(?:-\d{1,2})?(?:\(\d+\))?")


def read_painter_by_numbers(root: Path, *, catalogue: Path | None = None, split_column: str | None = None) -> Catalogue:
    """Read Kaggle's catalogue and find its images by name in any folder below `root`."""
    path = catalogue or _find_catalogue(root)
    table = _rename_columns(
        read_table(path), path, artist="artist", date="date", file="new_filename", split_column=split_column
    )
    sizes = list_files(root)
    # Replacements come last, so that they win over the file they replace.
    by_name = {Path(file).name: file for file in sorted(sizes, key=lambda file: (REPLACEMENTS in file, file))}
    return clean(_locate(table, by_name, sizes), content=path.read_bytes())


def read_csv(
    root: Path,
    *,
    catalogue: Path,
    artist_column: str = "artist",
    date_column: str = "date",
    file_column: str = "file",
    split_column: str | None = None,
) -> Catalogue:
    """Read any CSV whose file column names files relative to `root`; title, style and genre where it has them."""
    table = _rename_columns(
        read_table(catalogue), catalogue,
        artist=artist_column, date=date_column, file=file_column, split_column=split_column,
    )  # fmt: skip
    sizes = list_files(root)
    return clean(_locate(table, {file: file for file in sizes}, sizes), content=catalogue.read_bytes())


def read_wikiart_folder(root: Path) -> Catalogue:
    """Read `artist_title-year.jpg`, alone or in a folder of the artist, and `artist/title-year.jpg`."""
    sizes = {file: size for file, size in list_files(root).items() if is_image(file)}
    if not sizes:
        raise UserError(f"no image file is under {root}; name the folder that holds artist_title-year.jpg files")
    rows = [_parse_name(file) | {"file": file, "bytes": sizes[file]} for file in sorted(sizes)]
    return clean(pd.DataFrame(rows, columns=COLUMNS), content=b"")


# Adding a kind of catalogue takes a reader, a line here, and its name among the options of jobs/ingest.py.
READERS: dict[str, Callable[..., Catalogue]] = {
    "painter-by-numbers": read_painter_by_numbers,
    "wikiart-folder": read_wikiart_folder,
    "csv": read_csv,
}


def read_catalogue(source: str, root: Path, **options: Any) -> Catalogue:
    """Return the cleaned catalogue of a kind in READERS. options: arguments of its reader; None is its default."""
    return READERS[source](root, **{name: value for name, value in options.items() if value is not None})


def read_table(path: Path) -> pd.DataFrame:
    """Read a plain, zipped or gzipped CSV, every value as text. Raises UserError where that fails."""
    try:
        return pd.read_csv(str(path), dtype=str, keep_default_na=False, na_values=[""])
    # Parser errors are ValueErrors; an encrypted archive is a RuntimeError.
    except (OSError, ValueError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"cannot read the catalogue {path}: {reason}; give a UTF-8 CSV file, plain, .zip or .gz"
        ) from error


def _find_catalogue(root: Path) -> Path:
    for name in PBN_CATALOGUES:
        if (root / name).is_file():
            return root / name
    raise UserError(f"{root} holds none of {', '.join(PBN_CATALOGUES)}; name the catalogue with --catalogue")


def _rename_columns(
    table: pd.DataFrame, path: Path, *, artist: str, date: str, file: str, split_column: str | None
) -> pd.DataFrame:
    """Return the catalogue with the columns COLUMNS. Raises UserError naming the columns it lacks."""
    names = {"painting_id": file, "artist": artist, "date": date, "catalogue_split": split_column}
    missing = [name for name in names.values() if name and name not in table.columns]
    if missing:
        raise UserError(
            f"the catalogue {path} has no column {', '.join(missing)}; it has {', '.join(map(str, table.columns))}"
        )
    names |= {name: name for name in ("title", "style", "genre") if name in table.columns}
    renamed = pd.DataFrame({name: table[column] for name, column in names.items() if column}, columns=COLUMNS)
    if split_column:
        renamed["catalogue_split"] = standard_splits(renamed["catalogue_split"], column=split_column)
    return renamed


def _locate(table: pd.DataFrame, files: dict[str, str], sizes: dict[str, int]) -> pd.DataFrame:
    """Return the table with each painting's file below the root, by painting_id, and its size in bytes."""
    table = table.assign(file=table["painting_id"].map(files))
    return table.assign(bytes=table["file"].map(sizes))


def _parse_name(file: str) -> dict[str, str | None]:
    path = Path(file)
    artist, underscore, rest = path.stem.partition("_")
    if not underscore:
        artist, rest = path.parent.name, path.stem
    match = _YEAR_IN_NAME.fullmatch(rest)
    title, year = (match["title"], match["year"]) if match else (rest, None)
    return {"painting_id": file, "artist": _written_out(artist), "date": year, "title": title.replace("-", " ")}


def _written_out(artist: str) -> str:
    """Turn `claude-monet` into `Claude Monet`; leave a name that is already written out."""
    return artist.replace("-", " ").title() if artist == artist.lower() else artist
