"""Statistics of a network's feature maps that describe style: of each channel, and of every two channels.

They keep texture and palette and drop the layout of the picture.
"""

import numpy as np
import torch
from torch import Tensor

CHANNELS = 112  # of a map that are correlated; one with more is brought down to as many by random signs
SMALLEST = 1e-6  # variance of a channel


def channel_statistics(maps: list[Tensor]) -> list[Tensor]:
    """Describe each feature map by the mean and the standard deviation of every channel.

    These statistics keep texture and palette, where style lives, and drop the layout of the picture (Gatys et al. 2016;
    Huang and Belongie 2017). Returns one float32 (N, 2 C) per map.
    """
    return [torch.cat(moments(feature_map.permute(0, 2, 3, 1).flatten(1, 2)), dim=1) for feature_map in maps]


def moments(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Return float32 mean and standard deviation (N, C) over the pixels of a map (N, pixels, C) of any precision.

    Sums and squares are read straight from the map: to convert it first costs half as much as the network.
    """
    count = pixels.shape[1]
    mean = pixels.mean(dim=1, dtype=torch.float32)
    power = torch.linalg.vector_norm(pixels, dim=1, dtype=torch.float32).square() / count
    return mean, ((power - mean.square()) * (count / (count - 1))).clamp(min=0).sqrt()


def correlations(maps: Tensor) -> Tensor:
    """Return float32 (N, C (C − 1) / 2), the correlation of every two channels of maps (N, C, height, width).

    Similar textures have similar correlations (Gatys et al. 2015). C is at most CHANNELS.
    """
    pixels = narrowed(maps.float().flatten(2))
    pixels = pixels - pixels.mean(dim=2, keepdim=True)
    covariances = pixels @ pixels.mT / pixels.shape[2]
    deviations = covariances.diagonal(dim1=1, dim2=2).clamp(min=SMALLEST).sqrt()
    first, second = torch.triu_indices(pixels.shape[1], pixels.shape[1], 1)
    return (covariances / (deviations[:, :, None] * deviations[:, None, :]))[:, first, second]


def narrowed(pixels: Tensor) -> Tensor:
    """Return (N, C, pixels) with C at most CHANNELS: random signed sums of the channels where there are more."""
    channels = pixels.shape[1]
    if channels <= CHANNELS:
        return pixels
    signs = np.random.default_rng(channels).choice([-1.0, 1.0], (CHANNELS, channels))
    return torch.tensor(signs, dtype=pixels.dtype, device=pixels.device) @ pixels / channels**0.5
