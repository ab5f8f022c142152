"""The order of a set of works by one artist: years, intervals, tie groups, and the nearest dated works as evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lib.attribution.attribute import Attribution
from lib.data.dates.edtf import edtf_of, edtf_of_estimate
from lib.dating.artist_comparator import ArtistComparator, Scope
from lib.dating.comparator import Comparator
from lib.dating.known import KnownDates
from lib.stats.years import Years

# Odds of two to one. In five-fold cross-validation on train and val, the order of 31,094 held-out pairs of works that
# the comparator gives this probability or more is right 83 % of the time, that of the 19,019 others 59 %.
SUPPORTED = 2 / 3
NEAREST = 5  # dated works shown for each work


@dataclass(frozen=True)
class DatedWork:
    """A dated work that the comparator learned from.

    year: the middle of its dates. date: as the catalogue writes it. similarity: to the work it is shown for, 0 to 1.
    columns: the catalogue's own.
    """

    painting_id: str
    year: int
    date: str
    similarity: float
    columns: dict[str, str] = field(default_factory=dict)

    def as_columns(self) -> dict[str, str | float]:
        """Return the work as the columns that describe a sorted work's nearest dated work."""
        described: dict[str, str | float] = {
            "nearest": self.painting_id,
            "nearest date": self.date,
            "nearest similarity": self.similarity,
        }
        return described | {f"nearest {name}": text for name, text in self.columns.items()}


@dataclass(frozen=True)
class Order:
    """The order of a set.

    works: one row per work, oldest first, with file, position (1 is the oldest), tie_group, score (the estimated or
    known year, unrounded), year, low and high (80 % interval, in years), edtf (the interval, or the known date, in the
    Extended Date/Time Format), known (whether the date is), beyond, artist_probability.
    nearest: the most similar dated works by the artist, by file.
    first_year, last_year: of the dated works that the comparator learned from. A work whose interval leaves these years
    is marked as beyond.
    scope: `own` for the artist's own comparator, `all artists` for one that knows only the trend shared by all artists.
    temperature: years; a work is older than another with the probability σ((difference of their scores) / temperature).
    dated_as: the artists over whom the date of a single work is averaged, likeliest first; none for the artist alone.
    """

    works: pd.DataFrame
    nearest: dict[str, list[DatedWork]]
    first_year: int
    last_year: int
    scope: Scope
    temperature: float
    dated_as: tuple[str, ...] = ()


def order_works(artist_comparator: ArtistComparator, attribution: Attribution, *, known: KnownDates) -> Order:
    """Return the order of works as works of the comparator's artist. Works stay within their known dates."""
    comparator, metadata = artist_comparator.comparator, artist_comparator.metadata
    files = list(attribution.probabilities.index)
    pinned, similarity = years_of_files(files, known), comparator.similarity(attribution.positions)
    estimated = comparator.estimate(attribution.positions, pinned, similarity=similarity)
    score, low, high = with_pinned_years(*estimated, pinned)
    rows = np.array(sorted(range(len(files)), key=lambda row: (score[row], files[row])), dtype=int)
    in_order, score, low, high = [files[row] for row in rows], score[rows], low[rows], high[rows]
    works = pd.DataFrame(
        {
            "file": in_order,
            "position": np.arange(1, len(files) + 1),
            "tie_group": tie_groups(score, pinned[rows], comparator=comparator),
            "score": score.round(3),
            "year": score.round().astype(int),
            "low": low.round(1),
            "high": high.round(1),
            "edtf": [
                edtf_of(known[file]) if file in known else edtf_of_estimate(round(first, 1), round(last, 1))
                for file, first, last in zip(in_order, low.tolist(), high.tolist(), strict=True)
            ],
            "known": [file in known for file in in_order],
            "beyond": (low < metadata.first_year) | (high > metadata.last_year),
            "artist_probability": attribution.probabilities[metadata.artist].to_numpy()[rows].round(4),
        }
    )
    nearest = nearest_dated(artist_comparator, similarity)
    return Order(
        works=works,
        nearest=dict(zip(files, nearest, strict=True)),
        first_year=metadata.first_year,
        last_year=metadata.last_year,
        scope=metadata.scope,
        temperature=comparator.temperature,
    )


def years_of_files(files: Sequence[str], known: KnownDates) -> Years:
    """Return the known years (n) of n files, open on both sides where nothing is known."""
    dates = [known.get(file) for file in files]
    earliest = [-np.inf if date is None or date.earliest is None else date.earliest for date in dates]
    latest = [np.inf if date is None or date.latest is None else date.latest for date in dates]
    return Years(np.array(earliest, dtype=np.float64), np.array(latest, dtype=np.float64))


def with_pinned_years(
    years: np.ndarray, half_widths: np.ndarray, pinned: Years
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return score, low and high (n,) of works: estimate and interval, as far as the pinned years allow.

    years, half_widths: (n,) of the comparator. pinned: (n) years, open on both sides where nothing is known.
    """
    low, high = years - half_widths, years + half_widths
    score, low, high = (np.clip(values, pinned.earliest, pinned.latest) for values in (years, low, high))
    return score, low, high


def tie_groups(scores: np.ndarray, pinned: Years, *, comparator: Comparator) -> np.ndarray:
    """Return the tie group (n,), counted from 1, of works in order, oldest first.

    A group ends before the first work that is newer than its oldest with a probability of at least SUPPORTED, or whose
    pinned years do not meet those of another in the group. So no two works of a group have a supported order.
    pinned: (n) years, open on both sides where nothing is known.
    """
    groups = np.ones(len(scores), dtype=int)
    oldest = 0
    for row in range(1, len(scores)):
        if (
            pinned[oldest : row + 1].are_ordered
            or comparator.probability_newer(scores[row], scores[oldest]) >= SUPPORTED
        ):
            oldest = row
        groups[row] = groups[row - 1] + (oldest == row)
    return groups


def nearest_dated(artist_comparator: ArtistComparator, similarity: np.ndarray) -> list[list[DatedWork]]:
    """Return the NEAREST dated works of each work, most similar first. similarity: (n, references) of the works."""
    comparator, metadata = artist_comparator.comparator, artist_comparator.metadata
    years = comparator.years.midpoints
    best = np.argsort(-similarity, axis=1, kind="stable")[:, :NEAREST]

    def dated(row: int, reference: int) -> DatedWork:
        return DatedWork(
            metadata.reference_works[reference],
            year=int(years[reference]),
            date=metadata.reference_dates[reference],
            similarity=round(float(similarity[row, reference]), 4),
            columns=metadata.reference_columns[reference],
        )

    return [[dated(row, reference) for reference in references] for row, references in enumerate(best)]
