"""What became of the dates of a catalogue, in counts and examples."""

from dataclasses import dataclass

import pandas as pd

EXAMPLES = 10

Years = tuple[int | None, int | None]


@dataclass(frozen=True)
class Disagreement:
    """A text and columns of years that have no year in common. Years are the first and the last, None: open."""

    text: str
    text_years: Years
    column_years: Years
    works: int


@dataclass(frozen=True)
class DateNotes:
    """What became of the dates of a catalogue. Counts are of works.

    dated: with an interval of years. from_columns, from_text: where it is from. undated: without text and years.
    unread: text, reason and works of the texts that give no date, the most frequent first; unread_with_columns: works
    with such a text that have their date from the columns. disagreeing: text and columns have no year in common, and
    the columns won; disagreements: the most frequent. partly_disagreeing: they overlap, and neither lies inside the
    other. reversed_columns: the first year is after the last; neither was used. unread_years: value, column and works
    of what is no year in the columns; it was not used. single_years: the catalogue has only one column of years and no
    text that gives a date, so the year was taken as exact. half_columns: of two columns only one has a year and no text
    gives a date, so the other side is open. implausible: made before the artist's twelfth year or after the death.
    """

    works: int
    dated: int
    from_columns: int
    from_text: int
    undated: int
    unread: tuple[tuple[str, str, int], ...]
    unread_with_columns: int
    disagreeing: int
    disagreements: tuple[Disagreement, ...]
    partly_disagreeing: int
    reversed_columns: int
    unread_years: tuple[tuple[str, str, int], ...]
    single_years: int
    half_columns: int
    implausible: int


@dataclass(frozen=True)
class Sources:
    """Which works have their years from where: masks of the catalogue's rows.

    columns: both columns. text: the text. single: one column, as an exact year. half: one column, the other side open.
    reversed: the columns run backwards and are not used.
    """

    columns: pd.Series
    text: pd.Series
    single: pd.Series
    half: pd.Series
    reversed: pd.Series


def take_notes(
    rows: pd.DataFrame,
    sources: Sources,
    *,
    resolved: pd.DataFrame,
    unread_years: list[tuple[str, str, int]],
) -> DateNotes:
    """Return the counts.

    rows: text, reason, text_earliest, text_latest, first and last (of the columns). resolved: the result of
    lib.data.dates.resolve.
    """
    unread = rows["reason"].notna()
    unread_counts = rows.loc[unread, ["text", "reason"]].value_counts()
    outside, partly = _compare(rows)
    dated = resolved["date_problem"].isna()
    return DateNotes(
        works=len(rows),
        dated=int(dated.sum()),
        from_columns=int((sources.columns | sources.single | sources.half).sum()),
        from_text=int(sources.text.sum()),
        undated=int((~dated & rows["text"].isna() & ~sources.reversed).sum()),
        unread=tuple(
            (text, reason, int(works)) for (text, reason), works in zip(unread_counts.index, unread_counts, strict=True)
        ),
        unread_with_columns=int((unread & dated).sum()),
        disagreeing=int((sources.columns & outside).sum()),
        disagreements=_disagreements(rows[sources.columns & outside]),
        partly_disagreeing=int((sources.columns & partly).sum()),
        reversed_columns=int(sources.reversed.sum()),
        unread_years=tuple(unread_years),
        single_years=int(sources.single.sum()),
        half_columns=int(sources.half.sum()),
        implausible=int(resolved["implausible"].sum()),
    )


def _compare(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return whether text and columns have no year in common, and whether they cross, neither inside the other."""
    read = rows["text_earliest"].notna() | rows["text_latest"].notna()
    start, end = rows["text_earliest"].fillna(-1), rows["text_latest"].fillna(9999)
    first, last = rows["first"], rows["last"]
    outside = ((end < first) | (start > last)).fillna(False).astype(bool) & read
    crossing = ((start < first) & (end < last)) | ((start > first) & (end > last))
    return outside, crossing.fillna(False).astype(bool) & read & ~outside


def _disagreements(rows: pd.DataFrame) -> tuple[Disagreement, ...]:
    columns = ["text", "text_earliest", "text_latest", "first", "last"]
    counts = rows[columns].value_counts(dropna=False).head(EXAMPLES)
    groups: list[tuple[str, object, object, object, object]] = counts.index.to_list()
    return tuple(
        Disagreement(
            text=text,
            text_years=(_year(text_earliest), _year(text_latest)),
            column_years=(_year(first), _year(last)),
            works=int(works),
        )
        for (text, text_earliest, text_latest, first, last), works in zip(groups, counts, strict=True)
    )


def _year(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]
