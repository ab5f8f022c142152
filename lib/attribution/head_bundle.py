"""A trained artist head as a bundle: written once, loaded without running code from it."""

from dataclasses import asdict
from pathlib import Path
from typing import Literal

import numpy as np

from lib.attribution.artist_head import ArtistHead
from lib.attribution.ensemble import Weights
from lib.attribution.linear_head import LinearHead
from lib.attribution.two_covariance import Projection, TwoCovariance
from lib.attribution.verifier import Verifier
from lib.data.descriptor import Kind
from lib.data.provenance import Provenance
from lib.infra.bundles import Metadata, read_bundle, write_bundle

RATIOS = "two_covariance"  # before the names of the model's tensors; those of a linear head have its kind


class HeadMetadata(Metadata):
    """What the bundle of an artist head says of it.

    artists: the classes. weights: of the linear heads and of the two-covariance model, calibrated on val_works.
    strengths: inverse regularisation, by kind of part. val_top1: of the head that never saw val; None without val
    works. works: that it was fitted to. verifier: calibrated answers of its two-covariance model; None where the
    artists are too few to calibrate any. usual: distance from the centre beyond which a work is an outlier.
    """

    kind: Literal["artist head"] = "artist head"
    provenance: Provenance
    artists: list[str]
    weights: Weights
    val_works: int
    strengths: dict[Kind, float]
    val_top1: float | None
    works: int
    verifier: Verifier | None
    usual: float


def write_artist_head(folder: Path, head: ArtistHead, metadata: HeadMetadata) -> None:
    """Write an artist head."""
    tensors = {
        f"{kind}.{name}": value for kind, linear in head.linear.items() for name, value in asdict(linear).items()
    }
    model, projection = head.model, head.model.projection
    arrays = {"centre": model.centre, "axes": model.axes, "between": model.between, "sums": model.sums}
    arrays |= {"mean": projection.mean, "works": model.works}
    tensors |= {f"{RATIOS}.{name}": value.astype(np.float32) for name, value in arrays.items()}
    tensors[f"{RATIOS}.components"] = projection.components.astype(np.float16)  # most of the bundle
    write_bundle(folder, tensors=tensors, metadata=metadata)


def read_artist_head(folder: Path) -> tuple[ArtistHead, HeadMetadata]:
    """Return the artist head and its metadata. Raises UserError where there is none that this version reads."""
    tensors, metadata = read_bundle(folder, HeadMetadata)
    members: dict[str, dict[str, np.ndarray]] = {}
    for name, value in tensors.items():
        member, _, field = name.rpartition(".")
        members.setdefault(member, {})[field] = value
    linear = {kind: LinearHead(**members[kind]) for kind in metadata.strengths}
    arrays = members[RATIOS]
    projection = Projection(mean=arrays.pop("mean"), components=arrays.pop("components").astype(np.float32))
    model = TwoCovariance(artists=metadata.artists, projection=projection, **arrays)
    return ArtistHead(metadata.artists, linear, model, weights=metadata.weights, val_works=metadata.val_works), metadata
