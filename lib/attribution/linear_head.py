"""Who painted this: a linear artist head on the style space."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import softmax
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from lib.stats.calibration import fit_temperature
from lib.stats.metrics import top_k

STRENGTHS = (0.01, 0.03, 0.1)  # inverse regularisation of the logistic regression
COMPONENTS = 512  # principal components that the logistic regression sees


@dataclass(frozen=True)
class ArtistHead:
    """artists: names of the classes. weight: (classes, dimensions). bias: (classes,). temperature: of the softmax."""

    artists: list[str]
    weight: np.ndarray
    bias: np.ndarray
    temperature: float = 1.0

    def logits(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions) in the style space, before the temperature."""
        return positions @ self.weight.T + self.bias

    def probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions) in the style space."""
        return softmax(self.logits(positions) / self.temperature, axis=1)

    def labels(self, artists: np.ndarray) -> np.ndarray:
        """Return the classes (n,) of artists (n,), all of which must be classes of the head."""
        return np.array([self.artists.index(artist) for artist in artists], dtype=int)


def fit_artist_head(
    positions: np.ndarray, artists: np.ndarray, *, val: np.ndarray
) -> tuple[ArtistHead, dict[float, float]]:
    """Fit to works: positions (n, dimensions) in the style space, artists (n,), val (n,) true for the val works.

    Strength of regularisation and temperature are chosen on the val works; then the head is refitted to all works. Also
    returns the val top-1 of every strength.
    """
    chosen, strength, top1 = choose_artist_head(positions, artists, val=val)
    known = val & np.isin(artists, chosen.artists)
    temperature = fit_temperature(chosen.logits(positions[known]), chosen.labels(artists[known]))
    return replace(logistic_heads(positions, artists, strengths=(strength,))[strength], temperature=temperature), top1


def choose_artist_head(
    positions: np.ndarray, artists: np.ndarray, *, val: np.ndarray
) -> tuple[ArtistHead, float, dict[float, float]]:
    """Return the head, fitted without val works, that is best on them, its strength, and the top-1 of every one."""
    heads = logistic_heads(positions[~val], artists[~val], strengths=STRENGTHS)
    known = val & np.isin(artists, heads[STRENGTHS[0]].artists)
    labels = heads[STRENGTHS[0]].labels(artists[known])
    top1 = {strength: top_k(head.logits(positions[known]), labels, 1) for strength, head in heads.items()}
    best = max(STRENGTHS, key=lambda strength: top1[strength])
    return heads[best], best, top1


def logistic_heads(
    positions: np.ndarray,
    artists: np.ndarray,
    *,
    strengths: tuple[float, ...],
    components: int = COMPONENTS,
    balanced: bool = False,
) -> dict[float, ArtistHead]:
    """Fit one multinomial logistic regression per strength, on principal components of unit mean variance.

    balanced: weight artists equally, however many works they have.
    """
    names = sorted(set(artists.tolist()))
    if len(names) == 1:  # a dataset of one artist
        only = ArtistHead(artists=names, weight=np.zeros((1, positions.shape[1])), bias=np.zeros(1))
        return dict.fromkeys(strengths, only)
    pca = PCA(n_components=min(components, *positions.shape), svd_solver="randomized", random_state=0).fit(positions)
    axes = pca.components_ / np.sqrt(pca.explained_variance_.mean())
    heads = {}
    for strength in strengths:
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3, class_weight="balanced" if balanced else None)
        model.fit((positions - pca.mean_) @ axes.T, artists)
        weight, bias = model.coef_ @ axes, model.intercept_ - model.coef_ @ axes @ pca.mean_
        if len(names) == 2:  # scikit-learn keeps one row for two classes
            weight, bias = np.vstack([-weight, weight]) / 2, np.hstack([-bias, bias]) / 2
        heads[strength] = ArtistHead(artists=names, weight=weight, bias=bias)
    return heads
