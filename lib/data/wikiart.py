"""Catalogues in file names, as WikiArt writes them: `artist_title-date.jpg`, and `artist/title-date.jpg`."""

import re
from pathlib import Path, PurePosixPath

import pandas as pd

from lib.data.columns import ROW_COLUMNS
from lib.data.file_names import is_image
from lib.data.files import list_files
from lib.data.rows import CatalogueOptions, CatalogueRows
from lib.infra.errors import UserError

RULE = "write artist_title-date.jpg, as in jan-van-eyck_arnolfini-1434.jpg"
_LONGEST_RANGE = 60  # years; above, the first number belongs to the title
_PARTICLES = frozenset(
    ["van", "von", "de", "da", "di", "del", "della", "der", "den", "du", "la", "le", "el", "ter", "ten", "zu"]
)  # begin no full name
_COPY = re.compile(r"(?:\(\d+\))$")
_DATE = re.compile(
    r"""(?P<title>.*?)-?(?:(?<=-)|^)
        (?P<date>
            (?:(?:c|ca|circa)-)?
            (?:c(?=\d))?
            (?:(?P<first>\d{3,4})(?:-(?P<last>\d{3,4}|\d{2}))?|\d{3,4}s)
        )
        (?:-\d{1,2})?""",
    re.VERBOSE,
)


def read_wikiart_folder(root: Path, options: CatalogueOptions) -> CatalogueRows:
    """Read the artist, title and date of each image below `root` from its name, or the artist from its folder."""
    stamps = {file: stamp for file, stamp in list_files(root).items() if is_image(file)}
    if not stamps:
        raise UserError(f"no image file is under {root}; name the folder that holds artist_title-date.jpg files")
    rows, rejected = [], []
    for file in sorted(stamps):
        try:
            rows.append(_parse_name(file))
        except ValueError as error:
            rejected.append((file, str(error)))
    if not rows:
        raise UserError(
            f"none of the file names under {root} can be read, such as {rejected[0][0]!r}: {rejected[0][1]}"
        )
    table = pd.DataFrame(rows, columns=list(ROW_COLUMNS.values())).astype("str")
    return CatalogueRows(
        table=table.assign(file=table["painting_id"]),
        kept=pd.DataFrame(index=table.index),
        stamps=stamps,
        summary=f"{root.name}: {len(stamps):,} image files; artist, title and date from their names",
        content=b"",
        rejected=tuple(rejected),
    )


def _parse_name(file: str) -> dict[str, str | None]:
    """Return what a file's name says. Raises ValueError where it leaves open where the artist ends."""
    path = PurePosixPath(file)
    artist, rest = _split_artist(path)
    title, date = _split_date(_COPY.sub("", rest))
    return {"painting_id": file, "artist": _written_out(artist), "date": date, "title": title.replace("-", " ")}


def _split_artist(path: PurePosixPath) -> tuple[str, str]:
    stem, folder = path.stem, path.parent.name
    words = re.split(r"[\s_\-]+", folder)
    repeated = re.match(r"[\s_\-]+".join(map(re.escape, words)) + r"[\s_\-]+", stem, re.IGNORECASE)
    if len(words) > 1 and repeated:  # the folder tells where the artist's name ends, also with an underscore inside
        return folder, stem[repeated.end() :]
    artist, underscore, rest = stem.partition("_")
    if not underscore:
        return folder, stem
    if ("_" in rest and not re.search(r"[-\s]", artist)) or artist.lower() in _PARTICLES:
        raise ValueError(f"its underscores leave open where the artist's name ends; {RULE}")
    return artist, rest


def _split_date(text: str) -> tuple[str, str | None]:
    match = _DATE.fullmatch(text)
    if match is None:
        return text, None
    title, date, first, last = match["title"], match["date"], match["first"], match["last"]
    if last and len(last) == 2 and int(last) <= int(first) % 100:
        return title, date.removesuffix(f"-{last}")  # the number of a copy
    if last and len(last) > 2 and int(last) - int(first) > _LONGEST_RANGE:
        return f"{title}-{first}", last
    return title, re.sub(r"-(?!\d)|(?<!\d)-", " ", date)


def _written_out(artist: str) -> str:
    """Turn `claude-monet` and `jan_van_eyck` into names; leave a name that is already written out."""
    return re.sub(r"[-_]", " ", artist).title() if artist == artist.lower() else artist
