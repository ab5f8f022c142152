"""An artist's comparator and what is known of it, as a bundle of tensors and metadata."""

from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lib.data.artists.lives import Life
from lib.data.provenance import Provenance
from lib.data.recorded_life import recorded_life
from lib.dating.comparator import Comparator
from lib.infra.bundles import Metadata, read_bundle, read_metadata, write_bundle
from lib.stats.metrics import DatingQuality, IntervalQuality

Scope = Literal["own", "all artists"]


@dataclass(frozen=True)
class Constants:
    """The numbers of a comparator that are no tensors; its metadata keep them."""

    prior_mean: float
    signal: float
    scale: float
    gamma: float
    noise: float
    temperature: float
    interval_scale: float


class ComparatorMetadata(Metadata):
    """What a comparator's bundle says of it.

    scope: `own` for a comparator fitted to the artist's works, `all artists` for the shared trend alone. works: number
    by split. first_year, last_year, median_year: of the dated works. noise_path: leave-one-out error by noise. loo,
    val: figures on the references, leave-one-out, and on val works by a fit to train alone. reference_works,
    reference_dates, reference_columns: painting ids, dates and other columns of the catalogue, in the order of the
    references. works_fingerprint: of the artist's works. seconds: that the fit took.
    """

    kind: Literal["comparator"] = "comparator"
    provenance: Provenance
    artist: str
    scope: Scope
    works: dict[str, int]
    works_fingerprint: str = ""
    first_year: int
    last_year: int
    median_year: float
    constants: Constants
    noise_path: tuple[dict[str, float], ...] = ()
    loo: DatingQuality | None = None
    val: IntervalQuality | None = None
    reference_works: tuple[str, ...] = ()
    reference_dates: tuple[str, ...] = ()
    reference_columns: tuple[dict[str, str], ...] = ()
    seconds: float | None = None

    def belongs_to(self, provenance: Provenance, *, works: str | None) -> bool:
        """Return whether the comparator is that of models of this provenance, with these works of the artist.

        works: their fingerprint, None where there are none. A comparator of the artist's own stays while the works and
        the style space do; the shared trend is of all works.
        """
        if self.scope == "own":
            return self.works_fingerprint == works and self.provenance.in_space_of(provenance)
        return self.provenance == provenance

    def without_works(self) -> "ComparatorMetadata":
        """Return the metadata without what they say of each reference work, which is most of them."""
        return self.model_copy(update=dict.fromkeys(("reference_works", "reference_dates", "reference_columns"), ()))


@dataclass(frozen=True)
class ArtistComparator:
    """A comparator and what its bundle says of it."""

    comparator: Comparator
    metadata: ComparatorMetadata

    @cached_property
    def life(self) -> Life:
        """Return when the artist lived, as the catalogue's own columns say."""
        return recorded_life(self.metadata.reference_columns)


def constants_of(comparator: Comparator) -> Constants:
    """Return the numbers of a comparator that its metadata keep."""
    return Constants(**{field.name: getattr(comparator, field.name) for field in fields(Constants)})


def write_comparator(folder: Path, written: ArtistComparator) -> None:
    """Write a comparator to `folder`, replacing the one that is there."""
    comparator = written.comparator
    tensors = {
        "references": comparator.references.astype(np.float16),
        "earliest": comparator.earliest,
        "latest": comparator.latest,
        "coefficients": comparator.coefficients,
        "inverse_kernel": comparator.inverse_kernel,
        "trend": comparator.trend.astype(np.float32),
    }
    write_bundle(folder, tensors=tensors, metadata=written.metadata)


def read_comparator(folder: Path) -> ArtistComparator:
    """Return the comparator at `folder`. Raises UserError where there is none."""
    tensors, metadata = read_bundle(folder, ComparatorMetadata)
    parts: dict[str, Any] = {**tensors, "references": tensors["references"].astype(np.float32)}
    return ArtistComparator(Comparator(**parts, **asdict(metadata.constants)), metadata)


def find_comparator_metadata(
    folder: Path, *, provenance: Provenance, works: str | None, scope: Scope | None = None
) -> ComparatorMetadata | None:
    """Return the metadata of the comparator at `folder`, None where there is none of these models and this scope.

    works: fingerprint of the artist's works.
    """
    metadata = read_metadata(folder, ComparatorMetadata)
    if metadata is None or not metadata.belongs_to(provenance, works=works) or scope not in (None, metadata.scope):
        return None
    return metadata
