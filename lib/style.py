"""The style space: embeddings brought to a few hundred comparable dimensions, once for all models.

Each dimension of an embedding is standardised, each block of it (one depth of the backbone) gets a
total weight that grows with its depth, and principal components keep what varies. Artist heads and comparators
work with positions and distances in this space.
"""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.decomposition import PCA

CLIP = 6.0  # standard deviations: one odd painting must not stretch a dimension
TILT = 1.5  # weight of depth d is d ** TILT: deeper statistics order works better, chosen on train and val
CHUNK = 4096  # rows brought to float32 at a time
LARGEST_SAMPLE = 20_000  # rows that the principal components are computed from


@dataclass(frozen=True)
class StyleSpace:
    """mean, deviation, weight: (dimensions,).

    components: (k, dimensions) and offset: (k,), scaled so that positions have unit variance overall.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weight: np.ndarray
    components: np.ndarray
    offset: np.ndarray

    def standardise(self, embeddings: np.ndarray) -> np.ndarray:
        """Return float32 embeddings (n, dimensions) with every block at its weight."""
        standard = (embeddings.astype(np.float32) - self.mean) / self.deviation
        return np.clip(standard, -CLIP, CLIP) * self.weight

    def project(self, embeddings: np.ndarray) -> np.ndarray:
        """Return float32 positions (n, k) of embeddings (n, dimensions)."""
        rows = range(0, len(embeddings), CHUNK)
        parts = [self.standardise(embeddings[row : row + CHUNK]) @ self.components.T - self.offset for row in rows]
        return np.concatenate(parts).astype(np.float32)


def fit_style_space(embeddings: np.ndarray, *, blocks: list[int], dimensions: int = 512) -> StyleSpace:
    """Fit the space to training embeddings (n, sum of blocks), blocks being the widths of the depths."""
    sample = embeddings[np.random.default_rng(0).permutation(len(embeddings))[:LARGEST_SAMPLE]].astype(np.float32)
    space = StyleSpace(
        mean=sample.mean(axis=0),
        deviation=np.maximum(sample.std(axis=0), 1e-6),
        weight=np.repeat(np.sqrt(np.arange(1, len(blocks) + 1) ** TILT / blocks).astype(np.float32), blocks),
        components=np.empty(0),
        offset=np.empty(0),
    )
    standard = space.standardise(sample)
    pca = PCA(n_components=min(dimensions, *standard.shape), svd_solver="randomized", random_state=0).fit(standard)
    components = pca.components_ / np.sqrt(pca.explained_variance_.mean())
    return replace(space, components=components, offset=components @ pca.mean_)
