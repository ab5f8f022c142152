"""The kernel that all comparators share: the similarity of two works, and how it is chosen."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from lib.data.embedded_works import rows_by_artist
from lib.data.embeddings import Embeddings
from lib.data.paintings import years_of

GAMMAS = (0.2, 0.4, 0.8, 1.6)  # candidates, in units of the median squared distance between an artist's works
NOISE = tuple(np.geomspace(0.0001, 1, 13))  # candidates: variance of a year's noise over that of the signal
FEWEST_WORKS = 16  # an artist needs to take part in the choice of the kernel
NARROW = 5  # years: a work whose range is no wider is taken as of its midpoint where all artists are looked at


@dataclass(frozen=True)
class Kernel:
    """gamma: of the Gaussian kernel, by squared distance. noise: variance of a year's noise over the signal's."""

    gamma: float
    noise: float


def scaled_distances(positions: np.ndarray) -> tuple[np.ndarray, float]:
    """Return squared distances (n, n) between works in units of their median, and that median."""
    return in_medians(euclidean_distances(positions.astype(np.float32), squared=True))


def in_medians(squared: np.ndarray) -> tuple[np.ndarray, float]:
    """Return squared distances (n, n) in units of their median, and that median."""
    scale = float(np.median(squared[np.triu_indices(len(squared), k=1)])) or 1.0
    return squared.astype(np.float64) / scale, scale


def loo_errors(positions: np.ndarray, years: np.ndarray, *, gamma: float) -> np.ndarray:
    """Return the leave-one-out root mean squared error, in years, for each NOISE, from one eigendecomposition."""
    values, vectors = np.linalg.eigh(np.exp(-gamma * scaled_distances(positions)[0]))
    rotated = vectors.T @ (years - years.mean())
    inverses = [1 / (values + noise) for noise in NOISE]
    residuals = [(vectors @ (inverse * rotated)) / (vectors**2 @ inverse) for inverse in inverses]
    return np.sqrt(np.mean(np.square(residuals), axis=1))


def narrowly_dated(seen: Embeddings, *, positions: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return positions (n, d) and years (n,) by artist, of the works that are dated to a narrow range.

    positions: (works, d) of all works of `seen`.
    """
    years = years_of(seen.paintings)
    narrow = years.widths <= NARROW
    rows_of = {artist: rows[narrow[rows]] for artist, rows in rows_by_artist(seen.paintings).items()}
    return {artist: (positions[rows], years.midpoints[rows]) for artist, rows in rows_of.items() if len(rows)}


def choose_kernel(works: Iterable[tuple[np.ndarray, np.ndarray]]) -> Kernel:
    """Return the kernel with the least leave-one-out error, weighting artists equally.

    works: positions (n, d) and years (n,) of each artist. One artist's works are too few to choose by: a shared kernel
    dates better, above all for artists with few works.
    """
    return kernel_of(kernel_errors(works))


def kernel_errors(works: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return (GAMMAS, NOISE) sums over artists of the logarithm of the leave-one-out error over the years' deviation.

    works: positions (n, d) and years (n,) of each artist. Artists with fewer than FEWEST_WORKS are left out.
    """
    total = np.zeros((len(GAMMAS), len(NOISE)))
    for positions, years in works:
        if len(years) >= FEWEST_WORKS and np.isfinite(positions).all() and np.ptp(years) > 0:
            errors = [loo_errors(positions, years, gamma=gamma) for gamma in GAMMAS]
            total += np.log(np.array(errors) / years.std())
    return total


def kernel_of(errors: np.ndarray) -> Kernel:
    """Return the kernel of the least of errors (GAMMAS, NOISE)."""
    row, column = np.unravel_index(errors.argmin(), errors.shape)
    return Kernel(gamma=GAMMAS[row], noise=float(NOISE[column]))
