"""Linear heads: multinomial logistic regression on principal components of some columns of positions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax
from sklearn.decomposition import PCA

COMPONENTS = 512  # principal components that the logistic regression sees


@dataclass(frozen=True)
class LinearHead:
    """Names artists by the columns (width,) of positions: weight (classes, width), bias (classes,)."""

    columns: np.ndarray
    weight: np.ndarray
    bias: np.ndarray

    def log_probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions)."""
        return log_softmax(positions[:, self.columns] @ self.weight.T + self.bias, axis=1)


@dataclass(frozen=True)
class Axes:
    """Principal components of the columns (width,) of positions. axes: (k, width). origin: (k,), of the mean work.

    Their variances are 1 on average.
    """

    columns: np.ndarray
    axes: np.ndarray
    origin: np.ndarray

    def components(self, positions: np.ndarray) -> np.ndarray:
        """Return float16 (n, k) of positions (n, dimensions), without a centred copy of them."""
        return (positions[:, self.columns] @ self.axes.T - self.origin).astype(np.float16)


def fit_axes(sample: np.ndarray, *, columns: np.ndarray) -> Axes:
    """Return the axes of these columns (width,) of positions (n, dimensions)."""
    size = min(COMPONENTS, len(sample), len(columns))
    pca = PCA(n_components=size, svd_solver="randomized", copy=False, random_state=0)
    pca.fit(sample[:, columns].astype(np.float32))
    axes = pca.components_ / np.sqrt(pca.explained_variance_.mean() or 1.0)
    return Axes(columns, axes, origin=axes @ pca.mean_)


def fit_linear_heads(
    components: np.ndarray, labels: np.ndarray, *, axes: Axes, classes: int, strengths: Sequence[float]
) -> dict[float, LinearHead]:
    """Return a head for each strength, the inverse of its regularisation.

    components: (n, k) of works, which may lie on disk. labels: (n,) of their classes.
    """
    from lib.attribution.softmax_regression import fit_softmax_regression  # PyTorch: heads are read without it

    weights, biases = fit_softmax_regression(components, labels, classes=classes, strengths=strengths)
    return {
        strength: LinearHead(axes.columns, (weight @ axes.axes).astype(np.float32), bias=bias - weight @ axes.origin)
        for strength, weight, bias in zip(strengths, weights, biases, strict=True)
    }
