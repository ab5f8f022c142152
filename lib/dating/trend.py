"""The trend that the careers of all artists share: a prior for artists with few dated works.

A linear map from a work's position, relative to its artist's mean, to its year, relative to the artist's years. It is
fitted to all artists at once. It orders the works of an artist it never saw a little better than a coin, and it helps
an artist's own comparator, above all one with few works (benchmarks/few_works.py).
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from lib.dating.comparator import Comparator, conformal_quantile, fit_temperature
from lib.stats.years import Years

COMPONENTS = 512  # principal components of works relative to their artist, in which the map is fitted
SAMPLE = 2500  # works that the components are taken from
RIDGE = 1.0  # in units of the mean variance of a component; 0.3 and 3 order no better
FEW = 6  # dated works of an artist that the accuracy of the trend is measured with
# An artist's standard deviation is shrunk to PRIOR_DEVIATION years with the weight of PRIOR_WORKS works.
PRIOR_WORKS, PRIOR_DEVIATION = 4, 8.0


@dataclass(frozen=True)
class Trend:
    """direction: (d,) of the style space, in standard deviations of an artist's years by unit of a position."""

    direction: np.ndarray


@dataclass(frozen=True)
class TrendAccuracy:
    """How well trends date artists they never saw.

    interval_scale: half width of the 80 % interval, in years. temperature: logistic scale, in years.
    """

    interval_scale: float
    temperature: float


def deviation_of(years: np.ndarray) -> float:
    """Return the standard deviation of an artist's years (n,), n at least 1, shrunk to that of a usual career."""
    squares = ((years - years.mean()) ** 2).sum() + PRIOR_WORKS * PRIOR_DEVIATION**2
    return float(np.sqrt(squares / (len(years) + PRIOR_WORKS)))


@dataclass(frozen=True)
class TrendSums:
    """Sums over artists, in k components: square: (k, k) of works relative to their artist, product: (k,) with years.

    Years are relative to the artist's mean, in standard deviations.
    """

    square: np.ndarray
    product: np.ndarray

    @classmethod
    def nothing(cls, components: np.ndarray) -> "TrendSums":
        """Return the sums over no artist, for components (k, d)."""
        return cls(np.zeros((len(components), len(components))), np.zeros(len(components)))

    def __add__(self, other: "TrendSums") -> "TrendSums":
        """Return the sums over the artists of both."""
        return TrendSums(self.square + other.square, self.product + other.product)

    def __sub__(self, other: "TrendSums") -> "TrendSums":
        """Return the sums without the artists of `other`."""
        return TrendSums(self.square - other.square, self.product - other.product)


@dataclass(frozen=True)
class SharedTrend:
    """The trend of all artists, and for each artist the trend of all others, which this artist can test.

    components: (k, d) of works relative to their artist. sums: over all artists.
    """

    components: np.ndarray
    sums: TrendSums

    def of_all(self) -> Trend:
        """Return the trend of all artists."""
        return self._solution(self.sums)

    def without(self, positions: np.ndarray, years: np.ndarray) -> Trend:
        """Return the trend of all artists but that of the works (n, d) of these years (n,)."""
        return self._solution(self.sums - trend_sums({"": (positions, years)}, self.components))

    def _solution(self, sums: TrendSums) -> Trend:
        size = len(self.components)
        if not self.sums.square.any():  # no artist had a trend to learn
            return Trend(np.zeros(self.components.shape[1], dtype=np.float32))
        ridge = RIDGE * np.trace(self.sums.square) / size * np.eye(size)
        weights = np.linalg.solve(sums.square + ridge, sums.product)
        return Trend(weights.astype(np.float32) @ self.components)  # in single precision: components are not copied


@dataclass(frozen=True)
class TrendErrors:
    """How the trend of all others dates one artist: errors (n,), in years, and the best temperature, in years."""

    errors: np.ndarray
    temperature: float


def has_trend(years: np.ndarray) -> bool:
    """Return whether an artist with works of these years (n,) takes part in the trend."""
    return len(years) > 2 and bool(np.ptp(years) > 0)


def centred(works: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """Return the positions (n, d) of each artist who takes part, relative to their mean."""
    return [positions - positions.mean(axis=0) for positions, years in works.values() if has_trend(years)]


def fit_components(works: Sequence[np.ndarray], *, width: int) -> np.ndarray:
    """Return components (k, width) of works relative to their artists: (n, width) of each artist."""
    everything = np.concatenate([np.zeros((0, width), dtype=np.float32), *works])
    if not len(everything):
        return np.zeros((0, width), dtype=np.float32)
    rows = np.random.default_rng(0).permutation(len(everything))[:SAMPLE]
    sample = everything[rows].astype(np.float32)
    return PCA(n_components=min(COMPONENTS, len(rows), width), random_state=0).fit(sample).components_


def trend_sums(works: Mapping[str, tuple[np.ndarray, np.ndarray]], components: np.ndarray) -> TrendSums:
    """Return the sums over artists: positions (n, d) and years (n,) of each. components: (k, d)."""
    sums = TrendSums.nothing(components)
    for positions, years in works.values():
        if has_trend(years):
            projected = (positions - positions.mean(axis=0)) @ components.T
            standard = (years - years.mean()) / max(years.std(), 1.0)
            sums = sums + TrendSums(projected.T @ projected, projected.T @ standard)
    return sums


def trend_comparator(trend: Trend, positions: np.ndarray, years: np.ndarray, *, accuracy: TrendAccuracy) -> Comparator:
    """Return a comparator by the trend alone, centred on the artist's dated works: positions (n, d), years (n,)."""
    years_by_unit = deviation_of(years) * trend.direction
    width = positions.shape[1]
    return Comparator(
        references=np.zeros((0, width), dtype=np.float32),
        earliest=np.zeros(0),
        latest=np.zeros(0),
        prior_mean=float(years.mean() - positions.mean(axis=0) @ years_by_unit),
        signal=deviation_of(years) ** 2,
        scale=1.0,
        gamma=1.0,
        noise=0.0,
        coefficients=np.zeros(0),
        inverse_kernel=np.zeros((0, 0)),
        trend=years_by_unit,
        temperature=accuracy.temperature,
        interval_scale=accuracy.interval_scale,
    )


def trend_errors(works: Mapping[str, tuple[np.ndarray, np.ndarray]], shared: SharedTrend) -> list[TrendErrors]:
    """Return how the trend of all others dates each artist, of whom FEW works are taken as dated.

    works: positions (n, d) and years (n,) by artist. Artists with fewer than four times FEW works are left out.
    """
    found = []
    for artist, (positions, years) in works.items():
        rows = np.random.default_rng(zlib.crc32(artist.encode())).permutation(len(years))
        dated, queried = rows[:FEW], rows[FEW:]
        if len(years) < 4 * FEW or np.ptp(years[queried]) == 0:
            continue
        unmeasured = TrendAccuracy(interval_scale=0.0, temperature=1.0)
        trend = shared.without(positions, years)
        comparator = trend_comparator(trend, positions[dated], years[dated], accuracy=unmeasured)
        scores = comparator.estimate(positions[queried])[0]
        temperature = fit_temperature(scores, Years.exact(years[queried]))
        found.append(TrendErrors(np.abs(scores - years[queried]), temperature))
    return found


def accuracy_of(artists: Sequence[TrendErrors]) -> TrendAccuracy:
    """Return how well trends date, by their errors for each artist; that of a usual career where there is none."""
    if not artists:
        return TrendAccuracy(interval_scale=2 * PRIOR_DEVIATION, temperature=PRIOR_DEVIATION)
    errors = np.concatenate([artist.errors for artist in artists])
    return TrendAccuracy(conformal_quantile(errors), float(np.median([artist.temperature for artist in artists])))


def fit_shared_trend(works: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> SharedTrend:
    """Return the trend of artists in memory: positions (n, d) and years (n,) of each."""
    components = fit_components(centred(works), width=next(iter(works.values()))[0].shape[1])
    return SharedTrend(components, trend_sums(works, components))
