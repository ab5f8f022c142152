"""Who painted this: linear heads on the kinds of a descriptor's parts, and a two-covariance model of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from lib.attribution.ensemble import Weights, combine
from lib.attribution.linear_head import LinearHead
from lib.attribution.two_covariance import TwoCovariance
from lib.data.descriptor import Kind


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

    def logits(self, positions: np.ndarray, *, coordinates: np.ndarray | None = None) -> np.ndarray:
        """Return (n, classes) for positions (n, dimensions) in the style space.

        coordinates: (n, m) in the two-covariance model, where they are known.
        """
        coordinates = self.model.coordinates(positions) if coordinates is None else coordinates
        return combine(evidence(self.linear, self.model, positions, coordinates), weights=self.weights)

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


def evidence(
    linear: Mapping[Kind, LinearHead], model: TwoCovariance, positions: np.ndarray, coordinates: np.ndarray
) -> list[np.ndarray]:
    """Return what each member says of works, (n, classes) each.

    positions: (n, dimensions). coordinates: (n, m) in the model.
    """
    members = [head.log_probabilities(positions) for head in linear.values()]
    return [*members, model.ratios_alone(coordinates)]
