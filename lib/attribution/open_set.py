"""Open-set recognition: is a work, or a set of works, by an artist that the models know?

The evidence is the largest log-likelihood ratio of the two-covariance model: that a known artist made the works rather
than one without known works. Unlike a probability of artists, it does not add up to 1 over those who are known.
"""

from collections.abc import Iterator

import numpy as np

from lib.attribution.held_out_artists import HeldOutArtists
from lib.attribution.likelihood_ratio import Trials
from lib.attribution.two_covariance import TwoCovariance, WorkSets
from lib.attribution.verification import RATIO_SCALE, draws, trials_of

SETS_PER_ARTIST = 20  # drawn for each size
SET_SIZES = (1, 2, 3, 5, 10, 20)


def known_evidence(model: TwoCovariance, sets: WorkSets) -> np.ndarray:
    """Return (sets, 2): that each set is by a known artist."""
    best = np.concatenate([model.known_ratios(chunk).max(axis=1) for chunk in sets.chunks(artists=len(model.works))])
    return np.column_stack([best / RATIO_SCALE, np.log(sets.works)])


def known_trials(fold: HeldOutArtists, *, number: int) -> Trials:
    """Return trials with val works of known artists and works of artists never seen. number: of the fold."""
    sets: list[np.ndarray] = []
    true: list[bool] = []
    for unknown in (False, True):
        drawn = list(draw_sets(fold.rows_by_artist(unknown=unknown)))
        sets += drawn
        true += [not unknown] * len(drawn)
    asked = WorkSets.of(fold.coordinates, sets)
    return trials_of(known_evidence(fold.model, asked), true, sizes=asked.works, fold=fold, number=number)


def draw_sets(works: dict[str, np.ndarray]) -> Iterator[np.ndarray]:
    """Yield SETS_PER_ARTIST random sets of each size of each artist's works, where there are as many."""
    random = np.random.default_rng(0)
    for rows in works.values():
        for size in SET_SIZES:
            yield from draws(rows, size=size, times=SETS_PER_ARTIST, random=random)
