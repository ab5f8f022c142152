"""Sums over the works of each artist: all that a two-covariance model is fitted to."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class ArtistSums:
    """Sums over works of known artists. artists: names, sorted. works: (artists,) numbers. sums: (artists, k) of
    directions. squares: (k, k) sums of products of directions.
    """

    artists: np.ndarray
    works: np.ndarray
    sums: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, directions: np.ndarray, artists: np.ndarray) -> "ArtistSums":
        """Return the sums over works: directions (n, k), artists (n,)."""
        names, labels = np.unique(artists, return_inverse=True)
        works = directions.astype(np.float64)
        return cls(
            names, np.bincount(labels, minlength=len(names)), sums_by(works, labels, len(names)), works.T @ works
        )


@dataclass
class JoinedSums:
    """The sums over the works of many batches: `artists`, `works` and `sums` of each, and the squares of all."""

    artists: list[np.ndarray] = field(default_factory=list)
    works: list[np.ndarray] = field(default_factory=list)
    sums: list[np.ndarray] = field(default_factory=list)
    squares: np.ndarray | float = 0.0

    def add(self, batch: ArtistSums) -> None:
        """Add the sums of a batch."""
        self.artists.append(batch.artists)
        self.works.append(batch.works)
        self.sums.append(batch.sums)
        self.squares = self.squares + batch.squares

    def total(self) -> ArtistSums:
        """Return the sums over the works of all batches, of which there is one at least."""
        names, labels = np.unique(np.concatenate(self.artists), return_inverse=True)
        works = np.bincount(labels, weights=np.concatenate(self.works), minlength=len(names))
        totals = sums_by(np.concatenate(self.sums), labels, len(names))
        return ArtistSums(names, works.astype(int), totals, np.asarray(self.squares))


def sums_by(works: np.ndarray, labels: np.ndarray, groups: int) -> np.ndarray:
    """Return the sums (groups, k) of works (n, k) with each of the labels (n,)."""
    sums = np.zeros((groups, works.shape[1]))
    np.add.at(sums, labels, works)
    return sums
