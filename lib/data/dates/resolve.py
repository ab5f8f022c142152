"""Decide the date of each work from the catalogue's text and from its columns of first and last years."""

import pandas as pd

from lib.data.dates.notes import DateNotes, Sources, take_notes
from lib.data.dates.painting_date import LATEST_YEAR, DateError
from lib.data.dates.parse import parse_date

FIRST_WORKING_AGE = 12
_DAY = r"^(\d{4})-\d\d-\d\d(?:[T ].*)?$"  # as databases write the first and the last day of a date
_COLUMNS = ("earliest", "latest")


def resolve_dates(table: pd.DataFrame, *, circa_years: int) -> tuple[pd.DataFrame, DateNotes]:
    """Return the table with the years of each work, and what became of its dates.

    table: date, earliest, latest (text or null; the year 0 is none), birth, death (nullable integers). In the result
    earliest and latest are Int32, null on an open side; new are circa (bool), year (Int32, the middle), date_problem
    (a reason, null for dated works) and implausible (bool). circa_years: what approximate texts are widened by at each
    end; the columns are taken as they are.

    The columns are the museum's own reading of its text, so they win where both are given, and the text only says
    whether the date is circa. Columns that run backwards are not used. Where the catalogue has both columns and a work
    only one of its years, the text decides; without a readable one the other side is open. Where it has only one
    column, the text decides as well; without a readable one the year is taken as exact, and counted. An open side ends
    with the artist's life where that is known.
    """
    texts = _read_texts(table["date"], circa_years=circa_years)
    columns, unread_years = _read_columns(table)
    both = bool(columns["earliest"].notna().any() and columns["latest"].notna().any())
    rows = pd.DataFrame(
        {
            "text": _stripped(table["date"]),
            "first": columns["earliest"],
            "last": columns["latest"],
        },
        index=table.index,
    ).join(texts, on="text")
    sources = _choose(rows, both=both)
    resolved = _with_years(table, rows, sources)
    return resolved, take_notes(rows, sources, resolved=resolved, unread_years=unread_years)


def _stripped(values: pd.Series) -> pd.Series:
    """Return texts without spaces around them, null where nothing is left."""
    texts = values.astype("string").str.strip()
    return texts.mask(texts == "")


def _read_texts(dates: pd.Series, *, circa_years: int) -> pd.DataFrame:
    """Return text_earliest, text_latest, circa and reason of each distinct text."""
    read = dict[str, tuple[int | None, int | None, bool, str | None]]()
    for text in _stripped(dates).dropna().unique():
        try:
            date = parse_date(text, circa_years=circa_years)
            read[text] = (date.earliest, date.latest, date.circa, None)
        except DateError as error:
            read[text] = (None, None, False, str(error))
    names = ["text_earliest", "text_latest", "circa", "reason"]
    frame = pd.DataFrame(list(read.values()), columns=names, index=pd.Index(list(read), dtype="string"))
    return frame.astype({"text_earliest": "Int32", "text_latest": "Int32", "circa": "boolean", "reason": "string"})


def _read_columns(table: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str, int]]]:
    """Return the years of the two columns (Int32), and the values that are no years."""
    years, unread = dict[str, pd.Series](), list[tuple[str, str, int]]()
    for column in _COLUMNS:
        values = _stripped(table[column]).str.replace(_DAY, r"\1", regex=True)
        year = pd.to_numeric(values.where(values.str.fullmatch(r"\d{1,4}(\.0+)?").fillna(False))).astype("Int32")
        none = (year == 0).fillna(False)
        years[column] = year.where((year >= 1) & (year <= LATEST_YEAR))
        bad = values[years[column].isna() & ~none].dropna()
        unread += [(str(value), column, int(works)) for value, works in bad.value_counts().items()]
    return pd.DataFrame(years, index=table.index), unread


def _choose(rows: pd.DataFrame, *, both: bool) -> Sources:
    has_first, has_last = rows["first"].notna(), rows["last"].notna()
    backwards = (rows["first"] > rows["last"]).fillna(False).astype(bool)
    complete = has_first & has_last & ~backwards
    read = rows["text_earliest"].notna() | rows["text_latest"].notna()
    lone = (has_first ^ has_last) & ~read
    return Sources(
        columns=complete, text=read & ~complete, single=lone & (not both), half=lone & both, reversed=backwards
    )


def _with_years(table: pd.DataFrame, rows: pd.DataFrame, sources: Sources) -> pd.DataFrame:
    years = pd.DataFrame({"earliest": rows["first"], "latest": rows["last"]})
    years = years.mask(sources.reversed).mask(
        sources.text, rows[["text_earliest", "text_latest"]].set_axis(years.columns, axis=1)
    )
    lone = years.loc[sources.single]
    years.loc[sources.single, "earliest"] = lone["earliest"].fillna(lone["latest"])
    years.loc[sources.single, "latest"] = lone["latest"].fillna(lone["earliest"])
    years = _close(years, births=table["birth"], deaths=table["death"])
    earliest, latest = years["earliest"], years["latest"]
    dated = earliest.notna() | latest.notna()
    middle = (earliest.fillna(latest) + latest.fillna(earliest)) // 2
    return table.assign(
        earliest=earliest,
        latest=latest,
        circa=rows["circa"].fillna(False).astype(bool) & dated,
        year=middle.astype("Int32"),
        date_problem=_problems(rows, sources).mask(dated),
        implausible=(
            (latest < table["birth"] + FIRST_WORKING_AGE).fillna(False) | (earliest > table["death"]).fillna(False)
        ).astype(bool),
    )


def _close(years: pd.DataFrame, *, births: pd.Series, deaths: pd.Series) -> pd.DataFrame:
    """Close open sides by the artist's life, as PaintingDate.within does."""
    earliest, latest = years["earliest"], years["latest"]
    births, deaths = births.astype("Int32"), deaths.astype("Int32")
    return years.assign(
        earliest=earliest.fillna(births.where((births <= latest).fillna(False))),
        latest=latest.fillna(deaths.where((deaths >= earliest).fillna(False))),
    )


def _problems(rows: pd.DataFrame, sources: Sources) -> pd.Series:
    problems = rows["reason"].fillna("is empty")
    return problems.mask(sources.reversed & rows["text"].isna(), "has a first year after the last")
