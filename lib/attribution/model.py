"""A trained artist network as a bundle: written once, loaded without running code from it, applied to images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from PIL import Image
from scipy.special import softmax

from lib.attribution.describe import logits_of_images
from lib.attribution.ensemble import Weights
from lib.attribution.evaluate import Calibration, TopK
from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.infra.bundles import Metadata, read_bundle, read_metadata, write_bundle
from lib.training.network import ArtistNetwork
from lib.training.plan import NetworkProvenance, Plan


class ArtistNetworkMetadata(Metadata):
    """What a trained artist network is.

    plan: what it was made from; its artists are the classes. refit: whether it went on with train and val. weights: of
    its log-probabilities and, where the dataset had embeddings, of the artist head's. temperature: of the softmax of
    both together. val, test, calibration: figures of both together.
    """

    kind: Literal["artist network"] = "artist network"
    plan: NetworkProvenance
    refit: bool
    weights: Weights
    temperature: float
    val: TopK
    test: TopK
    calibration: Calibration

    @property
    def artists(self) -> list[str]:
        """Return the classes."""
        return list(self.plan.artists)


@dataclass(frozen=True)
class ArtistModel:
    """A trained network. Its answers are joined with those of the artist head (lib/attribution/attribute.py)."""

    network: ArtistNetwork
    metadata: ArtistNetworkMetadata

    def probabilities(self, images: Sequence[Image.Image], artists: list[str]) -> np.ndarray:
        """Return the network's own probability (images, artists) of each of `artists`, 0 for those it does not know."""
        own = pd.DataFrame(softmax(logits_of_images(self.network, images), axis=1), columns=self.metadata.artists)
        return own.reindex(columns=artists, fill_value=0.0).to_numpy()


def is_made_by(folder: Path, plan: Plan, *, refitted: bool) -> bool:
    """Return whether the bundle at `folder` was made by this plan."""
    metadata = read_metadata(folder, ArtistNetworkMetadata)
    return metadata is not None and (metadata.plan, metadata.refit) == (plan.provenance(), refitted)


def write_artist_model(folder: Path, network: ArtistNetwork, *, metadata: ArtistNetworkMetadata) -> None:
    """Write a network as a bundle."""
    tensors = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    write_bundle(folder, tensors=tensors, metadata=metadata)


def read_artist_model(folder: Path) -> ArtistModel:
    """Return the network at `folder`. Raises UserError where it is missing, broken or of another version."""
    tensors, metadata = read_bundle(folder, ArtistNetworkMetadata)
    plan = metadata.plan
    architecture = load_architecture(plan.architecture, weights="none")
    if plan.fold:
        fold_batchnorm(architecture.blocks)
    network = ArtistNetwork(architecture, trainable=plan.trainable, classes=len(plan.artists))
    network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    return ArtistModel(network=network.eval(), metadata=metadata)
