"""An artist network and a linear head on texture answer together: they err on different works."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from lib.attribution.figures import Described, labels_of
from lib.attribution.linear_head import ArtistHead, logistic_heads
from lib.features.style_space import StyleSpace, fit_style_space

COMPONENTS = 1024  # principal components of the correlations that the head sees
STRENGTHS = (0.1, 0.3, 1.0)  # inverse regularisation of the head


@dataclass(frozen=True)
class Ensemble:
    """space, head: of the textures. shares: how much the network's and the head's log-probabilities count."""

    space: StyleSpace
    head: ArtistHead
    shares: tuple[float, float]

    def logits(self, network: np.ndarray, textures: np.ndarray) -> np.ndarray:
        """Return (n, artists) for the network's logits (n, artists) and the textures (n, dimensions) of works."""
        return joined(network, self.head.logits(self.space.positions(textures)), shares=self.shares)


def joined(network: np.ndarray, texture: np.ndarray, *, shares: tuple[float, float]) -> np.ndarray:
    """Return the weighted sum (n, artists) of two log-probabilities, given as logits (n, artists)."""
    return shares[0] * log_softmax(network, axis=1) + shares[1] * log_softmax(texture, axis=1)


def fit_ensemble(described: Described, artists: list[str]) -> tuple[Ensemble, float]:
    """Fit a head to the train works of `artists`; the likelihood of the val works chooses its strength and the shares.

    Also returns the strength.
    """
    train, val = (of_splits(described, artists, (split,)) for split in ("train", "val"))
    space = fit_style_space(described.textures[train], blocks=described.blocks, tilt=0.0)
    heads = fit_heads(described, space, works=train, strengths=STRENGTHS)
    labels = labels_of(described.paintings[val], artists)
    network, positions = described.logits[val], space.positions(described.textures[val])
    fitted = {strength: fit_shares(network, head.logits(positions), labels) for strength, head in heads.items()}
    best = min(fitted, key=lambda strength: fitted[strength][1])
    return Ensemble(space=space, head=heads[best], shares=fitted[best][0]), best


def refit_ensemble(
    described: Described, artists: list[str], *, strength: float, shares: tuple[float, float]
) -> Ensemble:
    """Fit the head to the train and val works of `artists`, with the strength and the shares that val has chosen."""
    seen = of_splits(described, artists, ("train", "val"))
    space = fit_style_space(described.textures[seen], blocks=described.blocks, tilt=0.0)
    heads = fit_heads(described, space, works=seen, strengths=(strength,))
    return Ensemble(space=space, head=heads[strength], shares=shares)


def fit_heads(
    described: Described, space: StyleSpace, *, works: np.ndarray, strengths: tuple[float, ...]
) -> dict[float, ArtistHead]:
    """Fit a head of each strength to the textures of some works, (n,) true for those; every artist counts the same."""
    names = described.paintings["artist"].to_numpy(dtype=str)[works]
    positions = space.positions(described.textures[works])
    return logistic_heads(positions, names, strengths=strengths, components=COMPONENTS, balanced=True)


def of_splits(described: Described, artists: list[str], splits: tuple[str, ...]) -> np.ndarray:
    """Return true (n,) for the works of `artists` in these splits."""
    paintings = described.paintings
    return (paintings["artist"].isin(artists) & paintings["split"].isin(splits)).to_numpy()


def fit_shares(network: np.ndarray, texture: np.ndarray, labels: np.ndarray) -> tuple[tuple[float, float], float]:
    """Return the shares that make the labels (n,) likeliest, for two logits (n, artists), and the surprise left."""

    def surprise(shares: np.ndarray) -> float:
        both = log_softmax(joined(network, texture, shares=(shares[0], shares[1])), axis=1)
        return -both[np.arange(len(labels)), labels].mean()

    found = minimize(surprise, x0=[0.5, 0.5], bounds=[(0, 5), (0, 5)], method="L-BFGS-B")
    return (float(found.x[0]), float(found.x[1])), float(found.fun)
