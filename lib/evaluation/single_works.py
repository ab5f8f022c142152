"""Do intervals hold the years of single works, whose artist the models name and may name wrongly?"""

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel

from lib.attribution.artist_head import ArtistHead
from lib.data.paintings import years_of
from lib.dating.artist_comparator import ArtistComparator
from lib.dating.likely_artists import LEAST_SHARE, mixture_quantiles
from lib.evaluation.works import HeldOutWorks
from lib.features.stored_positions import StoredPositions
from lib.infra.progress import track
from lib.stats.years import Years


class Coverage(BaseModel, frozen=True):
    """Intervals of n works. inside: share that holds the work's year. width: median, in years."""

    n: int
    inside: float
    width: float


class SingleWorkFigures(BaseModel, frozen=True):
    """Test works of known artists, one by one: the interval as a work of the artist named, and over likely artists.

    *_right, *_wrong: of works whose artist is named rightly or wrongly; None for none.
    """

    named: Coverage
    named_right: Coverage | None
    named_wrong: Coverage | None
    likely: Coverage
    likely_right: Coverage | None
    likely_wrong: Coverage | None


def evaluate_single_works(
    head: ArtistHead, comparators: Mapping[str, ArtistComparator], test: HeldOutWorks
) -> SingleWorkFigures | None:
    """Measure intervals of the test works that are named as an artist with a comparator; None without such works."""
    artists = test.paintings["artist"].to_numpy(dtype=str)
    shares = test.positions.in_chunks(head.probabilities, label="single works")
    named = np.array(head.artists)[shares.argmax(axis=1)]
    kept = np.isin(artists, head.artists) & np.isin(named, list(comparators))
    if not kept.any():
        return None
    positions, shares, years = test.positions.where(kept), shares[kept], years_of(test.paintings)[kept]
    estimates, half_widths = estimates_by_artist(head, comparators, positions, shares)
    right, best = (named == artists)[kept], shares.argmax(axis=1)
    rows = np.arange(len(best))
    middle, half = estimates[rows, best], half_widths[rows, best]
    alone = np.stack([middle - half, middle + half])
    mixed = np.array([mixed_interval(*row) for row in zip(estimates, half_widths, shares, strict=True)]).T
    figures = {}
    for name, intervals in (("named", alone), ("likely", mixed)):
        figures[name] = coverage(intervals, years, rows=np.ones(len(right), dtype=bool))
        figures[f"{name}_right"] = coverage(intervals, years, rows=right)
        figures[f"{name}_wrong"] = coverage(intervals, years, rows=~right)
    return SingleWorkFigures.model_validate(figures)


def estimates_by_artist(
    head: ArtistHead, comparators: Mapping[str, ArtistComparator], positions: StoredPositions, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return years and half widths (n, artists) of works as works of each likely artist, NaN for others.

    The artist with the highest share counts as likely, however low the share is.
    """
    years, half_widths = np.full(shares.shape, np.nan), np.full(shares.shape, np.nan)
    best = shares.argmax(axis=1)
    shown = track(head.artists, "single works: artists", total=len(head.artists), unit="artists", brief=True)
    for column, artist in enumerate(shown):
        rows = np.flatnonzero((shares[:, column] >= LEAST_SHARE) | (best == column))
        if len(rows) and artist in comparators:
            years[rows, column], half_widths[rows, column] = comparators[artist].comparator.estimate(
                positions.where(rows).read()
            )
    return years, half_widths


def mixed_interval(years: np.ndarray, half_widths: np.ndarray, shares: np.ndarray) -> tuple[float, float]:
    """Return both ends of the interval over the artists (artists,) with an estimate."""
    likely = np.isfinite(years)
    low, _, high = mixture_quantiles(years[likely], half_widths[likely], weights=shares[likely])
    return low, high


def coverage(intervals: np.ndarray, years: Years, *, rows: np.ndarray) -> Coverage | None:
    """Return the figures of intervals (2, n) of works in the rows (n,) that are true; None for none."""
    if not rows.any():
        return None
    low, high = intervals[:, rows]
    inside = years[rows].distances((low + high) / 2) <= (high - low) / 2
    return Coverage(n=int(rows.sum()), inside=float(inside.mean()), width=float(np.median(high - low)))
