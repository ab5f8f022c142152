"""How well comparators order and date test works, beside the median year."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

from lib.dating.artist_comparator import ArtistComparator, Scope
from lib.evaluation.works import HeldOutWorks, estimate
from lib.infra.progress import track
from lib.stats.bootstrap import Interval, bootstrap_interval
from lib.stats.metrics import YEARS_APART, PairCounts, interval_quality, mean_figures, pairs_by_years_apart

LARGEST = 20  # artists that have means of their own
WORST_ORDERS = 3
FIGURES = ("pair_accuracy", "kendall_tau", "mae_years", "mae_years_median_baseline", "interval_coverage")


class ArtistDating(BaseModel, frozen=True):
    """Figures of one artist's comparator on n test works; from `n` on, those of lib.stats.metrics.IntervalQuality.

    works: the artist's works in all splits. reference_works: those that the comparator was fitted to.
    """

    artist: str
    works: int
    reference_works: int
    n: int
    pairs: int
    ties_excluded: int
    pair_accuracy: float | None
    kendall_tau: float | None
    mae_years: float
    mae_years_median_baseline: float
    interval_coverage: float


class Intervals(BaseModel, frozen=True):
    """Bootstrap intervals of means over artists, None for fewer than two artists. mae_ratio: error over baseline."""

    pair_accuracy: Interval | None
    kendall_tau: Interval | None
    mae_years: Interval | None
    mae_years_median_baseline: Interval | None
    interval_coverage: Interval | None
    mae_ratio: Interval | None


class GroupMeans(BaseModel, frozen=True):
    """Means over those artists of a group that have test works of different years, and the number of cases."""

    artists: int
    test_works: int
    pairs: int
    ties_excluded: int
    pair_accuracy: float | None
    kendall_tau: float | None
    mae_years: float | None
    mae_years_median_baseline: float | None
    interval_coverage: float | None
    intervals: Intervals


class YearsApart(BaseModel, frozen=True):
    """Pair accuracy of works that are `first` to `last` years apart; last is None for the open end."""

    first: int = Field(serialization_alias="from")
    last: int | None = Field(serialization_alias="to")
    pairs: int
    pair_accuracy: float | None


class DatingFigures(BaseModel, frozen=True):
    """Figures of all comparators.

    means, by_gap: over artists with at least `min_works` works. largest: over the LARGEST of these. all_artists: over
    all artists with a comparator fitted to their works, whose figures are in per_artist, most works first. by_trend:
    over the artists dated by the shared trend alone.
    """

    min_works: int
    means: GroupMeans
    largest: GroupMeans
    all_artists: GroupMeans
    by_gap: list[YearsApart]
    per_artist: list[ArtistDating]
    by_trend: GroupMeans

    @model_serializer(mode="wrap")
    def flat(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the fields with the means among them."""
        values = serialize(self)
        return {"min_works": values.pop("min_works"), **values.pop("means"), **values}

    def worst_orders(self) -> list[ArtistDating]:
        """Return the WORST_ORDERS artists with the lowest tau, of those with at least `min_works` works."""
        rows = [(row.kendall_tau, row) for row in self.per_artist if row.works >= self.min_works]
        ordered = [(tau, row) for tau, row in rows if tau is not None]
        return [row for _, row in sorted(ordered, key=lambda pair: pair[0])[:WORST_ORDERS]]


def evaluate_dating(
    comparators: Mapping[str, ArtistComparator], test: HeldOutWorks, *, min_works: int
) -> DatingFigures:
    """Measure comparators, by artist, on the artists' test works."""
    by_scope: dict[Scope, list[tuple[ArtistDating, list[PairCounts]]]] = {"own": [], "all artists": []}
    artists = sorted(set(test.paintings["artist"]) & set(comparators))
    for artist in track(artists, "dating: comparators", total=len(artists), unit="artists", brief=True):
        comparator = comparators[artist]
        by_scope[comparator.metadata.scope].append(date_artist(artist, comparator, test))
    own = sorted(by_scope["own"], key=lambda pair: (-pair[0].works, pair[0].artist))
    rows = [row for row, _ in own]
    large = [row for row in rows if row.works >= min_works]
    return DatingFigures(
        min_works=min_works,
        means=means(large),
        largest=means(large[:LARGEST]),
        all_artists=means(rows),
        by_gap=years_apart([counts for row, counts in own if row.works >= min_works]),
        per_artist=rows,
        by_trend=means([row for row, _ in by_scope["all artists"]]),
    )


def date_artist(artist: str, fitted: ArtistComparator, test: HeldOutWorks) -> tuple[ArtistDating, list[PairCounts]]:
    """Return the figures of one artist's test works, and their pairs for each of YEARS_APART."""
    comparator = fitted.comparator
    positions, years = test.of(artist)
    estimates, half_widths = estimate(comparator, positions)
    quality = interval_quality(estimates, half_widths, years, median=fitted.metadata.median_year)
    works, reference_works = test.works[artist], len(comparator.references)
    row = ArtistDating(artist=artist, works=works, reference_works=reference_works, **asdict(quality))
    return row, pairs_by_years_apart(estimates, years)


def years_apart(artists: Sequence[Sequence[PairCounts]]) -> list[YearsApart]:
    """Return the sums over artists of their pairs for each of YEARS_APART."""
    rows = []
    for band, (first, last) in enumerate(YEARS_APART):
        counts = PairCounts(
            right=sum(artist[band].right for artist in artists), pairs=sum(artist[band].pairs for artist in artists)
        )
        rows.append(YearsApart(first=first, last=last, pairs=counts.pairs, pair_accuracy=counts.accuracy))
    return rows


def means(artists: Sequence[ArtistDating]) -> GroupMeans:
    """Return the means over the artists that have test works of different years."""
    rows = [row.model_dump() for row in artists if row.pairs]
    return GroupMeans(
        artists=len(rows),
        test_works=sum(row["n"] for row in rows),
        pairs=sum(row["pairs"] for row in rows),
        ties_excluded=sum(row["ties_excluded"] for row in rows),
        **mean_figures(rows, FIGURES),
        intervals=intervals({name: [row[name] for row in rows if row[name] is not None] for name in FIGURES}),
    )


def intervals(values: Mapping[str, Sequence[float]]) -> Intervals:
    """Return the bootstrap intervals over artists of the mean of each of FIGURES, and of the ratio of errors."""
    errors, baselines = np.array(values["mae_years"]), np.array(values["mae_years_median_baseline"])
    return Intervals(
        **{name: bootstrap_interval(np.mean, np.array(column)) for name, column in values.items()},
        mae_ratio=bootstrap_interval(lambda a, b, axis: a.mean(axis) / b.mean(axis), errors, baselines),
    )
