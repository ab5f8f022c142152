"""Triplets by year (Schroff et al. 2015): an anchor, a positive close to it in years, and a negative far from it."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from lib.dating.date_embedding.recipe import Batching, Miner

Triplets = tuple[Tensor, Tensor, Tensor]  # indices of anchors, positives and negatives, (t,) each


def year_triplets(years: Tensor, *, close: int, far: int) -> Triplets:
    """Return all triplets among works of these years (n,).

    A positive is at most `close` years from its anchor, a negative at least `far` years.
    """
    gaps = (years[:, None] - years[None, :]).abs()
    positive, negative = (gaps <= close).fill_diagonal_(False), gaps >= far
    anchors, positives, negatives = torch.nonzero(positive[:, :, None] & negative[:, None, :], as_tuple=True)
    return anchors, positives, negatives


def has_triplet(years: np.ndarray, *, close: int, far: int) -> bool:
    """Return whether works of these years (n,) hold a triplet, in O(n) memory."""
    if not len(years):
        return False
    years = np.sort(years)
    nearby = np.searchsorted(years, years + close, side="right") - np.searchsorted(years, years - close, side="left")
    has_positive, has_negative = nearby > 1, (years - years[0] >= far) | (years[-1] - years >= far)
    return bool((has_positive & has_negative).any())


def mine(distances: Tensor, triplets: Triplets, *, miner: Miner, margin: float) -> Triplets:
    """Return the triplets that contribute to the loss, given the distances (n, n) between works.

    all: the negative is at most `margin` farther from the anchor than the positive. Of these, hard: the negative is
    not farther than the positive; semihard: it is farther.
    """
    anchors, positives, negatives = triplets
    gap = distances[anchors, negatives] - distances[anchors, positives]
    active = gap <= margin
    if miner == "hard":
        active &= gap <= 0
    elif miner == "semihard":
        active &= gap > 0
    return anchors[active], positives[active], negatives[active]


def draw_batches(artists: pd.Series, *, batching: Batching, batch_size: int, seed: int, epoch: int) -> np.ndarray:
    """Return the batches of an epoch in random order: row numbers (batches, batch_size) of works by `artists` (n,).

    random: a batch holds works of any artist; artist: of a single artist. Remainders smaller than a batch are dropped.
    """
    random = np.random.default_rng([seed, epoch])
    rows = np.arange(len(artists))
    groups = list(artists.groupby(artists.to_numpy()).indices.values()) if batching == "artist" else [rows]
    shuffled = [random.permutation(group) for group in groups]
    full = [group[: len(group) // batch_size * batch_size].reshape(-1, batch_size) for group in shuffled]
    return random.permutation(np.concatenate(full))
