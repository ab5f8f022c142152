"""Learn from years that are known as intervals: Gaussian stand-ins for works dated to a range.

The likelihood of a work dated 1830–41 is that its year lies in there (interval censoring). Expectation propagation
(Minka 2001; Rasmussen and Williams 2006, chapter 3.6) replaces it by an observed year with a variance, after which a
Gaussian process is fitted as to exact years. A wide range gets a large variance, a range that is open on one side only
pulls to the other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from lib.stats.years import Years

HALF_YEAR = 0.5  # a range of whole years begins and ends this far outside its first and its last year
ROUNDS = 50
DAMPING = 0.7  # share of the new value in an update
LOG_ROOT_2_PI = 0.5 * np.log(2 * np.pi)
SETTLED = 0.01  # change of a value, in years, and of the logarithm of a variance
REFITS = 4  # of stand-ins and career in turn
OPEN_WIDTH = 100  # years; of a range that is open on one side, to begin with
SMALLEST_SIGNAL = 0.01  # squared years
LARGEST_VARIANCE = 1e6  # of a stand-in, in units of the signal's variance: the work says nothing


@dataclass(frozen=True)
class StandIns:
    """Observed years that stand for intervals. values: (n,). variances: (n,), in units of the signal's variance."""

    values: np.ndarray
    variances: np.ndarray


@dataclass(frozen=True)
class Career:
    """What an artist's years are expected to be before style is looked at.

    mean: prior mean year. signal: variance of the part of a year that style explains, in squared years.
    """

    mean: float
    signal: float


def fit_stand_ins(years: Years, *, covariance: np.ndarray, noise: np.ndarray) -> tuple[StandIns, Career]:
    """Return the stand-ins of an artist's works, and the artist's career, each estimated from the other in turn.

    covariance: (n, n) of the works' styles and noise: (n,) variance of an exact year, both in units of the signal's
    variance. Exact years stand for themselves.
    """
    first = max(float(years.midpoints.var()), 1.0)
    spread = np.minimum(years.widths, OPEN_WIDTH) ** 2 / 12  # variance of a year that may be any in the range
    stand_ins = StandIns(years.midpoints, noise + spread / first)
    for _ in range(REFITS if spread.any() else 0):
        career = career_of(stand_ins, covariance=covariance, noise=noise)
        mean = np.full(len(years), career.mean)
        stand_ins = approximate(
            years, covariance=covariance, mean=mean, signal=career.signal, noise=noise, start=stand_ins
        )
    return stand_ins, career_of(stand_ins, covariance=covariance, noise=noise)


def career_of(stand_ins: StandIns, *, covariance: np.ndarray, noise: np.ndarray) -> Career:
    """Return the career that stand-ins show; one that says little counts little."""
    weights = noise / stand_ins.variances
    mean = float(np.average(stand_ins.values, weights=weights))
    centred = stand_ins.values - mean
    explained = centred @ np.linalg.solve(covariance + np.diag(stand_ins.variances), centred)
    return Career(mean=mean, signal=max(float(explained / weights.sum()), SMALLEST_SIGNAL))


def approximate(
    years: Years, *, covariance: np.ndarray, mean: np.ndarray, signal: float, noise: np.ndarray, start: StandIns
) -> StandIns:
    """Return the stand-ins of works with these years under a Gaussian prior.

    covariance: (n, n) of the works' styles, in units of `signal`, the variance of the signal in squared years. mean:
    (n,) prior years. noise: (n,) variance of an exact year, in units of `signal`. start: stand-ins to begin with, those
    of exact years being final.
    """
    ranges = years.widths > 0
    values, variances = start.values.copy(), start.variances.copy()
    if not ranges.any():
        return start
    for _ in range(ROUNDS):
        precision = np.linalg.inv(covariance + np.diag(variances))
        others_mean = values - (precision @ (values - mean)) / np.diag(precision)
        others_variance = np.maximum(1 / np.diag(precision) - variances, 1e-9)
        new = stand_ins_given_others(
            years[ranges], others_mean[ranges], others_variance[ranges], signal=signal, noise=noise[ranges]
        )
        shift, ratio = new.values - values[ranges], new.variances / variances[ranges]
        values[ranges] += DAMPING * shift
        variances[ranges] *= ratio**DAMPING  # variances span many orders of magnitude: their logarithms are averaged
        if np.abs(shift).max() < SETTLED and np.abs(np.log(ratio)).max() < SETTLED:
            break
    return StandIns(values, variances)


def stand_ins_given_others(
    years: Years, mean: np.ndarray, variance: np.ndarray, *, signal: float, noise: np.ndarray
) -> StandIns:
    """Return the stand-ins (n,) that match mean and variance of each work's year, given what all others say of it.

    mean: (n,) years. variance: (n,) and noise: (n,), in units of `signal`.
    """
    deviation = np.sqrt(signal * (variance + noise))
    low = (years.earliest - HALF_YEAR - mean) / deviation
    high = (years.latest + HALF_YEAR - mean) / deviation
    shift, left = truncated_moments(low, high)
    learned = np.clip(1 - left, 1e-9, 1.0)  # share of the variance that the interval takes away
    variances = (noise + variance * (1 - learned)) / learned
    return StandIns(mean + deviation * shift / learned, np.minimum(variances, LARGEST_VARIANCE))


def truncated_moments(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance (n,) of standard normal variables between low (n,) and high (n,), which may be infinite.

    scipy's truncnorm takes a hundred times as long for them, and most of the time of a fit.
    """
    right = low + high > 0  # mirrored, so that the mass is taken from the tail where it is exact
    low, high = np.where(right, -high, low), np.where(right, -low, high)
    mass = log_ndtr(high) + np.log1p(-np.exp(log_ndtr(low) - log_ndtr(high)))
    at_low, at_high = (np.exp(-np.square(end) / 2 - LOG_ROOT_2_PI - mass) for end in (low, high))
    mean = at_low - at_high
    edges = np.where(np.isfinite(low), low, 0) * at_low - np.where(np.isfinite(high), high, 0) * at_high
    return np.where(right, -mean, mean), np.clip(1 + edges - np.square(mean), 0, 1)
