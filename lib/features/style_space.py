"""The style space: embeddings brought to one scale, in which artist heads and comparators work.

Each dimension of an embedding is standardised. In a part of statistics, each depth of the backbone gets a total weight
that grows with its depth; in one of correlations all depths weigh the same. A squared distance is the mean of the
parts' squared distances, in which correlations count half. Parts of tiles weigh as those of the whole picture: that is
a choice, not measured, because no catalogue of large pictures was at hand. A part of very many dimensions is brought
down to random signed sums of them, which keep distances and are fitted to no work: principal components keep the works
they were fitted to better than new works, which made the intervals of new works too narrow (docs/research/dating.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from lib.data.descriptor import DescriptorPart, Kind
from lib.data.provenance import TILT

CLIP = 6.0  # standard deviations: one odd painting must not stretch a dimension
# Of a part, chosen by cross-validation on train and val (docs/research/descriptor.md): its weight in squared distances,
# and the dimensions of its positions at most. Fewer sums of statistics order works worse.
WEIGHTS: Final[dict[Kind, float]] = {"statistics": 1.0, "correlations": 0.5}
SKETCH: Final[dict[Kind, int]] = {"statistics": 8192, "correlations": 2048}
CHUNK = 512  # works that are brought into the space at once: 65 MB of float32 with the default backbones


@dataclass(frozen=True)
class StyleSpace:
    """parts: of an embedding. mean, deviation, weight: (dimensions,) of an embedding."""

    parts: tuple[DescriptorPart, ...]
    mean: np.ndarray
    deviation: np.ndarray
    weight: np.ndarray

    def positions(self, embeddings: np.ndarray) -> np.ndarray:
        """Return float32 positions (n, dimensions of a position) of embeddings (n, dimensions)."""
        width = sum(map(len, self.columns().values()))
        positions = np.empty((len(embeddings), width), dtype=np.float32)
        for first in range(0, len(embeddings), CHUNK):
            positions[first : first + CHUNK] = self._positions(embeddings[first : first + CHUNK])
        return positions

    def _positions(self, embeddings: np.ndarray) -> np.ndarray:
        ends = np.cumsum([sum(part.widths) for part in self.parts])[:-1]
        weighted = np.split(self.weighted(embeddings), ends, axis=1)
        sketches = [
            sketch(vectors, size=SKETCH[part.kind], seed=seed)
            for seed, (part, vectors) in enumerate(zip(self.parts, weighted, strict=True))
        ]
        return np.concatenate(sketches, axis=1)

    def weighted(self, embeddings: np.ndarray) -> np.ndarray:
        """Return float32 (n, dimensions): the positions before wide parts are brought down to fewer dimensions."""
        return self.standardise(embeddings) * self.weight

    def standardise(self, embeddings: np.ndarray) -> np.ndarray:
        """Return float32 (n, dimensions): embeddings before parts and depths are weighed."""
        return np.clip((embeddings.astype(np.float32) - self.mean) / self.deviation, -CLIP, CLIP)

    def columns(self) -> dict[Kind, np.ndarray]:
        """Return the columns of positions that parts of each kind have."""
        kinds = np.concatenate([np.full(min(sum(part.widths), SKETCH[part.kind]), part.kind) for part in self.parts])
        return {kind: np.flatnonzero(kinds == kind) for kind in dict.fromkeys(part.kind for part in self.parts)}


@dataclass(frozen=True)
class DimensionSums:
    """Sums over n embeddings: total, squares: (dimensions,) of the values and of their squares, float64."""

    n: int
    total: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, embeddings: np.ndarray) -> "DimensionSums":
        """Return the sums over embeddings (n, dimensions)."""
        total, squares = np.zeros((2, embeddings.shape[1]))
        for first in range(0, len(embeddings), CHUNK):
            values = embeddings[first : first + CHUNK].astype(np.float64)
            total += values.sum(axis=0)
            squares += (values**2).sum(axis=0)
        return cls(len(embeddings), total, squares)

    def __add__(self, other: "DimensionSums") -> "DimensionSums":
        """Return the sums over the embeddings of both."""
        return DimensionSums(self.n + other.n, self.total + other.total, self.squares + other.squares)


def fit_style_space(embeddings: np.ndarray, *, parts: Sequence[DescriptorPart], tilt: float = TILT) -> StyleSpace:
    """Fit the space to training embeddings (n, dimensions), whose columns are those of `parts`, side by side."""
    return style_space_of(DimensionSums.of(embeddings), parts=parts, tilt=tilt)


def style_space_of(sums: DimensionSums, *, parts: Sequence[DescriptorPart], tilt: float = TILT) -> StyleSpace:
    """Return the space of training embeddings with these sums, whose columns are those of `parts`, side by side."""
    mean = sums.total / sums.n
    variance = np.maximum(sums.squares / sums.n - mean**2, 0)
    widths = [width for part in parts for width in part.widths]
    return StyleSpace(
        parts=tuple(parts),
        mean=mean.astype(np.float32),
        deviation=np.maximum(np.sqrt(variance), 1e-6).astype(np.float32),
        weight=np.repeat(np.sqrt(depth_weights(parts, tilt=tilt) / widths), widths).astype(np.float32),
    )


def drift(space: StyleSpace, other: StyleSpace) -> float:
    """Return how far two spaces of the same parts are apart: the root mean square over the weighed dimensions.

    In standard deviations: the difference of a dimension's means, and of the logarithms of its deviations.
    """
    means = (other.mean - space.mean) / space.deviation
    deviations = np.log(other.deviation / space.deviation)
    return float(np.sqrt(np.average(means**2 + deviations**2, weights=space.weight**2)))


def depth_weights(parts: Sequence[DescriptorPart], *, tilt: float) -> np.ndarray:
    """Return the weights (depths of all parts,) of squared distances, which add up to 1."""
    tilts = [tilt if part.kind == "statistics" else 0.0 for part in parts]
    weights = [
        WEIGHTS[part.kind] * tilted(len(part.widths), tilt=each) for part, each in zip(parts, tilts, strict=True)
    ]
    return np.concatenate(weights) / sum(WEIGHTS[part.kind] for part in parts)


def tilted(depths: int, *, tilt: float) -> np.ndarray:
    """Return the weights (depths,) of all depths, which grow as depth ** tilt and add up to 1."""
    weights = np.arange(1, depths + 1) ** tilt
    return weights / weights.sum()


def sketch(vectors: np.ndarray, *, size: int, seed: int) -> np.ndarray:
    """Return (n, size) whose inner products are about those of vectors (n, width), or the vectors where narrower.

    Every dimension is added to one of `size` sums with a random sign (count sketch; Charikar et al. 2002, Weinberger et
    al. 2009). seed: vectors can be compared where it is the same.
    """
    width = vectors.shape[1]
    return vectors if width <= size else vectors @ signed_sums(width, size=size, seed=seed)


@lru_cache
def signed_sums(width: int, *, size: int, seed: int) -> csr_array:
    """Return a matrix (width, size) that adds each dimension to one of the sums, always the same one."""
    random = np.random.default_rng(seed)
    signs, sums = random.choice(np.array([-1, 1], dtype=np.float32), width), random.integers(size, size=width)
    return csr_array((signs, (np.arange(width), sums)), shape=(width, size))
