"""Pairs of works, and the order of works that predictions of the newer work of each pair give."""

from typing import Literal

import numpy as np

Kind = Literal["random", "same_artist", "one_artist"]


def draw_pairs(artists: np.ndarray, years: np.ndarray, *, same_artist: bool, count: int, seed: int) -> np.ndarray:
    """Return `count` random pairs (count, 2) of row numbers, of works of different years.

    artists, years: (n,) of the works. same_artist: draw both works of a pair from a single artist, weighting artists by
    their number of pairs; else from all works. Raises ValueError where no two works of different years can be drawn.
    """
    random = np.random.default_rng(seed)
    groups = (
        [np.flatnonzero(artists == artist) for artist in np.unique(artists)] if same_artist else [np.arange(len(years))]
    )
    groups = [rows for rows in groups if len(np.unique(years[rows])) > 1]
    if not groups:
        raise ValueError("there are no two works of different years to learn from")
    weights = np.array([len(rows) * (len(rows) - 1) for rows in groups], dtype=float)
    pairs = np.empty((0, 2), dtype=int)
    while len(pairs) < count:
        drawn_groups = random.choice(len(groups), size=count, p=weights / weights.sum())
        drawn = np.array([random.choice(groups[group], size=2, replace=False) for group in drawn_groups])
        pairs = np.concatenate([pairs, drawn[years[drawn[:, 0]] != years[drawn[:, 1]]]])
    return pairs[:count]


def all_pairs(works: int, *, seed: int) -> np.ndarray:
    """Return every pair (pairs, 2) of this number of works once, in a random direction."""
    pairs = np.stack(np.triu_indices(works, k=1), axis=1)
    swapped = np.random.default_rng(seed).random(len(pairs)) < 0.5
    return np.where(swapped[:, None], pairs[:, ::-1], pairs)


def newer(pairs: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return 1 for the pairs (m, 2) whose first work is newer than the second, 0 for others; years: (n,) of works."""
    return (years[pairs[:, 0]] > years[pairs[:, 1]]).astype(np.int64)


def row_sums(pairs: np.ndarray, probabilities: np.ndarray, *, works: int) -> np.ndarray:
    """Return the score (works,) that the source study sorts by: the sum of a work's probabilities of being newer.

    pairs: (m, 2). probabilities: (m,) that the first of each pair is newer.
    """
    scores = np.zeros(works)
    np.add.at(scores, pairs[:, 0], probabilities)
    np.add.at(scores, pairs[:, 1], 1 - probabilities)
    return scores
