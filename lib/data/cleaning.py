"""The rules that clean a catalogue, applied one after the other, each with its count."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lib.data.artists.aliases import read_aliases
from lib.data.artists.notes import ArtistNotes
from lib.data.artists.resolve import resolve_artists
from lib.data.columns import as_json
from lib.data.counts import Step
from lib.data.dates.notes import DateNotes
from lib.data.dates.resolve import FIRST_WORKING_AGE, resolve_dates
from lib.data.rows import CatalogueRows, content_hash
from lib.infra.errors import UserError
from lib.infra.paths import read_bytes

MOST_DATED = 100  # artists whose works are counted before files are looked at

Rejected = tuple[str, str]  # a file, as the catalogue names it, and the reason


@dataclass(frozen=True)
class CatalogueNotes:
    """What was done to a catalogue, for its report.

    summary: what was read, and what was taken for what. lines: what else the reader says. ambiguous: the files that fit
    a value, where several do.
    """

    summary: str
    lines: tuple[str, ...]
    ambiguous: dict[str, tuple[str, ...]]
    artists: ArtistNotes
    dates: DateNotes


@dataclass(frozen=True)
class Catalogue:
    """A cleaned catalogue.

    paintings: painting_id, file (below the root), artist, qualifier, date, earliest, latest, circa, year, title, style,
    genre, catalogue_columns, catalogue_split, size and changed (the stamp of the file), and apart: the reason why no
    model learns from the work, else null. Every row has its file. missing: painting_id, artist, title and date of the
    dated works that no file fits. rejected: of the rows that broke a rule, other than those without date or file.
    most_dated_works: works of the 100 artists with most works dated to one year, under the catalogue's own names, with
    or without a file, as the source study counts.
    content: a hash of the catalogue and of the names and stamps of its files.
    """

    paintings: pd.DataFrame
    missing: pd.DataFrame
    steps: list[Step]
    rejected: list[Rejected]
    most_dated_works: int
    content: str
    notes: CatalogueNotes


def clean(rows: CatalogueRows, *, aliases: Path | None, circa_years: int) -> Catalogue:
    """Apply the rules one after the other. Raises UserError where no painting is left."""
    names = read_aliases(aliases) if aliases else {}
    sieve = _Sieve(rejected=list(rows.rejected))
    sieve.count("in the catalogue", rows.table)
    dated = sieve.keep("with a date", rows.table, _has_date(rows.table))
    resolved, artist_notes = resolve_artists(dated, aliases=names)
    named = sieve.keep(
        "by a named artist",
        resolved,
        resolved["artist"].notna(),
        reasons=lambda bad: map(_nobody, dated.loc[bad.index, "artist"]),
    )
    years, date_notes = resolve_dates(named, circa_years=circa_years)
    understood = sieve.keep(
        "with a date that is understood", years, years["date_problem"].isna(), reasons=_date_problems
    )
    located = sieve.keep(
        "with a file", understood, understood["file"].notna(),
        reasons=lambda bad: (_ambiguity(rows.ambiguous.get(value)) for value in bad["painting_id"]),
    )  # fmt: skip
    kept = sieve.keep(
        "with a file of its own", located, ~located["file"].duplicated(),
        reasons=lambda bad: (f"an earlier row of the catalogue has the same file, {file}" for file in bad["file"]),
    )  # fmt: skip
    missing = understood["file"].isna() & ~understood["painting_id"].isin(rows.ambiguous.keys())
    return Catalogue(
        paintings=kept.assign(
            apart=_reasons_to_set_apart(kept),
            catalogue_columns=as_json(rows.kept.loc[kept.index]),
            size=[rows.stamps[file].size for file in kept["file"]],
            changed=[rows.stamps[file].changed for file in kept["file"]],
        ).reset_index(drop=True),
        missing=understood.loc[missing, ["painting_id", "artist", "title", "date"]],
        steps=sieve.steps,
        rejected=sieve.rejected,
        most_dated_works=_most_dated_works(dated),
        content=content_hash(rows, kept["file"], aliases=read_bytes(aliases) if aliases else b""),
        notes=CatalogueNotes(
            summary=rows.summary,
            lines=rows.notes,
            ambiguous=dict(rows.ambiguous),
            artists=artist_notes,
            dates=date_notes,
        ),
    )


def step_of(rule: str, table: pd.DataFrame) -> Step:
    """Return the counts of the rows that remain after a rule."""
    return Step(rule=rule, rows=len(table), artists=int(table["artist"].nunique()))


@dataclass
class _Sieve:
    """Rules that rows must pass, their counts, and the rows that failed."""

    steps: list[Step] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def count(self, rule: str, table: pd.DataFrame) -> None:
        """Count the rows that are left. Raises UserError where there is none."""
        self.steps.append(step_of(rule, table))
        if table.empty:
            raise self._nothing_left()

    def keep(
        self,
        rule: str,
        table: pd.DataFrame,
        passes: pd.Series,
        *,
        reasons: Callable[[pd.DataFrame], Iterable[str | None]] = lambda bad: [],
    ) -> pd.DataFrame:
        """Return the rows that pass. reasons: of those that do not, None or nothing where the count says enough."""
        good = passes.astype(bool)
        bad = table[~good]
        self.rejected += [
            (_text(file), reason) for file, reason in zip(bad["painting_id"], reasons(bad), strict=False) if reason
        ]
        self.count(rule, table[good])
        return table[good]

    def _nothing_left(self) -> UserError:
        counts = ", ".join(f"{step.rows} {step.rule}" for step in self.steps)
        example = "; the last row left out: {}, {}".format(*self.rejected[-1]) if self.rejected else ""
        return UserError(
            f"no painting is left after cleaning: {counts}{example}; check --root and the catalogue's columns"
        )


def _has_date(table: pd.DataFrame) -> pd.Series:
    return (table[["date", "earliest", "latest"]].fillna("").apply(lambda column: column.str.strip()) != "").any(axis=1)


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _nobody(artist: object) -> str:
    text = _text(artist).strip()
    return f"by nobody who is named: {text!r}" if text else "no artist"


def _date_problems(table: pd.DataFrame) -> list[str]:
    pairs = zip(table["date"], table["date_problem"], strict=True)
    return [f"the date {_text(date)!r} {problem}" for date, problem in pairs]


def _ambiguity(files: tuple[str, ...] | None) -> str | None:
    return f"{len(files)} files fit it: {' and '.join(files)}" if files else None


def _reasons_to_set_apart(table: pd.DataFrame) -> pd.Series:
    """Return why no model learns from each work, null where one does."""
    reasons = table["qualifier"].where(table["qualifier"] != "")
    implausible = f"made before the artist's {FIRST_WORKING_AGE}th year or after the death"
    return reasons.mask(table["implausible"] & reasons.isna(), implausible)


def _most_dated_works(table: pd.DataFrame) -> int:
    one_year = table["date"].fillna("").str.count(r"\d{3,4}") == 1
    return int(table.loc[one_year, "artist"].value_counts().head(MOST_DATED).sum())
