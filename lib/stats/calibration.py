"""How far a confidence can be trusted, and the temperature that corrects it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

BINS = 15  # of confidence, equally wide
DRAWS = 200  # of correct answers, for the error by chance


@dataclass(frozen=True)
class Reliability:
    """Works by the confidence in their first class, in bins without the empty ones.

    confidence, accuracy: means of each bin. works: in each bin.
    """

    confidence: list[float]
    accuracy: list[float]
    works: list[int]

    def expected_error(self) -> float:
        """Return the expected calibration error (Naeini et al. 2015): mean |confidence − accuracy| over works."""
        return float(np.average(np.abs(np.subtract(self.confidence, self.accuracy)), weights=self.works))


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> Reliability:
    """Sort works, probabilities (n, classes) and labels (n,), into BINS bins of confidence."""
    return in_bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def error_by_chance(probabilities: np.ndarray) -> float:
    """Return the calibration error that works (n, classes) show by chance when the confidence is exactly right."""
    confidence, random = probabilities.max(axis=1), np.random.default_rng(0)
    drawn = [in_bins(confidence, random.random(len(confidence)) < confidence) for _ in range(DRAWS)]
    return float(np.mean([bins.expected_error() for bins in drawn]))


def in_bins(confidence: np.ndarray, correct: np.ndarray) -> Reliability:
    """Sort works with this confidence (n,), named correctly or not (n,), into BINS bins."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    works = np.bincount(bins, minlength=BINS)
    filled = works > 0
    means = [
        np.bincount(bins, weights=values, minlength=BINS)[filled] / works[filled] for values in (confidence, correct)
    ]
    return Reliability(confidence=means[0].tolist(), accuracy=means[1].tolist(), works=works[filled].tolist())


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature of the softmax that makes the labels (n,) likeliest (Guo et al. 2017); 1 without labels.

    logits: (n, classes).
    """
    if not len(labels):
        return 1.0

    def nll(temperature: float) -> float:
        return -log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels].mean()

    return search_temperature(nll, log_bounds=(-3, 3))


def search_temperature(nll: Callable[[float], float], *, log_bounds: tuple[float, float]) -> float:
    """Return the temperature with the lowest mean negative log-likelihood `nll`.

    log_bounds: of its natural logarithm, over which the search goes.
    """
    search = minimize_scalar(lambda log_temperature: nll(np.exp(log_temperature)), bounds=log_bounds, method="bounded")
    return float(np.exp(search.x))
