"""Do intervals hold the years of single works, whose artist the models name and may name wrongly?"""

from collections.abc import Mapping
from functools import partial

import numpy as np
from pydantic import BaseModel

from lib.attribution.artist_head import ArtistHead
from lib.data.paintings import years_of
from lib.dating.artist_comparator import ArtistComparator
from lib.dating.likely_artists import LEAST_SHARE, mixture_quantiles
from lib.evaluation.works import HeldOutWorks, estimate
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
    likely = test.positions.in_chunks(partial(likely_artists, head), label="single works", answers=len(head.artists))
    named = np.array(head.artists)[likely[:, 0, 0].astype(int)]
    kept = np.isin(artists, head.artists) & np.isin(named, list(comparators))
    if not kept.any():
        return None
    positions, likely, years = test.positions.where(kept), likely[kept], years_of(test.paintings)[kept]
    estimates, half_widths = estimates_by_artist(head, comparators, positions, likely)
    right = (named == artists)[kept]
    middle, half = estimates[:, 0], half_widths[:, 0]
    alone = np.stack([middle - half, middle + half])
    mixed = np.array([mixed_interval(*row) for row in zip(estimates, half_widths, likely[:, :, 1], strict=True)]).T
    figures = {}
    for name, intervals in (("named", alone), ("likely", mixed)):
        figures[name] = coverage(intervals, years, rows=np.ones(len(right), dtype=bool))
        figures[f"{name}_right"] = coverage(intervals, years, rows=right)
        figures[f"{name}_wrong"] = coverage(intervals, years, rows=~right)
    return SingleWorkFigures.model_validate(figures)


def likely_artists(head: ArtistHead, positions: np.ndarray) -> np.ndarray:
    """Return (n, k, 2): the columns of the artists with the highest shares, highest first, and their shares.

    k: so many that all with LEAST_SHARE are among them.
    """
    shares = head.probabilities(positions)
    columns = np.argsort(-shares, axis=1, kind="stable")[:, : round(1 / LEAST_SHARE)]
    return np.stack([columns, np.take_along_axis(shares, columns, axis=1)], axis=2)


def estimates_by_artist(
    head: ArtistHead, comparators: Mapping[str, ArtistComparator], positions: StoredPositions, likely: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return years and half widths (n, k) of works as works of each likely artist (n, k, 2), NaN for others.

    The artist with the highest share counts as likely, however low the share is.
    """
    columns, shares = likely[:, :, 0].astype(int), likely[:, :, 1]
    years, half_widths = np.full(shares.shape, np.nan), np.full(shares.shape, np.nan)
    counts = (shares >= LEAST_SHARE) | (np.arange(shares.shape[1]) == 0)
    named = np.unique(columns[counts])
    for column in track(named, "single works: artists", total=len(named), unit="artists", brief=True):
        artist, (rows, places) = head.artists[column], np.nonzero(counts & (columns == column))
        if artist in comparators:
            of_artist = estimate(comparators[artist].comparator, positions.where(rows))
            years[rows, places], half_widths[rows, places] = of_artist
    return years, half_widths


def mixed_interval(years: np.ndarray, half_widths: np.ndarray, shares: np.ndarray) -> tuple[float, float]:
    """Return both ends of the interval over the likely artists (k,) with an estimate."""
    dated = np.isfinite(years)
    low, _, high = mixture_quantiles(years[dated], half_widths[dated], weights=shares[dated])
    return low, high


def coverage(intervals: np.ndarray, years: Years, *, rows: np.ndarray) -> Coverage | None:
    """Return the figures of intervals (2, n) of works in the rows (n,) that are true; None for none."""
    if not rows.any():
        return None
    low, high = intervals[:, rows]
    inside = years[rows].distances((low + high) / 2) <= (high - low) / 2
    return Coverage(n=int(rows.sum()), inside=float(inside.mean()), width=float(np.median(high - low)))
