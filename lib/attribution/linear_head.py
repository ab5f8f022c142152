"""Linear heads: multinomial logistic regression on some columns of positions in the style space."""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

COMPONENTS = 512  # principal components that the logistic regression sees
SAMPLE = 20_000  # works that the principal components are taken from


@dataclass(frozen=True)
class LinearHead:
    """Names artists by the columns (width,) of positions: weight (classes, width), bias (classes,)."""

    columns: np.ndarray
    weight: np.ndarray
    bias: np.ndarray

    def log_probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions)."""
        return log_softmax(positions[:, self.columns] @ self.weight.T + self.bias, axis=1)


def fit_linear_heads(
    positions: np.ndarray, labels: np.ndarray, *, columns: np.ndarray, strengths: tuple[float, ...]
) -> dict[float, LinearHead]:
    """Return a head for each strength, the inverse of its regularisation, fitted to principal components.

    positions: (n, dimensions). labels: (n,) classes, every number from 0 on at least once. columns: (width,) of the
    positions that the heads see.
    """
    seen, classes = positions[:, columns], int(labels.max()) + 1
    if classes == 1:  # a dataset of one artist
        only = LinearHead(columns, weight=np.zeros((1, len(columns)), dtype=np.float32), bias=np.zeros(1))
        return dict.fromkeys(strengths, only)
    sample = seen[np.random.default_rng(0).permutation(len(seen))[:SAMPLE]]
    size = min(COMPONENTS, *sample.shape)
    pca = PCA(n_components=size, svd_solver="randomized", random_state=0).fit(sample)
    axes = pca.components_ / np.sqrt(pca.explained_variance_.mean())
    origin = axes @ pca.mean_
    components = seen @ axes.T - origin  # without a centred copy of all works
    heads = {}
    for strength in strengths:
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(components, labels)
        weight, bias = model.coef_ @ axes, model.intercept_ - model.coef_ @ origin
        if classes == 2:  # scikit-learn keeps one row for two classes
            weight, bias = np.vstack([-weight, weight]) / 2, np.hstack([-bias, bias]) / 2
        heads[strength] = LinearHead(columns, weight=weight.astype(np.float32), bias=bias)
    return heads
