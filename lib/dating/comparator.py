"""One comparator per artist: which of two works is newer, and in which year each was made.

A comparator is kernel ridge regression on the year, which is also the posterior mean of a Gaussian process (Rasmussen
and Williams 2006, chapter 2): a work is dated by its similarity to the artist's dated works. The estimate is the score
s of an antisymmetric comparison, P(a newer than b) = σ((s(a) − s(b)) / temperature), so orders have no cycles.
"""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.special import expit, log_expit
from sklearn.metrics.pairwise import euclidean_distances

from lib.data.provenance import Provenance
from lib.dating.kernel import Kernel, scaled_distances
from lib.infra.bundles import Metadata, read_bundle, read_metadata, write_bundle
from lib.stats.calibration import search_temperature
from lib.stats.metrics import DatingQuality, IntervalQuality, differences

CIRCA_NOISE = 2.0  # noise variance of a year given as circa, in units of that of other years
COVERAGE = 0.8  # of the intervals

Scope = Literal["own", "all artists"]


@dataclass(frozen=True)
class Comparator:
    """Dates and compares works of one artist.

    references: (n, d) positions of dated works in the style space; n may be 0. years: (n,) of the references.
    prior_mean: prior mean year. scale, gamma, noise: of the kernel; scale is the unit of squared distances.
    coefficients: (n,) of the estimate. inverse_kernel: (n, n), the inverse of the noisy kernel matrix. trend: (d,)
    years by unit of a position, (0,) for none (lib/dating/trend.py). temperature: logistic scale, in years.
    interval_scale: half width of the interval, in predictive standard deviations of unit signal.
    """

    references: np.ndarray
    years: np.ndarray
    prior_mean: float
    scale: float
    gamma: float
    noise: float
    coefficients: np.ndarray
    inverse_kernel: np.ndarray
    trend: np.ndarray
    temperature: float
    interval_scale: float

    def similarity(self, positions: np.ndarray) -> np.ndarray:
        """Return the similarity (m, n), in 0…1, of positions (m, d) to the references."""
        if not len(self.years):
            return np.zeros((len(positions), 0))
        return np.exp(-self.gamma * euclidean_distances(positions, self.references, squared=True) / self.scale)

    def estimate(self, positions: np.ndarray, pinned_years: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the year (m,) of each position (m, d) and the half width (m,) of its 80 % interval, in years.

        pinned_years: (m,) years that the caller knows, NaN for others. These works count as further references.
        """
        similarity = self.similarity(positions)
        weights = similarity @ self.inverse_kernel
        estimates = self.prior_mean + similarity @ self.coefficients
        if len(self.trend):
            estimates = estimates + positions @ self.trend
        variance = 1 + self.noise - (weights * similarity).sum(axis=1)
        if pinned_years is not None and np.isfinite(pinned_years).any():
            pinned = np.isfinite(pinned_years)
            squared = euclidean_distances(positions, positions[pinned], squared=True)
            shared = np.exp(-self.gamma * squared / self.scale) - weights @ similarity[pinned].T
            gain = np.linalg.solve(shared[pinned] + self.noise * np.eye(pinned.sum()), shared.T).T
            estimates = estimates + gain @ (pinned_years[pinned] - estimates[pinned])
            variance = np.maximum(variance - (gain * shared).sum(axis=1), self.noise)
        return estimates, self.interval_scale * np.sqrt(variance)

    def probability_newer(self, first: float, second: float) -> float:
        """Return the probability that a work with score `first` is newer than one with score `second`."""
        return float(expit((first - second) / self.temperature))


@dataclass(frozen=True)
class Fit:
    """A comparator and its leave-one-out estimates (n,), in years, of its references."""

    comparator: Comparator
    loo_estimates: np.ndarray


def check_works(positions: np.ndarray, years: np.ndarray) -> None:
    """Raise ValueError for works that no comparator can be fitted to."""
    if len(years) < 3 or len(set(years)) < 2:
        raise ValueError(f"{len(years)} works of {len(set(years))} different years cannot be ordered")
    if not np.isfinite(positions).all():
        raise ValueError("the embeddings hold values that are not finite")


def fit_comparator(
    positions: np.ndarray,
    years: np.ndarray,
    *,
    kernel: Kernel,
    circa: np.ndarray | None = None,
    trend: np.ndarray | None = None,
) -> Fit:
    """Fit to dated works: positions (n, d), years (n,). Raises ValueError where they cannot be ordered.

    circa: (n,) whether the year is approximate. trend: (d,) years by unit of a position, shared by all artists; the
    kernel is fitted to what it leaves unexplained.
    """
    check_works(positions, years)
    distances, scale = scaled_distances(positions)
    weights = np.ones(len(years)) if circa is None else np.where(circa, 1 / CIRCA_NOISE, 1.0)
    trend = np.zeros(0) if trend is None else trend
    detrended = years - positions @ trend if len(trend) else years
    prior_mean = float(np.average(detrended, weights=weights))
    inverse_kernel = np.linalg.inv(np.exp(-kernel.gamma * distances) + np.diag(kernel.noise / weights))
    coefficients = inverse_kernel @ (detrended - prior_mean)
    residuals = coefficients / np.diag(inverse_kernel)
    comparator = Comparator(
        references=positions,
        years=years,
        prior_mean=prior_mean,
        scale=scale,
        gamma=kernel.gamma,
        noise=kernel.noise,
        coefficients=coefficients,
        inverse_kernel=inverse_kernel,
        trend=trend,
        temperature=fit_temperature(years - residuals, years),
        interval_scale=conformal_quantile(np.abs(residuals) * np.sqrt(np.diag(inverse_kernel))),
    )
    return Fit(comparator=comparator, loo_estimates=years - residuals)


def conformal_quantile(errors: np.ndarray) -> float:
    """Return the split-conformal bound of a new error at probability COVERAGE (Vovk et al. 2005), from n errors."""
    rank = min(len(errors), int(np.ceil((len(errors) + 1) * COVERAGE)))
    return float(np.sort(errors)[rank - 1])


def fit_temperature(scores: np.ndarray, years: np.ndarray) -> float:
    """Return the temperature, in years, of least negative log-likelihood of the order of pairs of different years."""
    year_differences = differences(years)
    signed = (differences(scores) * np.sign(year_differences))[year_differences != 0]
    span = float(np.ptp(years))

    def nll(temperature: float) -> float:
        return -log_expit(signed / temperature).mean()

    return search_temperature(nll, log_bounds=(np.log(span / 100), np.log(span * 10)))


@dataclass(frozen=True)
class Constants:
    """The numbers of a comparator that are no tensors; its metadata keep them."""

    prior_mean: float
    scale: float
    gamma: float
    noise: float
    temperature: float
    interval_scale: float


class ComparatorMetadata(Metadata):
    """What a comparator's bundle says of it.

    scope: `own` for a comparator fitted to the artist's works, `all artists` for the shared trend alone. works: number
    by split. first_year, last_year: of the dated works. noise_path: leave-one-out error by noise. loo, val: figures on
    the references, leave-one-out, and on val works by a fit to train alone. reference_works: painting ids, in the order
    of the references. seconds: that the fit took.
    """

    kind: Literal["comparator"] = "comparator"
    provenance: Provenance
    artist: str
    scope: Scope
    works: dict[str, int]
    first_year: int
    last_year: int
    constants: Constants
    noise_path: tuple[dict[str, float], ...] = ()
    loo: DatingQuality | None = None
    val: IntervalQuality | None = None
    reference_works: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class ArtistComparator:
    """A comparator and what its bundle says of it."""

    comparator: Comparator
    metadata: ComparatorMetadata


def constants_of(comparator: Comparator) -> Constants:
    """Return the numbers of a comparator that its metadata keep."""
    return Constants(**{field.name: getattr(comparator, field.name) for field in fields(Constants)})


def write_comparator(folder: Path, written: ArtistComparator) -> None:
    """Write a comparator to `folder`, replacing the one that is there."""
    comparator = written.comparator
    tensors = {
        "references": comparator.references.astype(np.float16),
        "years": comparator.years,
        "coefficients": comparator.coefficients,
        "inverse_kernel": comparator.inverse_kernel,
        "trend": comparator.trend.astype(np.float32),
    }
    write_bundle(folder, tensors=tensors, metadata=written.metadata)


def read_comparator(folder: Path) -> ArtistComparator:
    """Return the comparator at `folder`. Raises UserError where there is none."""
    tensors, metadata = read_bundle(folder, ComparatorMetadata)
    parts: dict[str, Any] = {**tensors, "references": tensors["references"].astype(np.float32)}
    return ArtistComparator(Comparator(**parts, **asdict(metadata.constants)), metadata)


def find_comparator_metadata(
    folder: Path, *, provenance: Provenance, scope: Scope | None = None
) -> ComparatorMetadata | None:
    """Return the metadata of the comparator at `folder`, None where there is none of this provenance and scope."""
    metadata = read_metadata(folder, ComparatorMetadata)
    if metadata is None or metadata.provenance != provenance or scope not in (None, metadata.scope):
        return None
    return metadata
