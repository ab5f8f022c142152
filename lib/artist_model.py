"""A trained artist network as a bundle: written once, loaded without running code from it, asked about images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from scipy.special import softmax

from lib.architectures import load_architecture
from lib.backbones import fold_batchnorm
from lib.bundles import read_bundle, write_bundle
from lib.calibration import strangeness
from lib.embeddings import square
from lib.networks import ArtistNetwork

BATCH = 32  # images that pass through the network together


@dataclass(frozen=True)
class ArtistModel:
    """A trained network with what makes its answers honest.

    card: of its bundle: artists (the classes), temperature of the softmax, threshold of the strangeness above which
    a work counts as by somebody else (None where it was not sought), plan, figures.
    """

    network: ArtistNetwork
    card: dict[str, Any]

    def attribute(self, images: Sequence[Image.Image]) -> pd.DataFrame:
        """Return a row for each image: the probability of each artist, and `unknown`: it looks like none of theirs."""
        probabilities = softmax(logits_of(self.network, images) / self.card["temperature"], axis=1)
        limit = 1.0 if self.card["threshold"] is None else self.card["threshold"]
        table = pd.DataFrame(probabilities, columns=self.card["artists"])
        return table.assign(unknown=strangeness(probabilities) > limit)


def logits_of(network: ArtistNetwork, images: Sequence[Image.Image]) -> np.ndarray:
    """Return (images, artists), each row the mean over the whole picture and its mirror image."""
    network.eval()
    pixels = torch.from_numpy(np.stack([square(image, size=network.whole_size) for image in images]))
    with torch.no_grad():
        batches = [
            (network(batch) + network(batch.flip(2))) / 2 for batch in pixels.to(network.mean.device).split(BATCH)
        ]
    return torch.cat(batches).cpu().numpy()


def write_artist_model(folder: Path, network: ArtistNetwork, *, card: dict[str, Any]) -> None:
    """Keep a network and its card."""
    tensors = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    write_bundle(folder, tensors=tensors, card={"kind": "artist network", **card})


def read_artist_model(folder: Path) -> ArtistModel:
    """Return the network at `folder`, rebuilt from its card. Raises UserError where it is missing or broken."""
    tensors, card = read_bundle(folder)
    plan = card["plan"]
    architecture = load_architecture(plan["architecture"], weights="none")
    if plan["fold"]:
        fold_batchnorm(architecture.blocks)
    network = ArtistNetwork(
        architecture,
        trainable=plan["trainable"],
        classes=len(card["artists"]),
    )
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    return ArtistModel(network=network.eval(), card=card)
