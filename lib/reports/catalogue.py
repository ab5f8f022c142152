"""What was done to a catalogue on its way into a dataset, as the tables of its report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lib.data.artists.notes import ArtistNotes
from lib.data.cleaning import CatalogueNotes
from lib.data.dates.notes import DateNotes, Years
from lib.reports.markdown import Cell

_LONGEST_TEXT = 160  # characters of a catalogue's text in a cell


@dataclass(frozen=True)
class ReportTable:
    """A table under a title of its own."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def catalogue_tables(notes: CatalogueNotes) -> list[ReportTable]:
    """Return the tables that have rows: of artists, dates and files."""
    tables = [*_artists(notes.artists), *_dates(notes.dates), _ambiguous_files(notes.ambiguous)]
    return [table for table in tables if table.rows]


def _artists(notes: ArtistNotes) -> Iterator[ReportTable]:
    qualifiers = {qualifier or "(the artist's own works)": rows for qualifier, rows in notes.rows_by_qualifier.items()}
    yield _counts("Qualifiers of artists", "qualifier", qualifiers)
    yield _counts("Works by nobody who is named", "text of the artist", notes.nobody)
    yield _counts("Roles that say nothing of who made the work", "role", notes.unknown_roles)
    yield ReportTable(
        "Spellings that became one artist",
        ["artist", "rows by spelling"],
        [[_shown(merge.artist), _listed(merge.spellings)] for merge in notes.merges],
    )
    yield ReportTable(
        "Names of several artists",
        ["name", "rows by artist"],
        [[_shown(split.name), _listed(split.artists)] for split in notes.splits],
    )
    yield ReportTable(
        f"Names that may be one artist and were kept apart: {notes.near_miss_count}",
        ["artist", "rows", "artist", "rows", "why they may be one"],
        [[_shown(a.first), a.first_rows, _shown(a.second), a.second_rows, a.reason] for a in notes.near_misses],
    )
    years = {
        "years of birth or death that are no years": notes.unreadable_years,
        "artists whose rows give different years": notes.contradicting_years,
    }
    yield _counts("Lives of artists", "", {name: number for name, number in years.items() if number})


def _dates(notes: DateNotes) -> Iterator[ReportTable]:
    counts = {
        "dated by a text": notes.from_text,
        "dated by the columns of first and last years": notes.from_columns,
        "text not understood, dated by the columns": notes.unread_with_columns,
        "text and columns have no year in common; the columns won": notes.disagreeing,
        "text and columns overlap in part; the columns won": notes.partly_disagreeing,
        "columns run backwards and were not used": notes.reversed_columns,
        "only one year, taken as exact": notes.single_years,
        "only one of two years, the other side left open": notes.half_columns,
        "made before the artist's twelfth year or after the death; no model learns from them": notes.implausible,
    }
    yield _counts("Dates", "", {name: works for name, works in counts.items() if works})
    yield ReportTable(
        "Dates that were not understood",
        ["text", "reason", "works"],
        [[_shown(text), reason, works] for text, reason, works in notes.unread],
    )
    yield ReportTable(
        "Texts and columns that have no year in common, the most frequent",
        ["text", "its years", "years of the columns", "works"],
        [[_shown(d.text), _span(d.text_years), _span(d.column_years), d.works] for d in notes.disagreements],
    )
    yield ReportTable(
        "Values of the columns that are no years",
        ["value", "column", "works"],
        [[_shown(value), column, works] for value, column, works in notes.unread_years],
    )


def _ambiguous_files(ambiguous: Mapping[str, Sequence[str]]) -> ReportTable:
    return ReportTable(
        "Values that several files fit; none was taken",
        ["value", "files"],
        [[_shown(value), ", ".join(map(_shown, files))] for value, files in ambiguous.items()],
    )


def _counts(title: str, name: str, counts: Mapping[str, int]) -> ReportTable:
    return ReportTable(title, [name, "works"], [[_shown(text) or "(empty)", works] for text, works in counts.items()])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{_quoted(text)} {rows}" for text, rows in counts.items())


def _quoted(text: str) -> str:
    return f"“{text}”" if len(text) <= _LONGEST_TEXT else f"“{text[:_LONGEST_TEXT]}…”"


def _span(years: Years) -> str:
    first, last = ("" if year is None else str(year) for year in years)
    return first if first == last else f"{first}–{last}"


def _shown(text: str) -> str:
    """Return a catalogue's text on one line, shortened."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"
