"""The trend that the careers of all artists share: a prior for artists with few dated works.

A linear map from a work's position, relative to its artist's mean, to its year, relative to the artist's years. It is
fitted to all artists at once. It orders the works of an artist it never saw a little better than a coin, and it helps
an artist's own comparator, above all one with few works (benchmarks/few_works.py).
"""

from collections.abc import Mapping
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


def fit_trends(works: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> tuple[Trend, dict[str, Trend]]:
    """Return the trend of all artists, and for each artist the trend of all others, which this artist can test.

    works: positions (n, d) and years (n,) by artist. Artists with fewer than three works or of one year are ignored.
    """
    usable = {artist: pair for artist, pair in works.items() if len(pair[1]) > 2 and np.ptp(pair[1]) > 0}
    width = next(iter(works.values()))[0].shape[1]
    if not usable:
        nothing = Trend(np.zeros(width, dtype=np.float32))
        return nothing, dict.fromkeys(works, nothing)
    centred = {artist: positions - positions.mean(axis=0) for artist, (positions, _) in usable.items()}
    everything = np.concatenate(list(centred.values()))
    rows = np.random.default_rng(0).permutation(len(everything))[:SAMPLE]
    components = PCA(n_components=min(COMPONENTS, len(rows), width), random_state=0).fit(everything[rows]).components_
    squares, products = {}, {}
    for artist, (_, years) in usable.items():
        projected = centred[artist] @ components.T
        squares[artist] = projected.T @ projected
        products[artist] = projected.T @ ((years - years.mean()) / max(years.std(), 1.0))
    square, product = sum(squares.values()), sum(products.values())
    ridge = RIDGE * np.trace(square) / len(components) * np.eye(len(components))

    def ridge_solution(gram: np.ndarray, target: np.ndarray) -> Trend:
        return Trend((np.linalg.solve(gram + ridge, target) @ components).astype(np.float32))

    everybody = ridge_solution(square, product)
    others = {artist: ridge_solution(square - squares[artist], product - products[artist]) for artist in usable}
    return everybody, {artist: others.get(artist, everybody) for artist in works}


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


def measure_trends(works: Mapping[str, tuple[np.ndarray, np.ndarray]], trends: Mapping[str, Trend]) -> TrendAccuracy:
    """Return how well the trend of all others dates each artist, of whom FEW works are taken as dated.

    works: positions (n, d) and years (n,) by artist. trends: as fit_trends() returns them. Artists with fewer than four
    times FEW works are ignored; where none is left, the accuracy is that of a usual career.
    """
    errors, temperatures = [], []
    for number, (artist, (positions, years)) in enumerate(sorted(works.items())):
        rows = np.random.default_rng(number).permutation(len(years))
        dated, queried = rows[:FEW], rows[FEW:]
        if len(years) < 4 * FEW or np.ptp(years[queried]) == 0:
            continue
        unmeasured = TrendAccuracy(interval_scale=0.0, temperature=1.0)
        comparator = trend_comparator(trends[artist], positions[dated], years[dated], accuracy=unmeasured)
        scores = comparator.estimate(positions[queried])[0]
        errors.append(np.abs(scores - years[queried]))
        temperatures.append(fit_temperature(scores, Years.exact(years[queried])))
    if not errors:
        return TrendAccuracy(interval_scale=2 * PRIOR_DEVIATION, temperature=PRIOR_DEVIATION)
    return TrendAccuracy(conformal_quantile(np.concatenate(errors)), float(np.median(temperatures)))
