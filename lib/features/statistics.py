"""Statistics of a network's feature maps that describe style: of each channel, and of every two channels.

They keep texture and palette and drop the layout of the picture.
"""

from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor

from lib.data.descriptor import Kind

CHANNELS = 112  # of a map that are correlated; one with more is brought down to as many by random signs
DESCRIBED_CHANNELS = 64  # the same for descriptors of paintings
SMALLEST = 1e-6  # variance of a channel


def describe(
    maps: Sequence[Tensor], *, stage_ends: Collection[int], kinds: Collection[Kind]
) -> dict[Kind, list[Tensor]]:
    """Return the float32 numbers (N, width) of each depth, by kind, for a network's maps (N, C, height, width).

    Statistics are of every map, correlations of those whose index is in `stage_ends`.
    """
    parts: dict[Kind, list[Tensor]] = {}
    if "statistics" in kinds:
        parts["statistics"] = channel_statistics(maps)
    if "correlations" in kinds:
        parts["correlations"] = [correlations(maps[end], most=DESCRIBED_CHANNELS) for end in stage_ends]
    return parts


def channel_statistics(maps: Sequence[Tensor]) -> list[Tensor]:
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


def correlations(maps: Tensor, *, most: int = CHANNELS) -> Tensor:
    """Return float32 (N, C (C − 1) / 2), the correlation of every two channels of maps (N, C, height, width).

    Similar textures have similar correlations (Gatys et al. 2015). C is at most `most`.
    """
    pixels = narrowed(maps.float().flatten(2), most=most)
    pixels = pixels - pixels.mean(dim=2, keepdim=True)
    covariances = pixels @ pixels.mT / pixels.shape[2]
    deviations = covariances.diagonal(dim1=1, dim2=2).clamp(min=SMALLEST).sqrt()
    first, second = torch.triu_indices(pixels.shape[1], pixels.shape[1], 1)
    return (covariances / (deviations[:, :, None] * deviations[:, None, :]))[:, first, second]


def narrowed(pixels: Tensor, *, most: int) -> Tensor:
    """Return (N, C, pixels) with C at most `most`: random signed sums of the channels where there are more."""
    channels = pixels.shape[1]
    if channels <= most:
        return pixels
    return random_signs(most, channels).to(pixels) @ pixels / channels**0.5


@cache
def random_signs(sums: int, channels: int) -> Tensor:
    """Return a float32 matrix (sums, channels) of −1 and 1, always the same one."""
    return torch.from_numpy(np.random.default_rng(channels).choice([-1.0, 1.0], (sums, channels))).float()
