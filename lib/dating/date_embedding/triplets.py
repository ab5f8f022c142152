"""Triplets for metric learning (Schroff et al. 2015): an anchor, a positive close in years, a negative far in years."""

from typing import Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

Miner = Literal["all", "hard", "semihard"]
Batching = Literal["random", "artist"]
Triplets = tuple[Tensor, Tensor, Tensor]  # indices of anchors, positives and negatives, (t,) each


def year_triplets(years: Tensor, *, close: int, far: int) -> Triplets:
    """Return all triplets among works of these years (n,).

    A positive is at most `close` years from its anchor, a negative at least `far` years.
    """
    apart = (years[:, None] - years[None, :]).abs()
    positive, negative = (apart <= close).fill_diagonal_(False), apart >= far
    anchors, positives, negatives = torch.nonzero(positive[:, :, None] & negative[:, None, :], as_tuple=True)
    return anchors, positives, negatives


def has_triplet(years: np.ndarray, *, close: int, far: int) -> bool:
    """Tell whether works of these years (n,) hold a triplet; needs no more memory than n²."""
    apart = np.abs(years[:, None] - years[None, :])
    return bool((((apart <= close).sum(axis=1) > 1) & (apart >= far).any(axis=1)).any())


def mine(distances: Tensor, triplets: Triplets, *, miner: Miner, margin: float) -> Triplets:
    """Return the triplets to learn from, given the distances (n, n) between works.

    all: the negative is not farther from the anchor than the positive by more than the margin. Of these, hard: the
    negative is nearer than the positive or as near; semihard: it is farther.
    """
    anchors, positives, negatives = triplets
    gap = distances[anchors, negatives] - distances[anchors, positives]
    taken = gap <= margin
    if miner == "hard":
        taken &= gap <= 0
    elif miner == "semihard":
        taken &= gap > 0
    return anchors[taken], positives[taken], negatives[taken]


def draw_batches(artists: pd.Series, *, batching: Batching, size: int, seed: int, epoch: int) -> np.ndarray:
    """Return the batches of an epoch, (batches, size) row numbers of works by these artists (n,), in random order.

    random: of any works. artist: each of one artist. The works left over, fewer than a batch, wait for another epoch.
    """
    random = np.random.default_rng([seed, epoch])
    rows = np.arange(len(artists))
    groups = list(artists.groupby(artists.to_numpy()).indices.values()) if batching == "artist" else [rows]
    shuffled = [random.permutation(group) for group in groups]
    batches = np.concatenate([group[: len(group) // size * size].reshape(-1, size) for group in shuffled])
    return random.permutation(batches)
