"""The rules that clean a catalogue, applied one after the other, each with its count."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from lib.data.counts import Step
from lib.data.dates.painting_date import DateError
from lib.data.dates.parse import parse_date
from lib.infra.errors import UserError


@lru_cache(maxsize=100_000)  # few of a catalogue's dates differ
def _single_year(text: str) -> tuple[int, bool] | None:
    """Return the year and whether it is circa; None where the text does not name exactly one year."""
    try:
        date = parse_date(text)
    except DateError:
        return None
    return (date.year, date.circa) if date.earliest == date.latest else None


# A row must pass the test. The reason is given for each row that fails it; None: the count says enough.
Rule = tuple[str, Callable[[pd.DataFrame], pd.Series], str | None]
DATE_RULES: tuple[Rule, ...] = (
    ("with an artist", lambda table: table["artist"].fillna("").str.strip() != "", "no artist"),
    ("with a date", lambda table: table["date"].fillna("").str.strip() != "", None),
    (
        "with a year in the date",
        lambda table: table["date"].map(_single_year).notna(),
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
MOST_DATED = 100  # artists whose works are counted before files are looked at


@dataclass(frozen=True)
class Catalogue:
    """A cleaned catalogue.

    paintings: painting_id, file (below the root), artist, year, circa, title, style, genre, catalogue_split; every
    row has its file. rejected: file and reason of the rows that broke a rule, other than those without date or file.
    most_dated_works: works of the 100 artists with most dated works, with or without a file.
    content: a hash of the catalogue and of the names and sizes of its files.
    """

    paintings: pd.DataFrame
    steps: list[Step]
    rejected: list[tuple[str, str]]
    most_dated_works: int
    content: str


def clean(table: pd.DataFrame, *, content: bytes) -> Catalogue:
    """Apply the rules one after the other.

    table: the columns of lib.data.catalogues.COLUMNS. content: the bytes of the catalogue. Raises UserError where no
    painting is left.
    """
    steps, rejected = [step_of("in the catalogue", table)], list[tuple[str, str]]()
    dated = _apply(DATE_RULES, table, steps, rejected)
    kept = _apply(FILE_RULES, dated, steps, rejected)
    if kept.empty:
        counts = ", ".join(f"{step.rows} {step.rule}" for step in steps)
        raise UserError(f"no painting is left after cleaning: {counts}; check --root and the catalogue's columns")
    dates = kept["date"].map(_single_year)
    years = dates.str[0].astype("int32")
    return Catalogue(
        paintings=kept.assign(
            year=years,
            earliest=years,
            latest=years,
            circa=dates.str[1].astype(bool),
            qualifier="",
            catalogue_columns="{}",
        )
        .drop(columns=["bytes"])
        .reset_index(drop=True),
        steps=steps,
        rejected=rejected,
        most_dated_works=int(dated["artist"].value_counts().head(MOST_DATED).sum()),
        content=_content_hash(content, zip(kept["file"], kept["bytes"], strict=True)),
    )


def step_of(rule: str, table: pd.DataFrame) -> Step:
    """Return the counts of the rows that remain after a rule."""
    return Step(rule=rule, rows=len(table), artists=int(table["artist"].nunique()))


def _apply(
    rules: Sequence[Rule], table: pd.DataFrame, steps: list[Step], rejected: list[tuple[str, str]]
) -> pd.DataFrame:
    for rule, passes, reason in rules:
        good = passes(table)
        if reason:
            bad = table[~good]
            rejected += [
                (str(file), reason.format(date=date))
                for file, date in zip(bad["painting_id"], bad["date"], strict=True)
            ]
        table = table[good]
        steps.append(step_of(rule, table))
    return table


def _content_hash(catalogue: bytes, files: Iterable[tuple[str, int]]) -> str:
    digest = hashlib.sha256(catalogue)
    for file, size in sorted(files):
        digest.update(f"\n{file} {int(size)}".encode())
    return digest.hexdigest()
