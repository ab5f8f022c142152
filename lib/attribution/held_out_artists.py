"""Models that never saw some of the artists, and works that they did not learn from, to fit calibrations to."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lib.attribution.two_covariance import TwoCovariance, fit_two_covariance

FEWEST_ARTISTS = 10  # that a calibration takes: what distinguishes fewer says little of others
MOST_ARTISTS = 200  # of either kind whose works are drawn from in one fold: more would calibrate no better
HELD_OUT = 0.2  # share of the artists that a model does not see, another fifth in every fold


@dataclass(frozen=True)
class HeldOutArtists:
    """A model, and works that it did not learn from.

    coordinates: (n, m) of the works. artists: (n,). unknown: (n,) whether the model never saw the artist.
    """

    model: TwoCovariance
    coordinates: np.ndarray
    artists: np.ndarray
    unknown: np.ndarray

    def rows_by_artist(self, *, unknown: bool) -> dict[str, np.ndarray]:
        """Return the rows of the works of each artist whom the model never saw, or of each that it knows.

        Of more than MOST_ARTISTS artists, so many are drawn at random.
        """
        names = np.random.default_rng(0).permutation(np.unique(self.artists[self.unknown == unknown]))[:MOST_ARTISTS]
        return {str(name): np.flatnonzero(self.artists == name) for name in names}


def held_out_artists(positions: np.ndarray, artists: np.ndarray, *, val: np.ndarray) -> Iterator[HeldOutArtists]:
    """Yield a model for each fifth of the artists, which never saw their works, nor any val works.

    positions: (n, dimensions). artists: (n,). val: (n,) true for the val works. Its works are all of the artists held
    out, and the val works of the others. Nothing is yielded for fewer than FEWEST_ARTISTS artists.
    """
    names = np.random.default_rng(0).permutation(np.unique(artists))
    if len(names) < FEWEST_ARTISTS:
        return
    count = round(HELD_OUT * len(names))
    for fold in range(round(1 / HELD_OUT)):
        unknown = np.isin(artists, names[fold * count : (fold + 1) * count])
        learned = ~unknown & ~val
        if unknown.any() and learned.sum() > 1:
            model = fit_two_covariance(positions[learned], artists[learned])
            works = unknown | (val & np.isin(artists, model.artists))
            yield HeldOutArtists(model, model.coordinates(positions[works]), artists[works], unknown[works])
