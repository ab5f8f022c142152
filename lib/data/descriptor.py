"""What embeddings are: the parts of a descriptor, side by side, and the frozen networks that give them."""

from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

Kind = Literal["statistics", "correlations"]
Precision = Literal["bf16", "float32", "half"]
KINDS: Final[tuple[Kind, ...]] = ("statistics", "correlations")
STATISTICS: Final[tuple[Kind, ...]] = ("statistics",)
INSTALLED_WEIGHTS: Final = "installed"  # weights that come with an installed package


class DescriptorPart(BaseModel):
    """One kind of numbers by one backbone.

    statistics: mean and deviation of every channel. correlations: of every two channels, or signed sums of them.
    widths: numbers of each depth, in order. tiles: 0 for numbers of the whole picture, else of so many tiles of it, the
    mean (lib/features/tiles.py).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str
    kind: Kind
    widths: tuple[int, ...]
    tiles: int = 0


class BackboneSource(BaseModel):
    """A frozen network, so that later processes use the same.

    weights: where they came from: `installed`, a file's name, or an address. checksum: SHA-256 of the loaded tensors.
    size: side of the square input, in pixels. licence: of the weights. precision: that the embeddings were made in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    weights: str
    checksum: str
    size: int
    licence: str
    precision: Precision

    def weights_file(self, folder: Path) -> Path:
        """Return the file in a folder of embeddings or models that keeps the weights no installed package has."""
        return folder / "backbones" / f"{self.name}-{self.checksum[:12]}.safetensors"


class EmbeddingsManifest(BaseModel):
    """What embeddings are.

    dataset: fingerprint of the paintings. short_side: of their images, pixels at most. parts: their columns lie side by
    side in this order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    short_side: int
    views: int
    backbones: tuple[BackboneSource, ...]
    parts: tuple[DescriptorPart, ...]

    @property
    def backbone(self) -> str:
        """Return the names of the backbones, joined by +."""
        return joined_name(self.backbones)

    @property
    def blocks(self) -> tuple[int, ...]:
        """Return the widths of all depths of all parts, in the order of the columns."""
        return depth_widths(self.parts)

    def columns(self, kinds: Collection[Kind]) -> np.ndarray:
        """Return the columns (n,) of the parts of these kinds."""
        kept = [np.full(sum(part.widths), part.kind in kinds) for part in self.parts]
        return np.flatnonzero(np.concatenate(kept))

    def of_kinds(self, kinds: Collection[Kind]) -> "EmbeddingsManifest":
        """Return the manifest of the embeddings that have the parts of these kinds alone."""
        return self.model_copy(update={"parts": tuple(part for part in self.parts if part.kind in kinds)})

    def in_precision(self, precision: Precision) -> "EmbeddingsManifest":
        """Return the manifest of the same embeddings made in another precision."""
        backbones = tuple(source.model_copy(update={"precision": precision}) for source in self.backbones)
        return self.model_copy(update={"backbones": backbones})


def tiles_of(parts: Collection[DescriptorPart]) -> int:
    """Return the number of tiles that some of the parts describe, 0 where all describe the whole picture."""
    return max((part.tiles for part in parts), default=0)


def joined_name(backbones: Collection[BackboneSource]) -> str:
    """Return the names of backbones, joined by +."""
    return "+".join(source.name for source in backbones)


def depth_widths(parts: Collection[DescriptorPart]) -> tuple[int, ...]:
    """Return the widths of all depths of all parts, in the order of the columns."""
    return tuple(width for part in parts for width in part.widths)
