"""From pictures to embeddings: prepare the pixels, run the backbones, keep statistics of their maps."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from lib.data.descriptor import KINDS, BackboneSource, DescriptorPart, Kind, Precision, tiles_of
from lib.data.images import square
from lib.features.backbones import Backbone, best_precision, freeze, restore
from lib.features.networks import Network
from lib.features.statistics import describe
from lib.features.tiles import tile_boxes
from lib.infra.errors import UserError

GPU_BATCH, CPU_BATCH = 64, 4  # pictures; four fit a processor's cache
FLOAT16_MAX = float(np.finfo(np.float16).max)


def check_tiles(tiles: int, networks: Sequence[Network], *, short_side: int) -> None:
    """Raise UserError where there can be no such tiles of pictures that are stored with this short side (pixels)."""
    largest = max(networks, key=lambda network: network.size)
    if tiles and short_side < largest.size:
        raise UserError(
            f"the paintings are stored with a short side of {short_side} pixels, and a tile of {largest.name} has "
            f"{largest.size}; ingest them with --short-side {largest.size} or more"
        )


class Embedder:
    """Backbones in memory that turn pictures into embeddings: the parts of each backbone, side by side.

    With tiles, each backbone describes the whole picture, and then so many tiles of it, of which the mean is kept.
    """

    def __init__(self, backbones: Sequence[Backbone], *, kinds: Collection[Kind] = KINDS, tiles: int = 0) -> None:
        """Take backbones of one device, the kinds of parts that are computed, and the number of tiles."""
        self.backbones, self.kinds, self.tiles = backbones, kinds, tiles

    @classmethod
    def of(cls, networks: Sequence[Network], *, kinds: Collection[Kind] = KINDS, tiles: int = 0) -> "Embedder":
        """Return an embedder with frozen copies of networks, on the GPU where there is one."""
        device = best_device()
        backbones = [freeze(network, device=device, precision=best_precision(device)) for network in networks]
        return cls(backbones, kinds=kinds, tiles=tiles)

    @classmethod
    def restore(
        cls,
        sources: Sequence[BackboneSource],
        *,
        folder: Path,
        parts: Collection[DescriptorPart],
        precision: Precision | None = None,
    ) -> "Embedder":
        """Return an embedder with the backbones that `sources` describe, on the GPU where there is one.

        folder: of the embeddings or the models, which keeps the weights that no installed package has. parts: that it
        computes. precision: by default the fastest. Raises UserError where weights are missing or others.
        """
        device = best_device()
        precision = precision or best_precision(device)
        backbones = [restore(source, folder=folder, device=device, precision=precision) for source in sources]
        return cls(backbones, kinds={part.kind for part in parts}, tiles=tiles_of(parts))

    def parts(self) -> tuple[DescriptorPart, ...]:
        """Return the parts that make up an embedding."""
        parts = []
        for backbone in self.backbones:
            blank = np.zeros((1, backbone.size, backbone.size, 3), dtype=np.uint8)
            described = self.describe(backbone, blank)
            for tiles in (0, self.tiles) if self.tiles else (0,):
                for kind, depths in described.items():
                    widths = tuple(depth.shape[1] for depth in depths)
                    parts.append(DescriptorPart(backbone=backbone.source.name, kind=kind, widths=widths, tiles=tiles))
        return tuple(parts)

    def describe(self, backbone: Backbone, pixels: np.ndarray) -> dict[Kind, list[np.ndarray]]:
        """Return float32 (n, width) for each depth, by kind of part, for uint8 pixels (n, size, size, 3)."""
        with torch.inference_mode():
            maps = backbone.feature_maps(torch.from_numpy(pixels).to(backbone.mean.device))
            parts = describe(maps, stage_ends=backbone.stage_ends, kinds=self.kinds)
            return {kind: [depth.cpu().numpy() for depth in depths] for kind, depths in parts.items()}

    def embed(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return float16 (images, dimensions); at least one image."""
        return np.concatenate([self.embed_with(backbone, images) for backbone in self.backbones], axis=1)

    def embed_with(self, backbone: Backbone, images: Sequence[Image.Image]) -> np.ndarray:
        """Return the columns of one backbone, float16 (images, dimensions), values beyond its range at the limit."""
        columns = np.concatenate(list(self.vectors(backbone, images)))
        if self.tiles:
            columns = np.concatenate([columns, self.means_of_tiles(backbone, images)], axis=1)
        return columns.clip(-FLOAT16_MAX, FLOAT16_MAX).astype(np.float16)

    def means_of_tiles(self, backbone: Backbone, images: Sequence[Image.Image]) -> np.ndarray:
        """Return float32 (images, numbers), the mean over the tiles of each picture.

        Tiles of several pictures share a batch, and only those of one batch are in memory.
        """
        size = backbone.size
        boxes = [tile_boxes(image.width, image.height, size=size, number=self.tiles) for image in images]
        tiles = (image.crop(box) for image, of_image in zip(images, boxes, strict=True) for box in of_image)
        counts = np.array([len(of_image) for of_image in boxes])
        rows = iter(np.repeat(np.arange(len(images)), counts))
        sums: list[np.ndarray | float] = [0.0] * len(images)
        for vectors in self.vectors(backbone, tiles):
            for vector in vectors:
                sums[next(rows)] += vector
        return np.stack(sums) / counts[:, None].astype(np.float32)

    def vectors(self, backbone: Backbone, images: Iterable[Image.Image]) -> Iterator[np.ndarray]:
        """Yield float32 (n, numbers) of one batch of pictures after another, each seen as a square."""
        pixels = (square(image, size=backbone.size) for image in images)
        while batch := list(islice(pixels, batch_size())):
            described = self.describe(backbone, np.stack(batch))
            yield np.concatenate([depth for depths in described.values() for depth in depths], axis=1)


def batch_size() -> int:
    """Return how many pictures pass through a backbone together."""
    return GPU_BATCH if best_device() == "cuda" else CPU_BATCH


def best_device() -> str:
    """Return cuda where there is a GPU, else cpu."""
    return "cuda" if torch.cuda.is_available() else "cpu"
