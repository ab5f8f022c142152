"""Views of a painting: the whole of it, or random parts of it as a network learns from."""

import hashlib

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2

from lib.embeddings import square
from lib.images import decode_rgb


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
