"""Two-covariance model of positions (probabilistic LDA): does an artist, known or new, explain works better?

Works of one artist scatter around the artist's mean with one covariance, and the means of artists scatter with another
(Ioffe 2006; Prince and Elder 2007). Lengths are normalised first, which makes positions nearly Gaussian
(Garcia-Romero and Espy-Wilson 2011). Every answer is a likelihood ratio of whole sets of works (Brümmer and de Villiers
2010), so an artist counts with all works that are known and their number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import eigh
from sklearn.decomposition import PCA

from lib.attribution.artist_sums import ArtistSums

# Principal components of positions in which both covariances are estimated. 1,024 name works a little better, but
# describe the works they were fitted to better than new works, which hides that an artist is unknown.
COMPONENTS = 512
# Of the covariance within artists, towards a multiple of the identity. 0.05 names val works as well, but tells works of
# artists whom the model never saw apart less well (docs/research/verification.md).
SHRINKAGE = 0.2
AT_ONCE = 1_000_000  # comparisons of a set and an artist: 8 MB for each number that is computed of them
SMALLEST_SCATTER = 1e-9  # of works of unit length around their artists' means


@dataclass(frozen=True)
class Projection:
    """Principal components of positions. mean: (dimensions,). components: (k, dimensions)."""

    mean: np.ndarray
    components: np.ndarray

    @cached_property
    def origin(self) -> np.ndarray:
        """Return (k,), where the mean lies."""
        return self.components @ self.mean

    def directions(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, k) of unit length for positions (n, dimensions)."""
        projected = positions @ self.components.T - self.origin  # without a centred copy of all works
        return projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class WorkSets:
    """Sets of works, each by one artist. works: (sets,) numbers. sums: (sets, m) of the works' coordinates."""

    works: np.ndarray
    sums: np.ndarray

    @classmethod
    def of(cls, coordinates: np.ndarray, rows: Sequence[np.ndarray]) -> "WorkSets":
        """Return sets of works with coordinates (n, m), by the rows of each set."""
        sums = np.array([coordinates[of].sum(axis=0) for of in rows]).reshape(len(rows), coordinates.shape[1])
        return cls(np.array([len(of) for of in rows], dtype=int), sums)

    def chunks(self, *, artists: int) -> Iterator["WorkSets"]:
        """Yield some sets at once, so few that what is computed of each and so many artists fits in memory."""
        size = max(1, AT_ONCE // artists)
        for first in range(0, max(1, len(self.works)), size):
            yield WorkSets(self.works[first : first + size], self.sums[first : first + size])

    @classmethod
    def one(cls, coordinates: np.ndarray) -> "WorkSets":
        """Return one set of all works with coordinates (n, m)."""
        return cls.of(coordinates, [np.arange(len(coordinates))])


@dataclass(frozen=True)
class TwoCovariance:
    """Two covariances, and the works of known artists in coordinates in which both covariances are diagonal.

    artists: names of the known artists. centre: (k,) of directions. axes: (k, m), after which the covariance within
    artists is the identity. between: (m,) variances of artists' means. works: (artists,) numbers of works. sums:
    (artists, m) of the works' coordinates.
    """

    artists: list[str]
    projection: Projection
    centre: np.ndarray
    axes: np.ndarray
    between: np.ndarray
    works: np.ndarray
    sums: np.ndarray

    def coordinates(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, m) of positions (n, dimensions): the variance within artists is 1, between them `between`."""
        return (self.projection.directions(positions) - self.centre) @ self.axes

    def log_likelihood_ratios(self, positions: np.ndarray) -> np.ndarray:
        """Return (n, artists): that each work is by the artist rather than by one without known works."""
        return self.ratios_alone(self.coordinates(positions))

    def ratios_alone(self, coordinates: np.ndarray) -> np.ndarray:
        """Return the same as log_likelihood_ratios() for works with coordinates (n, m)."""
        return self.known_ratios(WorkSets(np.ones(len(coordinates), dtype=int), coordinates))

    def known_ratios(self, sets: WorkSets) -> np.ndarray:
        """Return (sets, artists): that a set is by a known artist rather than by one without known works."""
        drawn = self._evidence(sets.works, sets.sums)
        joint = np.empty((len(drawn), len(self.works)))
        for size in np.unique(sets.works):
            rows = sets.works == size
            joint[rows] = self._evidence_of_joint_sums(sets.sums[rows], works=int(size))
        return joint - self._known - drawn[:, None]

    def pair_ratios(self, first: WorkSets, second: WorkSets) -> np.ndarray:
        """Return (sets,): that each set of `first` and that of `second` beside it are by one artist, not by two."""
        joint = self._evidence(first.works + second.works, first.sums + second.sums)
        return joint - self._evidence(first.works, first.sums) - self._evidence(second.works, second.sums)

    def work_ratios(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return (n, k): that each of the works with coordinates (n, m) and each of (k, m) are by one artist."""
        joint, alone = self.between / (1 + 2 * self.between), self.between / (1 + self.between)
        squares = [works**2 @ (joint - alone) for works in (first, second)]
        products = (first * joint) @ second.T
        spreads = np.log1p(self.between).sum() - 0.5 * np.log1p(2 * self.between).sum()
        return products + 0.5 * (squares[0][:, None] + squares[1]) + spreads

    @cached_property
    def _known(self) -> np.ndarray:
        return self._evidence(self.works, self.sums)

    def _evidence(self, works: np.ndarray, sums: np.ndarray) -> np.ndarray:
        """Return log p (sets,) of sets of works by one artist each, up to a term that is the same for every partition.

        works: (sets,) numbers. sums: (sets, m) of coordinates. Their squares cancel in every ratio.
        """
        spread = 1 + works[:, None] * self.between
        return 0.5 * (self.between * sums**2 / spread - np.log(spread)).sum(axis=1)

    def _evidence_of_joint_sums(self, sums: np.ndarray, *, works: int) -> np.ndarray:
        """Return the evidence (sets, artists) of each artist's works and a set of so many works together.

        sums: (sets, m) of the sets' coordinates.
        """
        weights, weighted, alone = self._with_one_more if works == 1 else self._with_more(works)
        return 0.5 * (sums**2 @ weights.T + 2 * sums @ weighted.T + alone)

    @cached_property
    def _with_one_more(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._with_more(1)

    def _with_more(self, works: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the evidence of so many works more needs of each artist, (artists, m) twice and (artists,)."""
        spread = 1 + (self.works[:, None] + works) * self.between
        weights = self.between / spread
        return weights, weights * self.sums, (weights * self.sums**2 - np.log(spread)).sum(axis=1)


def fit_projection(sample: np.ndarray) -> Projection:
    """Return the COMPONENTS first principal components, or as many as there are, of positions (n, dimensions)."""
    size = min(COMPONENTS, len(sample) - 1, sample.shape[1])
    works = sample.astype(np.float32)  # a copy of its own, which PCA may centre
    pca = PCA(n_components=size, svd_solver="randomized", iterated_power=3, copy=False, random_state=0).fit(works)
    return Projection(mean=pca.mean_, components=pca.components_)


def fit_two_covariance(positions: np.ndarray, artists: np.ndarray) -> TwoCovariance:
    """Fit to works in memory: positions (n, dimensions), artists (n,), n at least 2."""
    projection = fit_projection(positions)
    return two_covariance_of(projection, ArtistSums.of(projection.directions(positions), artists))


def two_covariance_of(projection: Projection, known: ArtistSums) -> TwoCovariance:
    """Return the model of known artists' works, in closed form.

    The covariance between artists is that of their means, less what the means' own sampling adds to it. With one artist
    only, or no artist with two different works, the covariances cannot be told apart, and all ratios are 0.
    """
    count, size = int(known.works.sum()), known.sums.shape[1]
    means, centre = known.sums / known.works[:, None], known.sums.sum(axis=0) / count
    scatter = known.squares - (means * known.works[:, None]).T @ means
    axes, variances = np.zeros((size, 0)), np.zeros(0)
    if 1 < len(known.artists) < count and np.trace(scatter) > SMALLEST_SCATTER:
        axes, variances = joint_axes(scatter / (count - len(known.artists)), means - centre, known.works)
    sums = (known.sums - known.works[:, None] * centre) @ axes
    names = [str(name) for name in known.artists]
    return TwoCovariance(names, projection, centre, axes, between=variances, works=known.works, sums=sums)


def joint_axes(within: np.ndarray, means: np.ndarray, works: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return axes (k, m) after which `within` (k, k), shrunk, is the identity, and the variances (m,) between artists.

    means: (artists, k) of artists with these numbers of works (artists,), relative to the mean of all works. Axes
    without variance between artists are left out: they change no ratio.
    """
    within, weights, count = shrunk(within), works / works.sum(), works.sum()
    sampling = within * (len(works) - 1) / count
    between = ((weights[:, None] * means).T @ means - sampling) / (1 - (weights**2).sum())
    variances, axes = eigh(between, within)
    return axes[:, variances > 0], variances[variances > 0]


def shrunk(covariance: np.ndarray) -> np.ndarray:
    """Return a covariance (k, k) shrunk towards the identity of the same mean variance (Ledoit and Wolf 2004)."""
    mean_variance = np.trace(covariance) / len(covariance)
    return (1 - SHRINKAGE) * covariance + SHRINKAGE * mean_variance * np.eye(len(covariance))
