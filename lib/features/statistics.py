"""What the channels of a network's feature maps have to do with one another: texture, without the places of things."""

import numpy as np
import torch
from torch import Tensor

CHANNELS = 112  # of a map; one with more is brought down to as many by random signs
SMALLEST = 1e-6  # variance of a channel


def correlations(maps: Tensor) -> Tensor:
    """Return float32 (N, C (C − 1) / 2), the correlation of every two channels of maps (N, C, height, width).

    Textures are alike where these are (Gatys et al. 2015). C is at most CHANNELS.
    """
    places = narrowed(maps.float().flatten(2))
    places = places - places.mean(dim=2, keepdim=True)
    covariances = places @ places.mT / places.shape[2]
    deviations = covariances.diagonal(dim1=1, dim2=2).clamp(min=SMALLEST).sqrt()
    first, second = torch.triu_indices(places.shape[1], places.shape[1], 1)
    return (covariances / (deviations[:, :, None] * deviations[:, None, :]))[:, first, second]


def narrowed(places: Tensor) -> Tensor:
    """Return (N, C, places) with C at most CHANNELS: random sums of the channels where there are more."""
    channels = places.shape[1]
    if channels <= CHANNELS:
        return places
    signs = np.random.default_rng(channels).choice([-1.0, 1.0], (CHANNELS, channels))
    return torch.tensor(signs, dtype=places.dtype, device=places.device) @ places / channels**0.5
