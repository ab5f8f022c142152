"""Models that never saw some of the artists, and works that they did not learn from, to fit calibrations to."""

from dataclasses import dataclass

import numpy as np

from lib.attribution.two_covariance import ArtistSums, Projection, TwoCovariance, fit_projection, two_covariance_of
from lib.features.placed_works import LearnableWorks, PlacedWorks, map_works
from lib.infra.progress import track

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
        """Return the rows of the works of each artist whom the model never saw, or of each that it knows."""
        names = drawn_artists(self.artists[self.unknown == unknown])
        return {str(name): np.flatnonzero(self.artists == name) for name in names}


@dataclass(frozen=True)
class Fold:
    """Which works a model learns from and which it is asked about.

    unknown: artists whom it does not see. asked: artists whose works, of the known ones the val works, it is asked
    about. projection: of its model.
    """

    unknown: np.ndarray
    asked: np.ndarray
    projection: Projection

    def learns(self, works: PlacedWorks) -> np.ndarray:
        """Return (n,) whether the model learns from each of the works."""
        return ~works.val & ~np.isin(works.artists, self.unknown)

    def asks(self, works: LearnableWorks) -> np.ndarray:
        """Return (n,) whether the model is asked about each of the works."""
        return np.isin(works.artists, self.asked) & (works.val | np.isin(works.artists, self.unknown))


def held_out_artists(works: LearnableWorks, *, sample: PlacedWorks) -> list[HeldOutArtists]:
    """Return a model for each fifth of the artists, which never saw their works, nor any val works.

    sample: of works, for principal components. The works of a model are those of the artists held out, and the val
    works of the others, of MOST_ARTISTS of each at most. There is none for fewer than FEWEST_ARTISTS artists.
    """
    folds = plan_folds(works, sample)
    if not folds:
        return []
    batches = map_works(sums_of_folds, works, label="held-out artists", folds=folds)
    sums = [ArtistSums.joined(each) for each in zip(*batches, strict=True)]
    models = [two_covariance_of(fold.projection, each) for fold, each in zip(folds, sums, strict=True)]
    asked = works.where(np.any([fold.asks(works) for fold in folds], axis=0))
    answered = [
        list(each)
        for each in zip(*map_works(asked_works, asked, label="held-out works", folds=folds, models=models), strict=True)
    ]
    return [
        HeldOutArtists(
            model,
            np.concatenate([coordinates for coordinates, _ in each]),
            artists := np.concatenate([names for _, names in each]),
            unknown=np.isin(artists, fold.unknown),
        )
        for fold, model, each in zip(folds, models, answered, strict=True)
    ]


def plan_folds(works: LearnableWorks, sample: PlacedWorks) -> list[Fold]:
    """Return the folds of the works."""
    artists = works.artists
    names = np.random.default_rng(0).permutation(np.unique(artists))
    if len(names) < FEWEST_ARTISTS:
        return []
    count, folds = round(HELD_OUT * len(names)), []
    numbers = range(round(1 / HELD_OUT))
    for number in track(numbers, "held-out artists: components", total=len(numbers), unit="folds", brief=True):
        unknown = names[number * count : (number + 1) * count]
        is_unknown = np.isin(artists, unknown)
        learned = ~is_unknown & ~works.val
        asked = works.val & np.isin(artists, artists[learned])
        sampled = ~np.isin(sample.artists, unknown) & ~sample.val
        if is_unknown.any() and sampled.sum() > 1:
            drawn = np.concatenate([drawn_artists(artists[is_unknown]), drawn_artists(artists[asked])])
            folds.append(Fold(unknown, drawn, fit_projection(sample.positions[sampled])))
    return folds


def drawn_artists(artists: np.ndarray) -> np.ndarray:
    """Return the names among artists (n,), of more than MOST_ARTISTS so many at random."""
    return np.random.default_rng(0).permutation(np.unique(artists))[:MOST_ARTISTS]


def sums_of_folds(works: PlacedWorks, folds: list[Fold]) -> list[ArtistSums]:
    """Return the sums over the works in a batch that each fold's model learns from."""
    return [
        ArtistSums.of(fold.projection.directions(works.positions[rows]), works.artists[rows])
        for fold in folds
        for rows in [fold.learns(works)]
    ]


def asked_works(
    works: PlacedWorks, folds: list[Fold], models: list[TwoCovariance]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return coordinates (n, m) and artists (n,) of the works in a batch that each fold's model is asked about."""
    return [
        (model.coordinates(works.positions[rows]), works.artists[rows])
        for fold, model in zip(folds, models, strict=True)
        for rows in [fold.asks(works)]
    ]
