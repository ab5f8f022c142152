"""Works unlike everything that the models learned from, such as a blank sheet, noise, a page of text or a diagram.

A two-covariance model compares directions only, in which even noise lies near some artist. How far a work is from the
centre of all works shows that it is no painting like them.
"""

import numpy as np

from lib.attribution.two_covariance import Projection

USUAL = 0.995  # share of the works to learn from that are no outliers


def distances(projection: Projection, positions: np.ndarray) -> np.ndarray:
    """Return the distance (n,) of positions (n, dimensions) from the centre of the works that were learned from."""
    return np.linalg.norm(positions - projection.mean, axis=1)


def are_outliers(projection: Projection, positions: np.ndarray, *, usual: float) -> np.ndarray:
    """Return (n,) whether works at positions (n, dimensions) are farther than the usual distance."""
    return distances(projection, positions) > usual


def usual_distance(learned: np.ndarray) -> float:
    """Return the distance that USUAL of the works to learn from, whose distances are `learned` (n,), do not exceed."""
    return float(np.quantile(learned, USUAL))
