"""One comparator per artist: which of two works is newer, and in which year each was made.

A comparator is kernel ridge regression on the year, which is also the posterior mean of a Gaussian process (Rasmussen
and Williams 2006, chapter 2): a work is dated by its similarity to the artist's dated works. Works dated to a range
take part as lib/dating/censored.py says. The estimate is the score s of an antisymmetric comparison,
P(a newer than b) = σ((s(a) − s(b)) / temperature), so orders have no cycles.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, log_expit
from sklearn.metrics.pairwise import euclidean_distances

from lib.dating.censored import StandIns, approximate, fit_stand_ins
from lib.dating.kernel import Kernel, scaled_distances
from lib.stats.calibration import search_temperature
from lib.stats.metrics import pair_differences
from lib.stats.years import Years

CIRCA_NOISE = 2.0  # noise variance of a year given as circa, in units of that of other years
COVERAGE = 0.8  # of the intervals
FEWEST_WORKS = 3
RANGE_POINTS = 5
AT_ONCE = 16  # references that works are compared with


@dataclass(frozen=True)
class Comparator:
    """Dates and compares works of one artist.

    references: (n, d) positions of dated works in the style space; n may be 0. earliest, latest: (n,) years of the
    references, equal for a single year. prior_mean: prior mean year. signal: variance of the part of a year that style
    explains, in squared years. scale, gamma, noise: of the kernel; scale is the unit of squared distances.
    coefficients: (n,) of the estimate. inverse_kernel: (n, n), the inverse of the noisy kernel matrix. trend: (d,)
    years by unit of a position, (0,) for none (lib/dating/trend.py). temperature: logistic scale, in years.
    interval_scale: half width of the interval, in predictive standard deviations of unit signal.
    """

    references: np.ndarray
    earliest: np.ndarray
    latest: np.ndarray
    prior_mean: float
    signal: float
    scale: float
    gamma: float
    noise: float
    coefficients: np.ndarray
    inverse_kernel: np.ndarray
    trend: np.ndarray
    temperature: float
    interval_scale: float

    @property
    def years(self) -> Years:
        """Return the years (n) of the references."""
        return Years(self.earliest, self.latest)

    def similarity(self, positions: np.ndarray) -> np.ndarray:
        """Return the similarity (m, n), in 0…1, of positions (m, d) to the references."""
        if not len(self.references):
            return np.zeros((len(positions), 0))
        return np.exp(-self.gamma * self._squared_distances(positions) / self.scale)

    def _squared_distances(self, positions: np.ndarray) -> np.ndarray:
        """Return (m, n), as euclidean_distances() of scikit-learn would, which squares all references each time."""
        works = positions.astype(np.float64)
        products = [works @ some.T for some in self._some_references()]
        squared = (
            np.square(works).sum(axis=1)[:, None] - 2 * np.concatenate(products, axis=1) + self._squared_references
        )
        return np.maximum(squared.astype(np.result_type(positions, self.references)), 0)

    @cached_property
    def _squared_references(self) -> np.ndarray:
        return np.concatenate([np.square(some).sum(axis=1) for some in self._some_references()])

    def _some_references(self) -> Iterator[np.ndarray]:
        """Yield the references as float64, so many at once as fit a processor's cache."""
        for first in range(0, len(self.references), AT_ONCE):
            yield self.references[first : first + AT_ONCE].astype(np.float64)

    def estimate(
        self, positions: np.ndarray, pinned: Years | None = None, *, similarity: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the year (m,) of each position (m, d) and the half width (m,) of its 80 % interval, in years.

        pinned: (m) years that the caller knows, open on both sides for others. Pinned works are further references.
        similarity: of the positions, where it is known.
        """
        similarity = self.similarity(positions) if similarity is None else similarity
        weights = similarity @ self.inverse_kernel
        estimates = self.prior_mean + similarity @ self.coefficients
        if len(self.trend):
            estimates = estimates + positions @ self.trend
        variance = 1 + self.noise - (weights * similarity).sum(axis=1)
        if pinned is not None and (rows := pinned.are_known).any():
            squared = euclidean_distances(positions, positions[rows], squared=True)
            shared = np.exp(-self.gamma * squared / self.scale) - weights @ similarity[rows].T
            stand_ins = self._pinned_stand_ins(pinned[rows], covariance=shared[rows], mean=estimates[rows])
            gain = np.linalg.solve(shared[rows] + np.diag(stand_ins.variances), shared.T).T
            estimates = estimates + gain @ (stand_ins.values - estimates[rows])
            variance = np.maximum(variance - (gain * shared).sum(axis=1), self.noise)
        return estimates, self.interval_scale * np.sqrt(variance)

    def _pinned_stand_ins(self, years: Years, *, covariance: np.ndarray, mean: np.ndarray) -> StandIns:
        noise = np.full(len(years), self.noise)
        start = StandIns(years.midpoints, noise)
        return approximate(years, covariance=covariance, mean=mean, signal=self.signal, noise=noise, start=start)

    def probability_newer(self, first: float, second: float) -> float:
        """Return the probability that a work with score `first` is newer than one with score `second`."""
        return float(expit((first - second) / self.temperature))


@dataclass(frozen=True)
class Fit:
    """A comparator and its leave-one-out estimates (n,), in years, of its references."""

    comparator: Comparator
    loo_estimates: np.ndarray


def check_works(positions: np.ndarray, years: Years) -> None:
    """Raise ValueError for works that no comparator can be fitted to."""
    if len(years) < FEWEST_WORKS or not years.are_ordered:
        raise ValueError(
            f"{len(years)} works cannot be ordered: it takes {FEWEST_WORKS}, of which one is newer than another"
        )
    if not np.isfinite(positions).all():
        raise ValueError("the embeddings hold values that are not finite")


def fit_comparator(
    positions: np.ndarray,
    years: Years,
    *,
    kernel: Kernel,
    circa: np.ndarray | None = None,
    trend: np.ndarray | None = None,
) -> Fit:
    """Fit to dated works: positions (n, d), years (n). Raises ValueError where they cannot be ordered.

    circa: (n,) whether the year is approximate. trend: (d,) years by unit of a position, shared by all artists; the
    kernel is fitted to what it leaves unexplained.
    """
    check_works(positions, years)
    distances, scale = scaled_distances(positions)
    circa = np.zeros(len(years), dtype=bool) if circa is None else circa
    noise = kernel.noise * np.where(circa, CIRCA_NOISE, 1.0)
    trend = np.zeros(0) if trend is None else trend
    by_trend = positions @ trend if len(trend) else np.zeros(len(years))
    covariance = np.exp(-kernel.gamma * distances)
    stand_ins, career = fit_stand_ins(years.minus(by_trend), covariance=covariance, noise=noise)
    inverse_kernel = np.linalg.inv(covariance + np.diag(stand_ins.variances))
    coefficients = inverse_kernel @ (stand_ins.values - career.mean)
    loo_estimates = by_trend + stand_ins.values - coefficients / np.diag(inverse_kernel)
    # Of a new work with an exact year, given all references but one.
    loo_deviations = np.sqrt(np.maximum(1 / np.diag(inverse_kernel) - stand_ins.variances, 0) + noise)
    comparator = Comparator(
        references=positions,
        earliest=years.earliest,
        latest=years.latest,
        prior_mean=career.mean,
        signal=career.signal,
        scale=scale,
        gamma=kernel.gamma,
        noise=kernel.noise,
        coefficients=coefficients,
        inverse_kernel=inverse_kernel,
        trend=trend,
        temperature=fit_temperature(loo_estimates, years),
        interval_scale=conformal_quantile(interval_errors(loo_estimates, years) / loo_deviations),
    )
    return Fit(comparator=comparator, loo_estimates=loo_estimates)


def interval_errors(estimates: np.ndarray, years: Years) -> np.ndarray:
    """Return errors (RANGE_POINTS, n), in years, of estimates (n,), against points spread evenly over each range.

    A year may be anywhere in its range: to measure from its nearest end would make intervals too narrow. A range that
    is open on one side ends at its known year, or at the estimate where that lies beyond.
    """
    earliest = np.where(np.isfinite(years.earliest), years.earliest, np.minimum(estimates, years.latest))
    latest = np.where(np.isfinite(years.latest), years.latest, np.maximum(estimates, years.earliest))
    return np.abs(np.linspace(earliest, latest, RANGE_POINTS) - estimates)


def conformal_quantile(errors: np.ndarray) -> float:
    """Return the split-conformal bound of a new error at probability COVERAGE (Vovk et al. 2005).

    errors: (n,), or (points, n) where the error of each of n works is one of `points` that are equally probable.
    """
    works, points = errors.shape[-1], errors.size // errors.shape[-1]
    rank = min(works, int(np.ceil((works + 1) * COVERAGE)))
    return float(np.sort(errors, axis=None)[rank * points - 1])


def fit_temperature(scores: np.ndarray, years: Years) -> float:
    """Return the temperature, in years, of least negative log-likelihood of the order of pairs that do not overlap."""
    pairs = pair_differences(scores, years)
    signed = np.concatenate([(apart * np.sign(gaps))[gaps != 0] for apart, gaps in pairs])
    span = float(np.ptp(years.midpoints))

    def nll(temperature: float) -> float:
        return -log_expit(signed / temperature).mean()

    return search_temperature(nll, log_bounds=(np.log(span / 100), np.log(span * 10)))
