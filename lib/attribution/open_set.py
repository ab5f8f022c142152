"""Open-set recognition: is a work, or a set of works, by an artist that the models know?

The score is the largest log-likelihood ratio of the two-covariance model: that a known artist made the works rather
than one without known works. Unlike a probability, it does not add up to 1 over the known artists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

from lib.attribution.two_covariance import TwoCovariance, fit_two_covariance

SETS_PER_ARTIST = 20  # drawn for each size
SET_SIZES = (1, 2, 3, 5, 10, 20)
FEWEST_ARTISTS = 10  # that a calibration takes: what distinguishes fewer says little of others
HELD_OUT = 0.2  # share of the artists that a calibration holds out, another fifth in every fold

Verdict = Literal["known", "unknown"]


@dataclass(frozen=True)
class SetRejection:
    """How well sets of `size` works of one artist show whether the artist is known.

    threshold: of the score, below which the artist counts as unknown; it makes the sum of both error rates smallest
    (Youden 1950). auroc: chance that a set by an unknown artist has a lower score than one by a known artist.
    unknown_passed, known_rejected: error rates at the threshold.
    """

    size: int
    threshold: float
    auroc: float
    unknown_passed: float
    known_rejected: float
    unknown_sets: int
    known_sets: int


@dataclass(frozen=True)
class ScoredSet:
    """The score of a set of `size` works of one artist. unknown: whether the model never saw the artist."""

    size: int
    score: float
    unknown: bool


def score(model: TwoCovariance, positions: np.ndarray) -> float:
    """Return the score of a set of works (n, dimensions): the higher, the surer their artist is known."""
    return float(model.set_log_likelihood_ratios(positions).max())


def verdict(score: float, works: int, *, by_size: Sequence[SetRejection]) -> Verdict:
    """Return whether a set of works with this score is by a known artist; `known` where nothing was calibrated.

    The threshold is that of the largest calibrated size that is not larger than the set.
    """
    thresholds = [row.threshold for row in by_size if row.size <= works]
    return "unknown" if thresholds and score < thresholds[-1] else "known"


def calibrate_on_held_out_artists(positions: np.ndarray, artists: np.ndarray, *, val: np.ndarray) -> list[SetRejection]:
    """Measure models that never saw a fifth of the artists, and choose a threshold for each size of a set.

    positions: (n, dimensions). artists: (n,). val: (n,) true for the val works, which no model sees. Known are the val
    works of artists that a model learned, unknown all works of those held out. Empty for fewer than FEWEST_ARTISTS.
    """
    names = np.random.default_rng(0).permutation(np.unique(artists))
    if len(names) < FEWEST_ARTISTS:
        return []
    count = round(HELD_OUT * len(names))
    scores: list[ScoredSet] = []
    for fold in range(round(1 / HELD_OUT)):
        held_out = names[fold * count : (fold + 1) * count]
        scores += score_held_out(positions, artists, val=val, held_out=held_out)
    rows = []
    for size in SET_SIZES:
        unknown = np.array([row.unknown for row in scores if row.size == size], dtype=bool)
        if unknown.any() and not unknown.all():
            rows.append(set_rejection(size, np.array([row.score for row in scores if row.size == size]), unknown))
    return rows


def score_held_out(
    positions: np.ndarray, artists: np.ndarray, *, val: np.ndarray, held_out: np.ndarray
) -> Iterator[ScoredSet]:
    """Yield the scores of sets of works by a model that never saw the artists `held_out`."""
    unknown = np.isin(artists, held_out)
    learned = ~unknown & ~val
    if not unknown.any() or not learned.any():
        return
    model = fit_two_covariance(positions[learned], artists[learned])
    queries = unknown | (val & np.isin(artists, model.artists))
    coordinates, random = model.coordinates(positions[queries]), np.random.default_rng(0)
    for size in SET_SIZES:
        for works in draw_sets(artists[queries], size=size, random=random):
            ratios = model.ratios_of_sums(size, coordinates[works].sum(axis=0))
            yield ScoredSet(size, float(ratios.max()), unknown=bool(unknown[queries][works[0]]))


def set_rejection(size: int, scores: np.ndarray, unknown: np.ndarray) -> SetRejection:
    """Return how well the scores (n,) of sets of `size` works separate those of unknown artists (n,) from others."""
    passed, kept, thresholds = roc_curve(~unknown, scores)
    best = int(np.argmax(kept - passed))
    return SetRejection(
        size=size,
        threshold=float(thresholds[best]),
        auroc=float(roc_auc_score(~unknown, scores)),
        unknown_passed=float(passed[best]),
        known_rejected=float(1 - kept[best]),
        unknown_sets=int(unknown.sum()),
        known_sets=int((~unknown).sum()),
    )


def draw_sets(artists: np.ndarray, *, size: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield the rows (size,) of SETS_PER_ARTIST random sets of each artist, of artists (n,), with enough works."""
    for artist in np.unique(artists):
        works = np.flatnonzero(artists == artist)
        if len(works) >= size:
            for _ in range(SETS_PER_ARTIST):
                yield random.choice(works, size, replace=False)
