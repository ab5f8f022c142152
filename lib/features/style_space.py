"""The style space: embeddings brought to one scale, in which artist heads and comparators work.

Each dimension of an embedding is standardised, and each block of it (one depth of the backbone) gets
a total weight that grows with its depth. Nothing is projected away: principal components keep the
works they were fitted to better than new works, which made the intervals of new works too narrow,
and random directions ordered works worse (docs/research/dating.md has the figures).
"""

from dataclasses import dataclass

import numpy as np

CLIP = 6.0  # standard deviations: one odd painting must not stretch a dimension
TILT = 1.5  # weight of depth d is d ** TILT: deeper statistics order works better, chosen on train and val
LARGEST_SAMPLE = 20_000  # rows that means and deviations are computed from


@dataclass(frozen=True)
class StyleSpace:
    """mean, deviation, weight: (dimensions,)."""

    mean: np.ndarray
    deviation: np.ndarray
    weight: np.ndarray

    def positions(self, embeddings: np.ndarray) -> np.ndarray:
        """Return float32 positions (n, dimensions) of embeddings (n, dimensions)."""
        return self.standardise(embeddings) * self.weight

    def standardise(self, embeddings: np.ndarray) -> np.ndarray:
        """Return float32 (n, dimensions): the positions before depths are weighed."""
        return np.clip((embeddings.astype(np.float32) - self.mean) / self.deviation, -CLIP, CLIP)


def fit_style_space(embeddings: np.ndarray, *, blocks: list[int], tilt: float = TILT) -> StyleSpace:
    """Fit the space to training embeddings (n, sum of blocks), blocks being the widths of the depths."""
    rows = np.random.default_rng(0).permutation(len(embeddings))[:LARGEST_SAMPLE]
    sample = embeddings[rows].astype(np.float32)
    return StyleSpace(
        mean=sample.mean(axis=0),
        deviation=np.maximum(sample.std(axis=0), 1e-6),
        weight=np.repeat(np.sqrt(tilted(len(blocks), tilt=tilt) / blocks), blocks).astype(np.float32),
    )


def tilted(depths: int, *, tilt: float) -> np.ndarray:
    """Return the weights (depths,) of all depths, which grow as depth ** tilt and add up to 1."""
    weights = np.arange(1, depths + 1) ** tilt
    return weights / weights.sum()
