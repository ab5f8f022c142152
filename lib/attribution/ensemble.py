"""An ensemble of an artist network and a linear head on its textures: they err on different works."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from lib.attribution.describe import Described, labels_of
from lib.attribution.linear_head import ArtistHead, logistic_heads
from lib.features.style_space import StyleSpace, fit_style_space

COMPONENTS = 1024  # principal components of the correlations that the head sees
STRENGTHS = (0.1, 0.3, 1.0)  # inverse regularisation of the head

Weights = tuple[float, float]  # of the network's and of the head's log-probabilities


@dataclass(frozen=True)
class Ensemble:
    """space, head: of the textures. weights: of the network's and of the head's log-probabilities."""

    space: StyleSpace
    head: ArtistHead
    weights: Weights

    def logits(self, network_logits: np.ndarray, textures: np.ndarray) -> np.ndarray:
        """Return (n, artists) for the network's logits (n, artists) and the textures (n, dimensions) of works."""
        return combine(network_logits, self.head.logits(self.space.positions(textures)), weights=self.weights)


def combine(network_logits: np.ndarray, head_logits: np.ndarray, *, weights: Weights) -> np.ndarray:
    """Return the weighted sum (n, artists) of the log-probabilities of two logits (n, artists)."""
    return weights[0] * log_softmax(network_logits, axis=1) + weights[1] * log_softmax(head_logits, axis=1)


def fit_ensemble(described: Described, artists: list[str]) -> tuple[Ensemble, float]:
    """Fit a head to the train works of `artists`; choose its strength and the weights by the likelihood of val works.

    Also returns the strength.
    """
    train, val = (rows_of_splits(described, artists, (split,)) for split in ("train", "val"))
    space = fit_style_space(described.textures[train], blocks=described.blocks, tilt=0.0)
    heads = fit_heads(described, space, rows=train, strengths=STRENGTHS)
    labels = labels_of(described.paintings[val], artists)
    logits, positions = described.logits[val], space.positions(described.textures[val])
    fitted = {strength: fit_weights(logits, head.logits(positions), labels) for strength, head in heads.items()}
    best = min(fitted, key=lambda strength: fitted[strength][1])
    return Ensemble(space=space, head=heads[best], weights=fitted[best][0]), best


def refit_ensemble(described: Described, artists: list[str], *, strength: float, weights: Weights) -> Ensemble:
    """Fit the head to the train and val works of `artists`, with the strength and the weights chosen on val."""
    rows = rows_of_splits(described, artists, ("train", "val"))
    space = fit_style_space(described.textures[rows], blocks=described.blocks, tilt=0.0)
    heads = fit_heads(described, space, rows=rows, strengths=(strength,))
    return Ensemble(space=space, head=heads[strength], weights=weights)


def fit_heads(
    described: Described, space: StyleSpace, *, rows: np.ndarray, strengths: tuple[float, ...]
) -> dict[float, ArtistHead]:
    """Fit a head of each strength to the textures of the works where `rows` (n,) is true, weighting artists equally."""
    names = described.paintings["artist"].to_numpy(dtype=str)[rows]
    positions = space.positions(described.textures[rows])
    return logistic_heads(positions, names, strengths=strengths, components=COMPONENTS, balanced=True)


def rows_of_splits(described: Described, artists: list[str], splits: tuple[str, ...]) -> np.ndarray:
    """Return true (n,) for the works of `artists` in these splits."""
    paintings = described.paintings
    return (paintings["artist"].isin(artists) & paintings["split"].isin(splits)).to_numpy()


def fit_weights(network_logits: np.ndarray, head_logits: np.ndarray, labels: np.ndarray) -> tuple[Weights, float]:
    """Return the weights that make the labels (n,) likeliest, for two logits (n, artists), and the NLL that is left."""

    def nll(weights: np.ndarray) -> float:
        combined = combine(network_logits, head_logits, weights=(weights[0], weights[1]))
        return -log_softmax(combined, axis=1)[np.arange(len(labels)), labels].mean()

    best = minimize(nll, x0=[0.5, 0.5], bounds=[(0, 5), (0, 5)], method="L-BFGS-B")
    return (float(best.x[0]), float(best.x[1])), float(best.fun)
