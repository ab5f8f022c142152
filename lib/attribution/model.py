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

from lib.attribution.ensemble import Ensemble
from lib.attribution.linear_head import ArtistHead
from lib.data.images import square
from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.features.style_space import StyleSpace
from lib.infra.bundles import read_bundle, write_bundle
from lib.stats.calibration import ood_score
from lib.training.network import ArtistNetwork

BATCH = 32  # images that pass through the network together
ENSEMBLE = "ensemble."  # before the names of its tensors


@dataclass(frozen=True)
class ArtistModel:
    """A trained network with what makes its answers honest.

    card: of its bundle: artists (the classes), temperature of the softmax, threshold of the ood_score above which
    a work counts as by somebody else (None where it was not sought), plan, figures. ensemble: None for a network
    whose only block gives no maps.
    """

    network: ArtistNetwork
    ensemble: Ensemble | None
    card: dict[str, Any]

    def attribute(self, images: Sequence[Image.Image]) -> pd.DataFrame:
        """Return a row for each image: the probability of each artist, and `unknown`: it looks like none of theirs."""
        logits, textures = describe_images(self.network, images)
        if self.ensemble is not None:
            logits = self.ensemble.logits(logits, np.concatenate(textures, axis=1))
        probabilities = softmax(logits / self.card["temperature"], axis=1)
        limit = 1.0 if self.card["threshold"] is None else self.card["threshold"]
        table = pd.DataFrame(probabilities, columns=self.card["artists"])
        return table.assign(unknown=ood_score(probabilities) > limit)

    def probabilities(self, images: Sequence[Image.Image], artists: list[str]) -> np.ndarray:
        """Return the probability (images, artists) of each of `artists`, 0 for those that the network does not know."""
        return self.attribute(images).reindex(columns=artists, fill_value=0.0).to_numpy()


def describe_images(network: ArtistNetwork, images: Sequence[Image.Image]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return logits (images, artists) and textures, a float16 array (images, pairs) for each block that gives maps.

    Each row is the mean over the whole picture and its mirror image.
    """
    network.eval()
    pixels = torch.from_numpy(np.stack([square(image, size=network.full_view_size) for image in images]))
    logits, textures = [], []
    for batch in pixels.to(network.mean.device).split(BATCH):
        (one, maps), (other, mirrored) = network.describe(batch), network.describe(batch.flip(2))
        logits.append((one + other) / 2)
        textures.append([((a + b) / 2).half() for a, b in zip(maps, mirrored, strict=True)])
    blocks = [torch.cat(block).cpu().numpy() for block in zip(*textures, strict=True)]
    return torch.cat(logits).cpu().numpy(), blocks


def write_artist_model(
    folder: Path, network: ArtistNetwork, ensemble: Ensemble | None, *, card: dict[str, Any]
) -> None:
    """Keep a network, its ensemble and its card."""
    tensors = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    if ensemble is not None:
        space, head = ensemble.space, ensemble.head
        arrays = {"mean": space.mean, "deviation": space.deviation, "scale": space.weight}
        arrays |= {"weight": head.weight.astype(np.float32), "bias": head.bias.astype(np.float32)}
        tensors |= {f"{ENSEMBLE}{name}": value for name, value in arrays.items()}
        card = {**card, "shares": list(ensemble.shares)}
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
    learned = {name: torch.from_numpy(value) for name, value in tensors.items() if not name.startswith(ENSEMBLE)}
    network.load_state_dict(learned)
    return ArtistModel(network=network.eval(), ensemble=read_ensemble(tensors, card), card=card)


def read_ensemble(tensors: dict[str, np.ndarray], card: dict[str, Any]) -> Ensemble | None:
    """Return the ensemble among the tensors of a bundle, None where there is none."""
    if "shares" not in card:
        return None
    kept = {name.removeprefix(ENSEMBLE): value for name, value in tensors.items() if name.startswith(ENSEMBLE)}
    space = StyleSpace(mean=kept["mean"], deviation=kept["deviation"], weight=kept["scale"])
    head = ArtistHead(artists=card["artists"], weight=kept["weight"], bias=kept["bias"])
    first, second = card["shares"]
    return Ensemble(space=space, head=head, shares=(first, second))
