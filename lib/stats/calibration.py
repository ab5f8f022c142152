"""How far a confidence can be trusted, and when a work is by nobody that the network knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import roc_auc_score, roc_curve

TINY = 1e-9  # a probability that is no smaller, for its logarithm
BINS = 15  # of confidence, equally wide
DRAWS = 200  # of who is named rightly, for what chance alone does


@dataclass(frozen=True)
class Reliability:
    """Works by the confidence in their first artist; confidence, accuracy, works: (bins,), without the empty bins."""

    confidence: np.ndarray
    accuracy: np.ndarray
    works: np.ndarray

    def expected_error(self) -> float:
        """Return the expected calibration error (Naeini et al. 2015): mean |confidence − accuracy| over works."""
        return float(np.average(np.abs(self.confidence - self.accuracy), weights=self.works))

    def card(self) -> dict[str, list[float]]:
        """Return the bins as JSON keeps them."""
        return {name: values.tolist() for name, values in vars(self).items()}


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> Reliability:
    """Sort works, probabilities (n, classes) and labels (n,), into BINS bins of confidence."""
    return binned(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def error_by_chance(probabilities: np.ndarray) -> float:
    """Return the calibration error that works (n, classes) show by chance where the confidence is exactly right."""
    confidence, random = probabilities.max(axis=1), np.random.default_rng(0)
    drawn = [binned(confidence, random.random(len(confidence)) < confidence) for _ in range(DRAWS)]
    return float(np.mean([one.expected_error() for one in drawn]))


def binned(confidence: np.ndarray, right: np.ndarray) -> Reliability:
    """Sort works of this confidence (n,), named rightly or not (n,), into BINS bins."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    works = np.bincount(bins, minlength=BINS)
    filled = works > 0
    sums = [np.bincount(bins, weights=values, minlength=BINS)[filled] for values in (confidence, right)]
    return Reliability(confidence=sums[0] / works[filled], accuracy=sums[1] / works[filled], works=works[filled])


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


def ood_score(probabilities: np.ndarray) -> np.ndarray:
    """Return how little each work (n,) looks like one of any artist: what its first artist's probability leaves.

    The plain baseline (Hendrycks and Gimpel 2017): energy, nearest neighbours and Mahalanobis distances did worse.
    """
    return 1 - probabilities.max(axis=1)


def set_ood_score(probabilities: np.ndarray) -> float:
    """Return how little works (n, classes) look like a set by one of the artists; for one work, its ood_score.

    The geometric mean of their probabilities counts, not the mean, which is the vote: an artist whom some of the works
    speak against is not theirs.
    """
    return 1 - float(softmax(np.log(np.maximum(probabilities, TINY)).mean(axis=0)).max())


def share_refused(strange: np.ndarray, unknown: np.ndarray) -> float:
    """Return the share of known works to call unknown, so that both kinds of error are fewest.

    strange: (n,) of works. unknown: (n,) true for works of unknown artists. The sum of the two error rates is what is
    kept small (Youden 1950), so that it does not matter how many of the works are unknown.
    """
    refused, found, _ = roc_curve(unknown, strange, drop_intermediate=False)
    return float(refused[np.argmax(found - refused)])


def threshold_of(known: np.ndarray, *, refused: float) -> float:
    """Return the ood_score above which this share of known works, of ood_score (n,), is called unknown."""
    return float(np.quantile(known, 1 - refused))


def rejection(strange: np.ndarray, unknown: np.ndarray, *, threshold: float) -> dict[str, Any]:
    """Return how well the ood_score (n,) of works tells works of unknown artists, `unknown` (n,), from the others.

    auroc: the chance that an unknown work is stranger than a known one. unknown_passed, known_rejected: the errors at
    the threshold.
    """
    called = strange > threshold
    return {
        "auroc": float(roc_auc_score(unknown, strange)),
        "unknown_passed": float((~called[unknown]).mean()),
        "known_rejected": float(called[~unknown].mean()),
        "unknown_works": int(unknown.sum()),
        "known_works": int((~unknown).sum()),
    }
