"""Who painted this: linear heads on the kinds of a descriptor's parts, and a two-covariance model of all of them.

Nothing but regressions and covariances is fitted, which takes minutes for thousands of works.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from lib.attribution.ensemble import Weights, combine, fit_weights
from lib.attribution.linear_head import LinearHead, fit_linear_heads
from lib.attribution.two_covariance import TwoCovariance, fit_two_covariance
from lib.data.descriptor import Kind
from lib.stats.metrics import top_k

STRENGTHS = (0.03, 0.1, 0.3)  # inverse regularisation of the linear heads
LINEAR_WEIGHT, RATIO_WEIGHT = 0.6, 0.1  # where no val works can choose the weights


@dataclass(frozen=True)
class ArtistHead:
    """artists: names of the classes. linear: a head for each kind of part. model: of whole positions.

    weights: of the linear heads' log-probabilities and of the model's log-likelihood ratios, calibrated on val works.
    val_works: their number.
    """

    artists: list[str]
    linear: dict[Kind, LinearHead]
    model: TwoCovariance
    weights: Weights
    val_works: int

    def logits(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions) in the style space."""
        return combine(evidence(self.linear, self.model, positions), weights=self.weights)

    def probabilities(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions) in the style space."""
        return self.with_doubt(softmax(self.logits(positions), axis=1))

    def with_doubt(self, probabilities: np.ndarray) -> np.ndarray:
        """Return (n, classes) mixed with equal chances, as far as val works could not have shown a mistake.

        The rule of succession (Laplace 1814): after n right answers the next is wrong with a probability of
        1 / (n + 2). Where classes are easily told apart, nothing else keeps a probability from being 1.
        """
        doubt = 1 / (self.val_works + 2)
        return (1 - doubt) * probabilities + doubt / probabilities.shape[1]

    def labels(self, artists: np.ndarray) -> np.ndarray:
        """Return the classes (n,) of artists (n,), all of which must be classes of the head."""
        return np.array([self.artists.index(artist) for artist in artists], dtype=int)


@dataclass(frozen=True)
class ChosenHead:
    """A head fitted without val works, and the strength of each linear head that is best on them."""

    head: ArtistHead
    strengths: dict[Kind, float]

    def top1(self, positions: np.ndarray, artists: np.ndarray) -> float | None:
        """Return the accuracy on val works (n, dimensions) of artists (n,) that the head knows; None without any."""
        known = np.isin(artists, self.head.artists)
        if not known.any():
            return None
        return top_k(self.head.logits(positions[known]), self.head.labels(artists[known]), 1)


def evidence(linear: Mapping[Kind, LinearHead], model: TwoCovariance, positions: np.ndarray) -> list[np.ndarray]:
    """Return what each member says of works, (n, classes) each, for positions (n, dimensions)."""
    members = [head.log_probabilities(positions) for head in linear.values()]
    return [*members, model.log_likelihood_ratios(positions)]


def fit_artist_head(
    positions: np.ndarray, artists: np.ndarray, *, val: np.ndarray, columns: Mapping[Kind, np.ndarray]
) -> tuple[ArtistHead, ChosenHead]:
    """Fit to works: positions (n, dimensions) in the style space, artists (n,), val (n,) true for the val works.

    columns: of the positions, by kind of part. Weights and strengths are those of the head that never saw val works,
    which is returned too.
    """
    chosen = choose_artist_head(positions, artists, val=val, columns=columns)
    names, labels = np.unique(artists, return_inverse=True)
    linear = {
        kind: fit_linear_heads(positions, labels, columns=columns[kind], strengths=(strength,))[strength]
        for kind, strength in chosen.strengths.items()
    }
    model = fit_two_covariance(positions, artists)
    weights, val_works = chosen.head.weights, chosen.head.val_works
    return ArtistHead(names.tolist(), linear, model, weights=weights, val_works=val_works), chosen


def choose_artist_head(
    positions: np.ndarray, artists: np.ndarray, *, val: np.ndarray, columns: Mapping[Kind, np.ndarray]
) -> ChosenHead:
    """Fit to the works outside val; choose strengths and weights by the likelihood of the val works."""
    names, labels = np.unique(artists[~val], return_inverse=True)
    known = val & np.isin(artists, names)
    val_labels = np.searchsorted(names, artists[known])
    linear, strengths = {}, {}
    for kind, kind_columns in columns.items():
        heads = fit_linear_heads(positions[~val], labels, columns=kind_columns, strengths=STRENGTHS)
        strengths[kind] = min(STRENGTHS, key=lambda strength: nll_of(heads[strength], positions[known], val_labels))
        linear[kind] = heads[strengths[kind]]
    model = fit_two_covariance(positions[~val], artists[~val])
    weights = (*[LINEAR_WEIGHT] * len(linear), RATIO_WEIGHT)
    if known.any() and len(names) > 1:
        weights, _ = fit_weights(evidence(linear, model, positions[known]), val_labels)
    val_works = int(known.sum())
    return ChosenHead(ArtistHead(names.tolist(), linear, model, weights=weights, val_works=val_works), strengths)


def nll_of(head: LinearHead, positions: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean negative log-likelihood of works, (n, dimensions), of classes (n,), at the best temperature."""
    return fit_weights([head.log_probabilities(positions)], labels)[1] if len(labels) else 0.0
