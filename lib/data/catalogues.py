"""Catalogues of paintings: three readers that give one table, and the rules that clean it, each with its count."""

import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib.data.dates import parse_date
from lib.data.splits import standard_splits
from lib.infra.errors import UserError
from lib.infra.paths import is_local, store_of

COLUMNS = ["painting_id", "artist", "date", "title", "style", "genre", "catalogue_split", "file", "bytes"]
PBN_CATALOGUES = ("all_data_info.csv", "all_data_info.csv.zip", "all_data_info.csv.gz")
REPLACEMENTS = "replacements_for_corrupted_files"  # Kaggle's second thoughts about some of its images
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".webp", ".bmp"}

_YEAR_IN_NAME = re.compile(r"(?P<title>.*?)-(?P<year>\d{3,4})(?:-\d{1,2})?(?:\(\d+\))?")

# What a row must have, the test, and the reason given for each row that fails it (None: the count says enough).
Rule = tuple[str, Callable[[pd.DataFrame], pd.Series], str | None]
DATE_RULES: tuple[Rule, ...] = (
    ("with an artist", lambda table: table["artist"].fillna("").str.strip() != "", "no artist"),
    ("with a date", lambda table: table["date"].fillna("").str.strip() != "", None),
    (
        "with a year in the date",
        lambda table: table["date"].map(parse_date).notna(),
        "the date {date!r} names no single year",
    ),
)
FILE_RULES: tuple[Rule, ...] = (
    ("with a file", lambda table: table["file"].notna(), None),
    (
        "with a file of its own",
        lambda table: ~table["painting_id"].duplicated(),
        "an earlier row of the catalogue has the same file",
    ),
)


@dataclass(frozen=True)
class Step:
    """A rule and what is left after it."""

    rule: str
    rows: int
    artists: int


@dataclass(frozen=True)
class Catalogue:
    """A cleaned catalogue.

    paintings: painting_id, file (below the root), artist, year, circa, title, style, genre, catalogue_split; every
    row has its file. rejected: file and reason of the rows that broke a rule, other than those without date or file.
    most_dated_works: how many works the 100 artists with most dated works have, with or without a file.
    content: a hash of the catalogue and of the names and sizes of its files.
    """

    paintings: pd.DataFrame
    steps: list[Step]
    rejected: list[tuple[str, str]]
    most_dated_works: int
    content: str


def read_painter_by_numbers(root: Path, *, catalogue: Path | None = None, split_column: str | None = None) -> Catalogue:
    """Read Kaggle's catalogue and find its images by name in any folder below `root`."""
    path = catalogue or _find_catalogue(root)
    table = _take_columns(
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
    table = _take_columns(
        read_table(catalogue), catalogue,
        artist=artist_column, date=date_column, file=file_column, split_column=split_column,
    )  # fmt: skip
    sizes = list_files(root)
    return clean(_locate(table, {file: file for file in sizes}, sizes), content=catalogue.read_bytes())


def read_wikiart_folder(root: Path) -> Catalogue:
    """Read `artist_title-year.jpg`, alone or in a folder of the artist, and `artist/title-year.jpg`."""
    sizes = {file: size for file, size in list_files(root).items() if Path(file).suffix.lower() in IMAGE_SUFFIXES}
    if not sizes:
        raise UserError(f"no image file is under {root}; name the folder that holds artist_title-year.jpg files")
    rows = [_parse_name(file) | {"file": file, "bytes": sizes[file]} for file in sorted(sizes)]
    return clean(pd.DataFrame(rows, columns=COLUMNS), content=b"")


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


def list_files(root: Path) -> dict[str, int]:
    """Return the size in bytes of each file below `root`, hidden ones left out, by its relative path."""
    if not root.is_dir():
        raise UserError(f"the folder {root} does not exist; give the folder of the images with --root")
    if not is_local(root):
        fs, name = store_of(root)
        found = {
            file.removeprefix(name).lstrip("/"): about["size"] for file, about in fs.find(name, detail=True).items()
        }
        return {file: size for file, size in found.items() if _visible(file.split("/")) == file.split("/")}
    sizes: dict[str, int] = {}
    seen: set[tuple[int, int]] = set()  # links may lead round in circles
    for folder, folders, names in os.walk(root, followlinks=True):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(_visible(folders))
        for name in _visible(names):
            path = Path(folder, name)
            with suppress(OSError):  # a link to nothing is a missing file
                status = path.stat()
                if stat.S_ISREG(status.st_mode):
                    sizes[path.relative_to(root).as_posix()] = status.st_size
    return sizes


def clean(table: pd.DataFrame, *, content: bytes) -> Catalogue:
    """Apply the rules one after the other. Raises UserError where no painting is left."""
    steps, rejected = [_step("in the catalogue", table)], list[tuple[str, str]]()
    dated = _apply(DATE_RULES, table, steps, rejected)
    found = _apply(FILE_RULES, dated, steps, rejected)
    if found.empty:
        counts = ", ".join(f"{step.rows} {step.rule}" for step in steps)
        raise UserError(f"no painting is left after cleaning: {counts}; check --root and the catalogue's columns")
    dates = found["date"].map(parse_date)
    return Catalogue(
        paintings=found.assign(year=dates.str[0].astype("int32"), circa=dates.str[1].astype(bool))
        .drop(columns=["date", "bytes"])
        .reset_index(drop=True),
        steps=steps,
        rejected=rejected,
        most_dated_works=int(dated["artist"].value_counts().head(100).sum()),
        content=_content_hash(content, zip(found["file"], found["bytes"], strict=True)),
    )


def _apply(
    rules: Sequence[Rule], table: pd.DataFrame, steps: list[Step], rejected: list[tuple[str, str]]
) -> pd.DataFrame:
    for rule, keeps, reason in rules:
        good = keeps(table)
        if reason:
            bad = table[~good]
            rejected += [
                (str(file), reason.format(date=date))
                for file, date in zip(bad["painting_id"], bad["date"], strict=True)
            ]
        table = table[good]
        steps.append(_step(rule, table))
    return table


def _step(rule: str, table: pd.DataFrame) -> Step:
    return Step(rule=rule, rows=len(table), artists=int(table["artist"].nunique()))


def _content_hash(catalogue: bytes, files: Iterable[tuple[str, int]]) -> str:
    digest = hashlib.sha256(catalogue)
    for file, size in sorted(files):
        digest.update(f"\n{file} {int(size)}".encode())
    return digest.hexdigest()


def _visible(names: list[str]) -> list[str]:
    return [name for name in names if not name.startswith(".")]


def _find_catalogue(root: Path) -> Path:
    for name in PBN_CATALOGUES:
        if (root / name).is_file():
            return root / name
    raise UserError(f"{root} holds none of {', '.join(PBN_CATALOGUES)}; name the catalogue with --catalogue")


def _take_columns(
    table: pd.DataFrame, path: Path, *, artist: str, date: str, file: str, split_column: str | None
) -> pd.DataFrame:
    """Return the catalogue under our own column names. Raises UserError naming the columns it lacks."""
    names = {"painting_id": file, "artist": artist, "date": date, "catalogue_split": split_column}
    missing = [name for name in names.values() if name and name not in table.columns]
    if missing:
        raise UserError(
            f"the catalogue {path} has no column {', '.join(missing)}; it has {', '.join(map(str, table.columns))}"
        )
    names |= {name: name for name in ("title", "style", "genre") if name in table.columns}
    taken = pd.DataFrame({ours: table[theirs] for ours, theirs in names.items() if theirs}, columns=COLUMNS)
    if split_column:
        taken["catalogue_split"] = standard_splits(taken["catalogue_split"], column=split_column)
    return taken


def _locate(table: pd.DataFrame, places: dict[str, str], sizes: dict[str, int]) -> pd.DataFrame:
    """Fill in each painting's file below the root and its size in bytes."""
    table = table.assign(file=table["painting_id"].map(places))
    return table.assign(bytes=table["file"].map(sizes))


def _parse_name(file: str) -> dict[str, str | None]:
    path = Path(file)
    artist, underscore, rest = path.stem.partition("_")
    if not underscore:
        artist, rest = path.parent.name, path.stem
    match = _YEAR_IN_NAME.fullmatch(rest)
    title, year = (match["title"], match["year"]) if match else (rest, None)
    return {"painting_id": file, "artist": _plain(artist), "date": year, "title": title.replace("-", " ")}


def _plain(artist: str) -> str:
    """Turn `claude-monet` into `Claude Monet`; leave a name that is already written out."""
    return artist.replace("-", " ").title() if artist == artist.lower() else artist
