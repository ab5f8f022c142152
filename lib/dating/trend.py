"""How style changes along a career, whoever's career it is: what is known of artists with few dated works.

A linear map from a work's place among its artist's works to its place in that career, fitted to all artists at once.
It orders the works of an artist it never saw a little better than a coin, and helps an artist's own comparator, most of
all one of few works (benchmarks/few_works.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from lib.dating.comparator import Comparator, conformal_quantile, fit_temperature

COMPONENTS = 512  # principal components of works relative to their artist, in which the map is fitted
SAMPLE = 2500  # works that the components are taken from
RIDGE = 1.0  # in units of the mean variance of a component; 0.3 and 3 order no better
FEW = 6  # dated works that an artist is taken to have where the trend is judged
SHRUNK_WORKS, SHRUNK_YEARS = 4, 8.0  # an artist's deviation is drawn to this many years, as if by so many more works


@dataclass(frozen=True)
class Trend:
    """direction: (d,) of the style space, in deviations of an artist's years by unit."""

    direction: np.ndarray


@dataclass(frozen=True)
class TrendAccuracy:
    """How well trends date artists they never saw. spread: half width of the 80 % interval, in years.

    temperature: years of difference that make odds of e to 1.
    """

    spread: float
    temperature: float


def deviation_of(years: np.ndarray) -> float:
    """Return the standard deviation of an artist's years (n,), n at least 1, drawn to that of a usual career."""
    squares = ((years - years.mean()) ** 2).sum() + SHRUNK_WORKS * SHRUNK_YEARS**2
    return float(np.sqrt(squares / (len(years) + SHRUNK_WORKS)))


def fit_trends(works: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> tuple[Trend, dict[str, Trend]]:
    """Return the trend of all artists, and for each artist that of all others, so that it can be judged by this one.

    works: positions (n, d) and years (n,) by artist. Artists with fewer than three works or one year teach nothing.
    """
    able = {artist: pair for artist, pair in works.items() if len(pair[1]) > 2 and np.ptp(pair[1]) > 0}
    width = next(iter(works.values()))[0].shape[1]
    if not able:
        nothing = Trend(np.zeros(width, dtype=np.float32))
        return nothing, dict.fromkeys(works, nothing)
    centred = {artist: positions - positions.mean(axis=0) for artist, (positions, _) in able.items()}
    everything = np.concatenate(list(centred.values()))
    rows = np.random.default_rng(0).permutation(len(everything))[:SAMPLE]
    components = PCA(n_components=min(COMPONENTS, len(rows), width), random_state=0).fit(everything[rows]).components_
    squares, products = {}, {}
    for artist, (_, years) in able.items():
        places = centred[artist] @ components.T
        squares[artist] = places.T @ places
        products[artist] = places.T @ ((years - years.mean()) / max(years.std(), 1.0))
    square, product = sum(squares.values()), sum(products.values())
    ridge = RIDGE * np.trace(square) / len(components) * np.eye(len(components))

    def solved(left: np.ndarray, right: np.ndarray) -> Trend:
        return Trend((np.linalg.solve(left + ridge, right) @ components).astype(np.float32))

    everybody = solved(square, product)
    others = {artist: solved(square - squares[artist], product - products[artist]) for artist in able}
    return everybody, {artist: others.get(artist, everybody) for artist in works}


def trend_comparator(trend: Trend, positions: np.ndarray, years: np.ndarray, *, accuracy: TrendAccuracy) -> Comparator:
    """Return a comparator by the trend alone, around the dated works of the artist: positions (n, d), years (n,)."""
    by_unit = deviation_of(years) * trend.direction
    width = positions.shape[1]
    return Comparator(
        references=np.zeros((0, width), dtype=np.float32),
        years=np.zeros(0),
        level=float(years.mean() - positions.mean(axis=0) @ by_unit),
        scale=1.0,
        gamma=1.0,
        noise=0.0,
        coefficients=np.zeros(0),
        precision=np.zeros((0, 0)),
        trend=by_unit,
        temperature=accuracy.temperature,
        spread=accuracy.spread,
    )


def judge_trends(works: Mapping[str, tuple[np.ndarray, np.ndarray]], trends: Mapping[str, Trend]) -> TrendAccuracy:
    """Return how well the trend of the others dates each artist, of whom FEW works are taken as dated.

    works: positions (n, d) and years (n,) by artist. trends: as fit_trends() returns them. Artists with fewer than four
    times FEW works do not speak; where none does, the accuracy is that of a usual career.
    """
    errors, temperatures = [], []
    for number, (artist, (positions, years)) in enumerate(sorted(works.items())):
        rows = np.random.default_rng(number).permutation(len(years))
        dated, asked = rows[:FEW], rows[FEW:]
        if len(years) < 4 * FEW or np.ptp(years[asked]) == 0:
            continue
        judged = TrendAccuracy(spread=0.0, temperature=1.0)
        comparator = trend_comparator(trends[artist], positions[dated], years[dated], accuracy=judged)
        scores = comparator.estimate(positions[asked])[0]
        errors.append(np.abs(scores - years[asked]))
        temperatures.append(fit_temperature(scores, years[asked]))
    if not errors:
        return TrendAccuracy(spread=2 * SHRUNK_YEARS, temperature=SHRUNK_YEARS)
    return TrendAccuracy(conformal_quantile(np.concatenate(errors)), float(np.median(temperatures)))
