"""Transitional: a model set with its comparators in memory. Use ModelSet instead."""

from dataclasses import dataclass
from pathlib import Path

from lib.attribution.linear_head import ArtistHead
from lib.data.provenance import Provenance
from lib.dating.comparator import ArtistComparator
from lib.features.style_space import StyleSpace
from lib.models.store import ModelSet
from lib.models.store import version_of as version_of


@dataclass(frozen=True)
class Models:
    """Transitional."""

    version: str
    provenance: Provenance
    space: StyleSpace
    head: ArtistHead
    network: Path | None
    comparators: dict[str, ArtistComparator]


def read_models(folder: Path, *, comparators: bool) -> Models:
    """Transitional."""
    models = ModelSet.open(folder)
    by_artist = models.comparators() if comparators else {}
    return Models(models.version, models.provenance, models.space, models.head, models.network_folder, by_artist)
