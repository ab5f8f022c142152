"""Views of a painting: the full view, or the random views that a network learns from.

Ray tasks draw them: what this module imports, each of their processes imports.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from torchvision.transforms import v2

from lib.data.images import decode_rgb, square
from lib.data.paintings import read_part
from lib.training.cached_views import PartRows, with_labels


def augment(pixels: Tensor, *, size: int) -> Tensor:
    """Return a random view (3, size, size) of uint8 pixels (3, height, width): cropped, mirrored or not, recoloured.

    The crops are those of Szegedy et al. 2015, of at least 0.35 of the painting. Draws on torch's random state.
    """
    crop = v2.RandomResizedCrop(size, scale=(0.35, 1.0), antialias=True)
    colour = v2.ColorJitter(brightness=0.1, contrast=0.1, saturation=0.1)
    return v2.Compose([crop, v2.RandomHorizontalFlip(), colour])(pixels)


def full_view(jpeg: bytes, *, size: int) -> np.ndarray:
    """Return the whole painting as uint8 (size, size, 3)."""
    return square(decode_rgb(jpeg), size=size)


def random_view(jpeg: bytes, *, size: int, seed: str) -> np.ndarray:
    """Return a random view as uint8 (size, size, 3), always the same one for `seed`; random states stay as they are."""
    square_pixels = square(decode_rgb(jpeg), size=size * 8 // 7)  # a little larger than the view, to crop from
    pixels = torch.from_numpy(square_pixels.copy()).permute(2, 0, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:7]))
        return augment(pixels, size=size).permute(1, 2, 0).numpy()


def draw_views(
    rows: PartRows, *, paintings: Path, splits: Sequence[str], artists: Sequence[str], size: int, seed: str
) -> pa.Table:
    """Return `input` (pixels) and `label` of the works of these splits and artists in one part of the paintings.

    paintings: folder of the parts. seed: the random views depend on it and on the painting's id.
    """
    columns = ["painting_id", "artist", "image"]
    table = read_part(paintings / rows.part, columns=columns, splits=splits, artists=artists)
    table = table.slice(rows.first, rows.last - rows.first)
    works = zip(table["painting_id"].to_pylist(), table["image"].to_pylist(), strict=True)
    pixels = [
        random_view(jpeg, size=size, seed=f"{name} {seed}") if rows.view else full_view(jpeg, size=size)
        for name, jpeg in works
    ]
    inputs = pa.array([view.tobytes() for view in pixels], pa.binary())
    return with_labels(table.append_column("input", inputs), artists=artists)
