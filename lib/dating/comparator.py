"""One comparator per artist: which of two works is newer, and in which year each was made.

A comparator is kernel ridge regression on the year, which is also the posterior mean of a Gaussian
process (Rasmussen and Williams 2006, chapter 2): a work is dated by its similarity to the artist's
dated works. Its estimate serves as the score s of an antisymmetric comparison,
P(a newer than b) = σ((s(a) − s(b)) / temperature), so that orders have no cycles.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit
from sklearn.metrics.pairwise import euclidean_distances

GAMMAS = (0.2, 0.4, 0.8, 1.6)  # tried, in units of the median squared distance between an artist's works
NOISE = tuple(np.geomspace(0.0001, 1, 13))  # tried: variance of a year's noise over that of the style's signal
FEWEST_WORKS = 16  # that let an artist speak in the choice of the kernel
CIRCA_NOISE = 2.0  # of a year that the catalogue gives as circa, in units of the noise of others
COVERAGE = 0.8  # of the intervals


@dataclass(frozen=True)
class Kernel:
    """gamma: of the similarity by squared distance. noise: variance of a year's noise, the signal's being 1."""

    gamma: float
    noise: float


@dataclass(frozen=True)
class Comparator:
    """references: (n, d) positions of dated works in the style space; n may be 0. years: (n,) of these works.

    level: the year that nothing speaks against. scale, gamma, noise: of the kernel. coefficients: (n,) of the
    estimate. precision: (n, n), the inverse of the noisy kernel matrix. trend: (d,) years by unit, or (0,) for none;
    lib/dating/trend.py. temperature: logistic scale, in years. spread: half width of the interval, in predictive
    standard deviations of unit signal.
    """

    references: np.ndarray
    years: np.ndarray
    level: float
    scale: float
    gamma: float
    noise: float
    coefficients: np.ndarray
    precision: np.ndarray
    trend: np.ndarray
    temperature: float
    spread: float

    def similarity(self, positions: np.ndarray) -> np.ndarray:
        """Return the similarity (m, n), in 0…1, of positions (m, d) to the references."""
        if not len(self.years):
            return np.zeros((len(positions), 0))
        return np.exp(-self.gamma * euclidean_distances(positions, self.references, squared=True) / self.scale)

    def estimate(self, positions: np.ndarray, known: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the year (m,) of each position (m, d) and the half width (m,) of its 80 % interval, in years.

        known: (m,) years, NaN where the year is not known. Works of known year count as further references.
        """
        similarity = self.similarity(positions)
        weights = similarity @ self.precision
        estimates = self.level + similarity @ self.coefficients
        if len(self.trend):
            estimates = estimates + positions @ self.trend
        variance = 1 + self.noise - (weights * similarity).sum(axis=1)
        if known is not None and np.isfinite(known).any():
            pinned = np.isfinite(known)
            squared = euclidean_distances(positions, positions[pinned], squared=True)
            shared = np.exp(-self.gamma * squared / self.scale) - weights @ similarity[pinned].T
            gain = np.linalg.solve(shared[pinned] + self.noise * np.eye(pinned.sum()), shared.T).T
            estimates = estimates + gain @ (known[pinned] - estimates[pinned])
            variance = np.maximum(variance - (gain * shared).sum(axis=1), self.noise)
        return estimates, self.spread * np.sqrt(variance)

    def probability_newer(self, first: float, second: float) -> float:
        """Return the probability that a work with score `first` is newer than one with score `second`."""
        return float(expit((first - second) / self.temperature))


@dataclass(frozen=True)
class Fit:
    """A comparator, and the year (n,) it gives each of its references when fitted without that work."""

    comparator: Comparator
    loo: np.ndarray


def check_works(positions: np.ndarray, years: np.ndarray) -> None:
    """Raise ValueError for works that no comparator can be fitted to."""
    if len(years) < 3 or len(set(years)) < 2:
        raise ValueError(f"{len(years)} works of {len(set(years))} different years cannot be ordered")
    if not np.isfinite(positions).all():
        raise ValueError("the embeddings hold values that are not finite")


def scaled_distances(positions: np.ndarray) -> tuple[np.ndarray, float]:
    """Return squared distances (n, n) between works in units of their median, and that median."""
    return in_medians(euclidean_distances(positions.astype(np.float32), squared=True))


def in_medians(squared: np.ndarray) -> tuple[np.ndarray, float]:
    """Return squared distances (n, n) in units of their median, and that median."""
    scale = float(np.median(squared[np.triu_indices(len(squared), k=1)])) or 1.0
    return squared.astype(np.float64) / scale, scale


def fit_comparator(
    positions: np.ndarray,
    years: np.ndarray,
    *,
    kernel: Kernel,
    circa: np.ndarray | None = None,
    trend: np.ndarray | None = None,
) -> Fit:
    """Fit to dated works: positions (n, d), years (n,). Raises ValueError where they cannot be ordered.

    circa: (n,) whether the year is only about right. trend: (d,) years by unit that all artists' works show; what it
    leaves unexplained is fitted to this artist's works.
    """
    check_works(positions, years)
    distances, scale = scaled_distances(positions)
    weights = np.ones(len(years)) if circa is None else np.where(circa, 1 / CIRCA_NOISE, 1.0)
    trend = np.zeros(0) if trend is None else trend
    left = years - positions @ trend if len(trend) else years
    level = float(np.average(left, weights=weights))
    precision = np.linalg.inv(np.exp(-kernel.gamma * distances) + np.diag(kernel.noise / weights))
    coefficients = precision @ (left - level)
    residuals = coefficients / np.diag(precision)
    comparator = Comparator(
        references=positions,
        years=years,
        level=level,
        scale=scale,
        gamma=kernel.gamma,
        noise=kernel.noise,
        coefficients=coefficients,
        precision=precision,
        trend=trend,
        temperature=fit_temperature(years - residuals, years),
        spread=conformal_quantile(np.abs(residuals) * np.sqrt(np.diag(precision))),
    )
    return Fit(comparator=comparator, loo=years - residuals)


def conformal_quantile(errors: np.ndarray) -> float:
    """Return the bound that a new error stays under with probability COVERAGE (Vovk et al. 2005), from n errors."""
    rank = min(len(errors), int(np.ceil((len(errors) + 1) * COVERAGE)))
    return float(np.sort(errors)[rank - 1])


def loo_errors(positions: np.ndarray, years: np.ndarray, *, gamma: float) -> np.ndarray:
    """Return the leave-one-out root mean squared error, in years, for each NOISE, from one eigendecomposition."""
    values, vectors = np.linalg.eigh(np.exp(-gamma * scaled_distances(positions)[0]))
    rotated = vectors.T @ (years - years.mean())
    inverses = [1 / (values + noise) for noise in NOISE]
    residuals = [(vectors @ (inverse * rotated)) / (vectors**2 @ inverse) for inverse in inverses]
    return np.sqrt(np.mean(np.square(residuals), axis=1))


def choose_kernel(works: Iterable[tuple[np.ndarray, np.ndarray]]) -> Kernel:
    """Return the kernel that dates the works of all artists best, each artist having one voice.

    works: positions (n, d) and years (n,) of each artist. One artist's works are too few to choose
    by: a shared choice dates better, most of all for small artists.
    """
    total = np.zeros((len(GAMMAS), len(NOISE)))
    for positions, years in works:
        if len(years) >= FEWEST_WORKS and np.isfinite(positions).all() and np.ptp(years) > 0:
            errors = [loo_errors(positions, years, gamma=gamma) for gamma in GAMMAS]
            total += np.log(np.array(errors) / years.std())
    row, column = np.unravel_index(total.argmin(), total.shape)
    return Kernel(gamma=GAMMAS[row], noise=float(NOISE[column]))


def fit_temperature(scores: np.ndarray, years: np.ndarray) -> float:
    """Return the temperature, in years, under which the order of all pairs of different years is likeliest."""
    first, second = np.triu_indices(len(years), k=1)
    signed = (scores[first] - scores[second]) * np.sign(years[first] - years[second])
    signed = signed[years[first] != years[second]]
    span = float(np.ptp(years))

    def surprise(log_temperature: float) -> float:
        return -log_expit(signed / np.exp(log_temperature)).mean()

    return float(np.exp(minimize_scalar(surprise, bounds=np.log([span / 100, span * 10]), method="bounded").x))
