"""Ensembles of ways to name artists, which err on different works: weighted sums of their log-probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

LARGEST_WEIGHT = 5.0
TINY = 1e-9  # smallest probability whose logarithm is taken

Weights = tuple[float, ...]  # of the members


@dataclass(frozen=True)
class NetworkEnsemble:
    """How an artist network and the artist head answer together.

    weights: of the network's log-probabilities and, unless the network was trained without embeddings, of the head's.
    temperature: of the softmax.
    """

    weights: Weights
    temperature: float

    def probabilities(self, network: np.ndarray, head_logits: np.ndarray) -> np.ndarray:
        """Return (n, artists) for the probabilities of the network and the logits of the head, (n, artists) each."""
        members = [np.log(np.maximum(network, TINY)), log_softmax(head_logits, axis=1)]
        return softmax(combine(members[: len(self.weights)], weights=self.weights) / self.temperature, axis=1)


def combine(members: Sequence[np.ndarray], *, weights: Weights) -> np.ndarray:
    """Return the weighted sum (n, artists) of the members' evidence, (n, artists) each, in nats."""
    return sum((weight * member for weight, member in zip(weights, members, strict=True)), np.zeros(members[0].shape))


def fit_weights(members: Sequence[np.ndarray], labels: np.ndarray) -> tuple[Weights, float]:
    """Return the weights that make the labels (n,) likeliest, and the mean negative log-likelihood that is left.

    members: (n, artists) each. The softmax of the weighted sum is calibrated on these works.
    """
    stacked, rows = np.stack(members), np.arange(len(labels))

    def nll(weights: np.ndarray) -> tuple[float, np.ndarray]:
        log_probabilities = log_softmax(np.tensordot(weights, stacked, axes=1), axis=1)
        errors = np.exp(log_probabilities)
        errors[rows, labels] -= 1
        return -log_probabilities[rows, labels].mean(), np.tensordot(stacked, errors, axes=2) / len(labels)

    start, bounds = np.full(len(members), 1 / len(members)), [(0, LARGEST_WEIGHT)] * len(members)
    best = minimize(nll, x0=start, jac=True, bounds=bounds, method="L-BFGS-B")
    return tuple(best.x.tolist()), float(best.fun)
