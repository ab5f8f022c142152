"""Views of a painting: the whole of it, or random parts of it as a network learns from.

Ray Data tasks draw them: what this module imports, each of their processes imports.
"""

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from torchvision.transforms import v2

from lib.data.dataset import read_part
from lib.data.images import decode_rgb, square
from lib.infra.paths import parse_path
from lib.training.cached_views import with_labels


def augment(pixels: Tensor, *, size: int) -> Tensor:
    """Return a random view (3, size, size) of uint8 pixels (3, height, width): a crop, mirrored or not, recoloured.

    The crops are those of Szegedy et al. 2015, not smaller than 0.35 of the painting. Draws on torch's random state.
    """
    crop = v2.RandomResizedCrop(size, scale=(0.35, 1.0), antialias=True)
    colour = v2.ColorJitter(brightness=0.1, contrast=0.1, saturation=0.1)
    return v2.Compose([crop, v2.RandomHorizontalFlip(), colour])(pixels)


def view_pixels(jpeg: bytes, *, size: int, seed: str | None, whole: bool) -> np.ndarray:
    """Return uint8 (size, size, 3): the whole painting, or a random view of it, always the same for one `seed`."""
    if whole:
        return square(decode_rgb(jpeg), size=size)
    pixels = torch.from_numpy(square(decode_rgb(jpeg), size=size * 8 // 7).copy()).permute(2, 0, 1)
    if seed is not None:
        torch.manual_seed(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:7]))
    return augment(pixels, size=size).permute(1, 2, 0).numpy()


def draw_views(
    batch: dict[str, Any], *, splits: tuple[str, ...], whole: bool, size: int, artists: list[str]
) -> pa.Table:
    """Return the pixels of new random views of the works of these splits in one part, or of the whole works."""
    table = read_part(parse_path(batch["item"][0]), columns=["artist", "image"], splits=splits)
    torch.seed()  # every process would start with the same one
    jpegs = table["image"].to_pylist()
    pixels = [view_pixels(jpeg, size=size, seed=None, whole=whole).tobytes() for jpeg in jpegs]
    return with_labels(table.append_column("input", pa.array(pixels, pa.binary())), artists=artists)
