"""The source study's comparator: a network that sees two paintings and tells which is newer.

It is not antisymmetric: what it says of (a, b) and of (b, a) need not agree. It is here to be compared with.
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

HIDDEN = 256  # units between the features of both works and the answer
AT_ONCE = 32  # works or pairs that pass through the network together


class PairNetwork(ArtistNetwork):
    """A frozen prefix and a trained trunk that both works pass, then two dense layers on the features of both.

    Its inputs are what the prefix makes of two works each, (N, 2, channels, height, width). Class 1 says that the first
    is newer.
    """

    def __init__(self, architecture: Architecture, *, trainable: str, dropout: float) -> None:
        """Cut the blocks by `trainable`. Raises UserError where the architecture has no such cut."""
        super().__init__(architecture, trainable=trainable, classes=2)
        width = architecture.width
        self.head = nn.Sequential(nn.Linear(2 * width, HIDDEN), nn.ReLU(), nn.Dropout(dropout), nn.Linear(HIDDEN, 2))

    def forward(self, given: Tensor) -> Tensor:
        """Return logits (N, 2) for the prefix's outputs (N, 2, channels, height, width) of pairs."""
        works = given.float().flatten(0, 1)  # one after the other
        if works.ndim == 4:
            works = works.contiguous(memory_format=torch.channels_last)
        features = self.trunk(works)
        return self.head(features.view(len(given), -1))


def prefix_outputs(network: ArtistNetwork, jpegs: Sequence[bytes]) -> Tensor:
    """Return what the frozen prefix makes of whole pictures: float16 (N, channels, height, width)."""
    found = []
    for first in range(0, len(jpegs), AT_ONCE):
        pixels = [square(decode_rgb(jpeg), size=network.size) for jpeg in jpegs[first : first + AT_ONCE]]
        found.append(network.inputs(torch.from_numpy(np.stack(pixels))).half())
    return torch.cat(found)


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
    """Fit to new random pairs in every epoch, and choose the epoch on val pairs; leave the network with the best.

    outputs: (n, channels, height, width) of the prefix. artists, years, val: (n,) of the works; those of val only
    choose. pairs: in one epoch; half as many choose. Returns the last state of fit(). Raises ValueError where there
    are no pairs to learn from or choose by.
    """
    rows = {True: np.flatnonzero(val), False: np.flatnonzero(~val)}

    def batches(*, chosen: bool, count: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        own = rows[chosen]
        drawn = own[draw_pairs(artists[own], years[own], same_artist=same_artist, count=count, seed=seed)]
        for first in range(0, count, recipe.batch_size):
            some = drawn[first : first + recipe.batch_size]
            yield outputs[torch.from_numpy(some)].float(), torch.from_numpy(newer(some, years))

    return fit(
        network,
        train=lambda epoch: batches(chosen=False, count=pairs, seed=recipe.seed * 10_000 + epoch),
        val=lambda: batches(chosen=True, count=-(-pairs // 2), seed=recipe.seed),
        recipe=recipe,
    )


@torch.no_grad()
def probability_first_newer(network: PairNetwork, outputs: Tensor, pairs: np.ndarray) -> np.ndarray:
    """Return the probability (m,) that the first of each pair (m, 2) is newer; outputs: of the prefix."""
    network.eval()
    found = [network(outputs[torch.from_numpy(some)]) for some in np.array_split(pairs, -(-len(pairs) // AT_ONCE))]
    return torch.cat(found).softmax(dim=1)[:, 1].numpy()
