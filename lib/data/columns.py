"""Which of a catalogue's columns holds what: as the user names them, else by the names that museums give them."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import pandas as pd

from lib.data.splits import standard_splits
from lib.infra.errors import UserError, did_you_mean

# Usual names in the form of column_key(), the likeliest first. A name that museums use for two things is in none.
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "file": (
        "file", "filename", "newfilename", "image", "imagefile", "imagefilename", "path", "filepath", "imagepath",
        "accessionnumber", "accessionnum", "objectnumber", "inventorynumber", "imageurl", "thumbnailurl", "imageid",
    ),
    "artist": (
        "artist", "artistname", "artistdisplayname", "artisttitle", "attribution", "maker", "makername",
        "principalmaker", "principalorfirstmaker", "creator", "creatorname", "painter", "author", "artistdisplay",
    ),
    "date": (
        "date", "datetext", "objectdate", "displaydate", "datedisplay", "dated", "dating", "datecreated",
        "creationdate", "productiondate", "datingpresentingdate", "year",
    ),
    "role": ("artistprefix", "attributionqualifier", "qualifier", "artistrole", "makerrole", "creatorrole"),
    "artist_id": ("artistid", "constituentid", "ulanid", "artistulanurl"),
    "birth": ("artistbegindate", "artistbirthyear", "artistbirth", "birthyear", "birthdate", "birth"),
    "death": ("artistenddate", "artistdeathyear", "artistdeath", "deathyear", "deathdate", "death"),
}  # fmt: skip
# Taken only together: one alone may be the year of something else.
USUAL_YEARS = (
    ("earliest", "latest"), ("earliestyear", "latestyear"), ("earliestdate", "latestdate"), ("beginyear", "endyear"),
    ("objectbegindate", "objectenddate"), ("datestart", "dateend"), ("startyear", "endyear"), ("startdate", "enddate"),
    ("yearfrom", "yearto"), ("datefrom", "dateto"), ("yearstart", "yearend"), ("firstyear", "lastyear"),
    ("creationdateearliest", "creationdatelatest"), ("dateearliest", "datelatest"), ("yearearliest", "yearlatest"),
    ("datingyearearly", "datingyearlate"),
)  # fmt: skip
_FIRST_YEARS = {first for first, _ in USUAL_YEARS}
# Words that turn the name of a column of first years into that of last years.
_FIRST_AND_LAST = (
    ("begin", "end"), ("beginning", "end"), ("start", "end"), ("earliest", "latest"), ("early", "late"),
    ("first", "last"), ("from", "to"), ("min", "max"), ("von", "bis"), ("lower", "upper"), ("low", "high"),
    ("debut", "fin"),
)  # fmt: skip
# Our names for what find_columns() finds, and for what describes a work.
ROW_COLUMNS = {
    "file": "painting_id", "artist": "artist", "date": "date", "earliest": "earliest", "latest": "latest",
    "role": "role", "artist_id": "artist_id", "birth": "birth", "death": "death", "title": "title", "style": "style",
    "genre": "genre", "split": "catalogue_split",
}  # fmt: skip
_MOST_NAMES, _LONGEST_NAME = 40, 40  # of the columns that an error lists


@dataclass(frozen=True)
class ColumnNames:
    """The names of a catalogue's columns; None where there is none.

    file: names each work's image file. artist: one or more makers. date: as the catalogue writes it. earliest, latest:
    first and last year of a date. role: how the artist relates to the work, such as `workshop of`. artist_id: equal for
    equal artists. birth, death: years of the artist. split: train, val or test.
    """

    file: str | None = None
    artist: str | None = None
    date: str | None = None
    earliest: str | None = None
    latest: str | None = None
    role: str | None = None
    artist_id: str | None = None
    birth: str | None = None
    death: str | None = None
    split: str | None = None

    def items(self) -> dict[str, str]:
        """Return the names that there are, by what the columns hold."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {field: name for field, name in values.items() if name is not None}

    def __str__(self) -> str:
        return ", ".join(f"{field.replace('_', ' ')} from {name!r}" for field, name in self.items().items())


def column_key(name: str) -> str:
    """Return what is equal for all spellings of a column's name: by capitals, spaces, hyphens and underscores."""
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", name).casefold())


def find_columns(names: Sequence[str], given: ColumnNames) -> ColumnNames:
    """Return the columns to read, in the catalogue's own spelling: those given, for others those of usual names.

    names: of all columns. Raises UserError, a fragment whose subject is the catalogue, where a column that is given or
    needed is missing.
    """
    require_columns(given.items().values(), names)
    names_of = _by_key(names)
    exact = {field: find_column(name, names) for field, name in given.items().items()}
    columns = ColumnNames(**exact)
    free = {
        key: matches[0] for key, matches in names_of.items() if len(matches) == 1 and matches[0] not in exact.values()
    }
    for field, keys in USUAL_NAMES.items():
        usual = next((free[key] for key in keys if key in free), None)
        if field not in exact and usual:
            columns = replace(columns, **{field: usual})
    if columns.earliest is None and columns.latest is None and column_key(columns.date or "") not in _FIRST_YEARS:
        pair = next(((free[first], free[last]) for first, last in USUAL_YEARS if first in free and last in free), None)
        if pair:
            columns = replace(columns, earliest=pair[0], latest=pair[1])
    missing = [field for field in ("file", "artist") if getattr(columns, field) is None]
    if not (columns.date or columns.earliest or columns.latest):
        missing.append("date")
    if missing:
        options = " and ".join(f"--{field}-column" for field in missing)
        raise UserError(f"has no column {', '.join(missing)}; it has {_listed(names)}; name yours with {options}")
    return columns


def require_columns(wanted: Iterable[str], names: Sequence[str]) -> None:
    """Raise UserError, a fragment whose subject is the catalogue, unless all that are wanted are among `names`."""
    missing = [name for name in wanted if name not in names and column_key(name) not in _by_key(names)]
    if missing:
        hint = did_you_mean(missing[0], names)
        raise UserError(f"has no column {', '.join(missing)}; it has {_listed(names)}; {hint}")


def find_column(name: str, names: Sequence[str]) -> str:
    """Return which of `names` is meant by `name`, in any capitals and spaces. Raises UserError where several are."""
    matches = [name] if name in names else _by_key(names)[column_key(name)]
    if len(matches) > 1:
        raise UserError(f"has several columns {name}: {', '.join(map(repr, matches))}; name one of them exactly")
    return matches[0]


def last_year_column(names: Sequence[str], columns: ColumnNames) -> str | None:
    """Return the unused column of last years that by its name belongs to the column of the date or of first years."""
    first_years = columns.earliest or columns.date
    if first_years is None or columns.latest is not None:
        return None
    names_of = _by_key(names)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", first_years)
    partners = [
        column_key(re.sub(rf"(?<![a-z]){first}(?![a-z])", last, words, flags=re.IGNORECASE))
        for first, last in _FIRST_AND_LAST
    ]
    key = column_key(first_years)
    partners += [last for first, last in USUAL_YEARS if first == key]
    partners += [name for _, last in _FIRST_AND_LAST for name in (key + last, last + key)]  # year, year_end
    others = [name for key in partners for name in names_of.get(key, []) if name != first_years]
    return others[0] if others else None


def take_columns(frame: pd.DataFrame, columns: ColumnNames) -> pd.DataFrame:
    """Return a catalogue's columns under our names, null where it has none: those of ROW_COLUMNS, rows as they are."""
    names_of = _by_key([str(name) for name in frame.columns])
    described = {
        field: names_of[field][0] for field in ("title", "style", "genre") if len(names_of.get(field, [])) == 1
    }
    sources = described | columns.items()
    taken = {name: frame[sources[field]] for field, name in ROW_COLUMNS.items() if field in sources}
    rows = pd.DataFrame(taken, columns=list(ROW_COLUMNS.values()), index=frame.index).astype("str")
    if columns.split:
        rows["catalogue_split"] = standard_splits(rows["catalogue_split"], column=columns.split)
    return rows


def columns_to_keep(frame: pd.DataFrame, names: Sequence[str] | None) -> list[str]:
    """Return the columns that travel with the works: those named, in any capitals and spaces; None: all but images."""
    own = [str(name) for name in frame.columns]
    if names is not None:
        require_columns(names, own)
        return [find_column(name, own) for name in names]
    return [name for name in own if not frame[name].str.startswith("data:image/").fillna(False).any()]


def as_json(frame: pd.DataFrame) -> list[str]:
    """Return each row's texts by column as a JSON object, without empty cells."""
    columns = [str(name) for name in frame.columns]
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    return [
        json.dumps(
            {name: cell for name, cell in zip(columns, row, strict=True) if cell is not None}, ensure_ascii=False
        )
        for row in rows
    ]


def _by_key(names: Iterable[str]) -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    for name in names:
        by_key.setdefault(column_key(name), []).append(name)
    return by_key


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(
        f"{name[:_LONGEST_NAME].strip()}…" if len(name) > _LONGEST_NAME else name for name in names[:_MOST_NAMES]
    )
    return shown + (f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")
