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

from lib.attribution.describe import describe_images
from lib.attribution.ensemble import Ensemble, Weights
from lib.attribution.evaluate import Calibration, TopK
from lib.attribution.linear_head import ArtistHead
from lib.attribution.open_set import Rejection, ood_score
from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.features.style_space import StyleSpace
from lib.infra.bundles import Metadata, read_bundle, write_bundle
from lib.training.network import ArtistNetwork
from lib.training.plan import NetworkProvenance

ENSEMBLE = "ensemble."  # before the names of its tensors


class ArtistNetworkMetadata(Metadata):
    """What a trained artist network is.

    plan: what it was made from; its artists are the classes. refit: whether it went on with train and val. temperature:
    of the softmax. threshold: OOD score above which a work counts as by an unknown artist; None where it was not
    calibrated. ensemble_weights: None without an ensemble. val, test, calibration, unknown: figures.
    """

    kind: Literal["artist network"] = "artist network"
    plan: NetworkProvenance
    refit: bool
    temperature: float
    threshold: float | None
    ensemble_weights: Weights | None
    val: TopK
    test: TopK
    calibration: Calibration
    unknown: dict[str, Rejection]

    @property
    def artists(self) -> list[str]:
        """Return the classes."""
        return list(self.plan.artists)


@dataclass(frozen=True)
class ArtistModel:
    """A trained network with its calibration. ensemble: None for a network whose only block gives no maps."""

    network: ArtistNetwork
    ensemble: Ensemble | None
    metadata: ArtistNetworkMetadata

    def attribute(self, images: Sequence[Image.Image]) -> pd.DataFrame:
        """Return a row for each image: the probability of each artist, and whether the artist is `unknown`."""
        logits, textures = describe_images(self.network, images)
        if self.ensemble is not None:
            logits = self.ensemble.logits(logits, np.concatenate(textures, axis=1))
        probabilities = softmax(logits / self.metadata.temperature, axis=1)
        threshold = 1.0 if self.metadata.threshold is None else self.metadata.threshold
        table = pd.DataFrame(probabilities, columns=self.metadata.artists)
        return table.assign(unknown=ood_score(probabilities) > threshold)

    def probabilities(self, images: Sequence[Image.Image], artists: list[str]) -> np.ndarray:
        """Return the probability (images, artists) of each of `artists`, 0 for those that the network does not know."""
        return self.attribute(images).reindex(columns=artists, fill_value=0.0).to_numpy()


def write_artist_model(
    folder: Path, network: ArtistNetwork, ensemble: Ensemble | None, *, metadata: ArtistNetworkMetadata
) -> None:
    """Write a network and its ensemble as a bundle."""
    tensors = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    if ensemble is not None:
        space, head = ensemble.space, ensemble.head
        arrays = {"mean": space.mean, "deviation": space.deviation, "scale": space.weight}
        arrays |= {"weight": head.weight.astype(np.float32), "bias": head.bias.astype(np.float32)}
        tensors |= {f"{ENSEMBLE}{name}": value for name, value in arrays.items()}
    write_bundle(folder, tensors=tensors, metadata=metadata)


def read_artist_model(folder: Path) -> ArtistModel:
    """Return the network at `folder`. Raises UserError where it is missing, broken or of another version."""
    tensors, metadata = read_bundle(folder, ArtistNetworkMetadata)
    plan = metadata.plan
    architecture = load_architecture(plan.architecture, weights="none")
    if plan.fold:
        fold_batchnorm(architecture.blocks)
    network = ArtistNetwork(architecture, trainable=plan.trainable, classes=len(plan.artists))
    learned = {name: torch.from_numpy(value) for name, value in tensors.items() if not name.startswith(ENSEMBLE)}
    network.load_state_dict(learned)
    return ArtistModel(network=network.eval(), ensemble=read_ensemble(tensors, metadata), metadata=metadata)


def read_ensemble(tensors: dict[str, np.ndarray], metadata: ArtistNetworkMetadata) -> Ensemble | None:
    """Return the ensemble among the tensors of a bundle, None where there is none."""
    if metadata.ensemble_weights is None:
        return None
    arrays = {name.removeprefix(ENSEMBLE): value for name, value in tensors.items() if name.startswith(ENSEMBLE)}
    space = StyleSpace(mean=arrays["mean"], deviation=arrays["deviation"], weight=arrays["scale"])
    head = ArtistHead(artists=metadata.artists, weight=arrays["weight"], bias=arrays["bias"])
    return Ensemble(space=space, head=head, weights=metadata.ensemble_weights)
