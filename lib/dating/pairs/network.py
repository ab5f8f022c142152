"""The source study's comparator: a network that predicts which of two paintings is newer.

It is not antisymmetric: its predictions for (a, b) and (b, a) may disagree. It serves as a baseline only.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lib.data.images import decode_rgb, square
from lib.dating.pairs.pairs import draw_pairs, newer
from lib.features.architectures import Architecture
from lib.training.loop import State, fit
from lib.training.network import ArtistNetwork
from lib.training.recipe import Recipe

HIDDEN = 256  # units between the features of both works and the logits
BATCH_SIZE = 32  # works or pairs per forward pass in inference


class PairNetwork(ArtistNetwork):
    """A siamese network: a frozen prefix and a trained trunk, shared by both works, and two dense layers.

    Inputs are the prefix's outputs of N pairs, (N, 2, channels, height, width). Class 1: the first work is newer.
    """

    def __init__(self, architecture: Architecture, *, trainable: str, dropout: float) -> None:
        """Cut the blocks by `trainable`. Raises UserError where the architecture has no such cut."""
        super().__init__(architecture, trainable=trainable, classes=2)
        width = architecture.width
        self.head = nn.Sequential(nn.Linear(2 * width, HIDDEN), nn.ReLU(), nn.Dropout(dropout), nn.Linear(HIDDEN, 2))

    def forward(self, pairs: Tensor) -> Tensor:
        """Return logits (N, 2) for the prefix's outputs (N, 2, channels, height, width) of pairs."""
        works = pairs.float().flatten(0, 1)
        if works.ndim == 4:
            works = works.contiguous(memory_format=torch.channels_last)
        features = self.trunk(works)
        return self.head(features.view(len(pairs), -1))


def prefix_outputs(network: ArtistNetwork, jpegs: Sequence[bytes]) -> Tensor:
    """Return the frozen prefix's outputs for N full views: float16 (N, channels, height, width)."""
    outputs = []
    for first in range(0, len(jpegs), BATCH_SIZE):
        pixels = [square(decode_rgb(jpeg), size=network.size) for jpeg in jpegs[first : first + BATCH_SIZE]]
        outputs.append(network.inputs(torch.from_numpy(np.stack(pixels))).half())
    return torch.cat(outputs)


def fit_pairs(
    network: PairNetwork,
    outputs: Tensor,
    *,
    artists: np.ndarray,
    years: np.ndarray,
    val: np.ndarray,
    same_artist: bool,
    pairs: int,
    recipe: Recipe,
) -> State:
    """Fit to new random pairs in every epoch; leave the network with the weights of the best epoch on val pairs.

    outputs: (n, channels, height, width) of the prefix. artists, years, val: (n,) of the works; val marks those of the
    val split. pairs: pairs of an epoch; the val pairs are half as many. Returns the last state of fit(). Raises
    ValueError where there are no train or no val pairs.
    """

    def batches(rows: np.ndarray, *, count: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        drawn = rows[draw_pairs(artists[rows], years[rows], same_artist=same_artist, count=count, seed=seed)]
        for first in range(0, count, recipe.batch_size):
            batch = drawn[first : first + recipe.batch_size]
            yield outputs[torch.from_numpy(batch)].float(), torch.from_numpy(newer(batch, years))

    return fit(
        network,
        train=lambda epoch: batches(np.flatnonzero(~val), count=pairs, seed=recipe.seed * 10_000 + epoch),
        val=lambda: batches(np.flatnonzero(val), count=-(-pairs // 2), seed=recipe.seed),
        recipe=recipe,
    )


@torch.no_grad()
def probability_first_newer(network: PairNetwork, outputs: Tensor, pairs: np.ndarray) -> np.ndarray:
    """Return the probability (m,) that the first work of each pair (m, 2) is newer.

    outputs: (n, channels, height, width) of the prefix. pairs: row numbers of these.
    """
    network.eval()
    batches = np.array_split(pairs, -(-len(pairs) // BATCH_SIZE))
    logits = [network(outputs[torch.from_numpy(batch)]) for batch in batches]
    return torch.cat(logits).softmax(dim=1)[:, 1].numpy()
