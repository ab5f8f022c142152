"""Linear heads: multinomial logistic regression on principal components of some columns of positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax
from sklearn.decomposition import PCA

from lib.attribution.mini_batches import BATCH, steps_of
from lib.data.descriptor import Kind
from lib.infra.tasks import Long, run_long

COMPONENTS = 512  # principal components that the logistic regression sees
FEW = 1e11  # products of an input and a weight in one regression that this process does about as soon as tasks start

Fit = tuple[Kind, tuple[float, ...]]  # the kind of part and the strengths of heads that are fitted side by side


@dataclass(frozen=True)
class LinearHead:
    """Names artists by the columns (width,) of positions: axes (k, width), weight (classes, k), bias (classes,)."""

    columns: np.ndarray
    axes: np.ndarray
    weight: np.ndarray
    bias: np.ndarray

    def log_probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions)."""
        return self.of_components(self.components(positions))

    def components(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, k) for positions (n, dimensions), the same for all heads with these columns and axes."""
        return positions[:, self.columns] @ self.axes.T

    def of_components(self, components: np.ndarray) -> np.ndarray:
        """Return what log_probabilities() does for components() (n, k)."""
        return log_softmax(components @ self.weight.T + self.bias, axis=1)

    def compact(self) -> "LinearHead":
        """Return the same head with as few axes as there are classes, where it has more."""
        classes = len(self.weight)
        if classes >= len(self.axes):
            return self
        return LinearHead(self.columns, self.weight @ self.axes, np.eye(classes, dtype=np.float32), self.bias)


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

    def head(self, weight: np.ndarray, bias: np.ndarray) -> LinearHead:
        """Return the head of weight (classes, k) and bias (classes,) of components."""
        return LinearHead(self.columns, self.axes, weight, bias=bias - weight @ self.origin)


def fit_axes(sample: np.ndarray, *, columns: np.ndarray) -> Axes:
    """Return the axes of these columns (width,) of positions (n, dimensions)."""
    size = min(COMPONENTS, len(sample), len(columns))
    pca = PCA(n_components=size, svd_solver="randomized", copy=False, random_state=0)
    pca.fit(sample[:, columns].astype(np.float32))
    axes = pca.components_ / np.sqrt(pca.explained_variance_.mean() or 1.0)
    return Axes(columns, axes.astype(np.float32), origin=(axes @ pca.mean_).astype(np.float32))


Heads = dict[Kind, dict[float, LinearHead]]  # by kind of part and strength


def fit_linear_heads(
    components: Mapping[Kind, np.ndarray],
    labels: np.ndarray,
    *,
    axes: Mapping[Kind, Axes],
    classes: int,
    strengths: Mapping[Kind, Sequence[float]],
) -> Heads:
    """Return a head for each strength, the inverse of its regularisation, of each kind of part.

    components: (n, k) of works, by kind, which may lie on disk. labels: (n,) of their classes. Where the regressions
    take long, each head is fitted by a Ray task of its own.
    """
    steps = steps_of(len(labels))
    apart = steps * min(BATCH, len(labels)) * classes * max(each.shape[1] for each in components.values()) > FEW
    together: list[Fit] = [(kind, tuple(tried)) for kind, tried in strengths.items()]
    fits = [(kind, (strength,)) for kind, tried in together for strength in tried] if apart else together
    results = run_long(
        fit_heads,
        fits,
        label="artist head: regressions",
        total=steps * len(fits),
        unit="steps",
        apart=apart,
        components=components,
        labels=labels,
        classes=classes,
    )
    heads: Heads = {kind: {} for kind in strengths}
    for (kind, tried), (weights, biases) in zip(fits, results, strict=True):
        each = zip(tried, weights, biases, strict=True)
        heads[kind] |= {strength: axes[kind].head(weight, bias) for strength, weight, bias in each}
    return heads


def fit_heads(
    fit: Fit, components: Mapping[Kind, np.ndarray], labels: np.ndarray, classes: int
) -> Long[tuple[np.ndarray, np.ndarray]]:
    """Fit heads of one kind of part: say how far, and at last weight (strengths, classes, k) and bias."""
    from lib.attribution.softmax_regression import fit_softmax_regression  # PyTorch: heads are read without it

    kind, strengths = fit
    yield from fit_softmax_regression(components[kind], labels, classes=classes, strengths=strengths)
