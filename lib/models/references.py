"""The reference works of a model set: what the artist head learned from, to compare questioned works with.

MODELS/references/
  model.json          what the works belong to
  works.arrow         COLUMNS and phash, the perceptual hash as a 64-bit number, null where there is none
  coordinates.npy     (n, m) float32, in the two-covariance model
  thumbnails.parquet  painting_id and a small JPEG, unless the models were trained without

Works and coordinates are mapped into memory: what is read of them lies in the page cache of the machine, which all its
processes share.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lib.attribution.two_covariance import TwoCovariance
from lib.data.dates.painting_date import PaintingDate
from lib.data.provenance import Provenance
from lib.data.same_pictures import matches
from lib.data.splits import NEAR_DUPLICATE_BITS
from lib.infra.bundles import Metadata, read_metadata
from lib.infra.errors import UserError
from lib.infra.paths import local_copy, read_parquet

FOLDER = "references"
WORKS, COORDINATES, THUMBNAILS = "works.arrow", "coordinates.npy", "thumbnails.parquet"
COLUMNS = ["painting_id", "artist", "date", "earliest", "latest", "circa", "catalogue_columns"]
TRAIN_AGAIN = "train again with jobs/train_per_artist.py, which keeps all that is up to date"
AT_ONCE = 2048  # works that others are compared with at once: 4 MB of coordinates


class ReferencesMetadata(Metadata):
    """What model.json says of the reference works.

    thumbnails: whether their pictures are kept. coordinates: numbers of each work; None where an older version wrote
    them, in another format.
    """

    kind: Literal["reference works"] = "reference works"
    provenance: Provenance
    works: int
    thumbnails: bool
    coordinates: int | None = None

    def is_current(self, provenance: Provenance, *, thumbnails: bool) -> bool:
        """Return whether these are the reference works of models of this provenance, as they should be."""
        return (self.provenance, self.thumbnails) == (provenance, thumbnails) and self.coordinates is not None


@dataclass(frozen=True)
class ReferenceWork:
    """A work that the models learned from. dated: its date, with the catalogue's text. columns: the catalogue's own."""

    painting_id: str
    artist: str
    dated: PaintingDate
    columns: dict[str, str]


@dataclass(frozen=True)
class References:
    """The reference works of a model set.

    works: n rows of COLUMNS, on disk. coordinates: (n, m), on disk. hashes: (h,) perceptual hashes of the works in the
    rows `hashed` (h,): a dataset of embeddings alone has none.
    """

    folder: Path
    works: pa.Table
    coordinates: np.ndarray
    hashes: np.ndarray
    hashed: np.ndarray

    def of(self, artist: str) -> np.ndarray:
        """Return the rows of an artist's works."""
        return np.flatnonzero(pc.equal(self.works["artist"], artist).to_numpy())

    def work(self, row: int) -> ReferenceWork:
        """Return the work in a row."""
        [work] = self.works.slice(row, 1).to_pylist()
        dated = PaintingDate(work["earliest"], work["latest"], circa=bool(work["circa"]), text=str(work["date"]))
        return ReferenceWork(work["painting_id"], work["artist"], dated, columns=json.loads(work["catalogue_columns"]))

    def near_duplicates(self, hashes: np.ndarray, *, bits: int = NEAR_DUPLICATE_BITS) -> list[tuple[int, int]]:
        """Return numbers of hashes (q,) and rows of reference works that differ in at most so many bits."""
        return [(number, int(self.hashed[other])) for number, other in matches(hashes, self.hashes, bits=bits)]

    def nearest(self, model: TwoCovariance, works: np.ndarray, *, rows: np.ndarray, most: int) -> np.ndarray:
        """Return the rows (n, most), fewer where there are fewer, of the works that are likeliest by the same artist.

        works: (n, m) coordinates. rows: that are compared, in ascending order. The likeliest comes first.
        """
        best, ratios = np.zeros((len(works), 0), dtype=int), np.zeros((len(works), 0))
        for first in range(0, len(rows), AT_ONCE):
            compared = rows[first : first + AT_ONCE]
            ratios = np.concatenate([ratios, model.work_ratios(works, self.coordinates[compared])], axis=1)
            best = np.concatenate([best, np.broadcast_to(compared, (len(works), len(compared)))], axis=1)
            kept = np.argsort(-ratios, axis=1, kind="stable")[:, :most]
            best, ratios = (np.take_along_axis(values, kept, axis=1) for values in (best, ratios))
        return best

    def thumbnails(self, painting_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the JPEG bytes of works by id; none where the models keep no pictures."""
        path = self.folder / THUMBNAILS
        if not path.is_file():
            return {}
        table = read_parquet(path, filters=pc.field("painting_id").isin(pa.array(list(painting_ids), pa.string())))
        return dict(zip(table["painting_id"].to_pylist(), table["jpeg"].to_pylist(), strict=True))


def without(model: TwoCovariance, references: References, rows: Sequence[int]) -> TwoCovariance:
    """Return the model as if it lacked some reference works; an artist without others is no longer known."""
    works, sums = model.works.copy(), model.sums.copy()
    for row in set(rows):
        artist = model.artists.index(references.work(row).artist)
        works[artist] -= 1
        sums[artist] -= references.coordinates[row]
    left = works > 0
    artists = [artist for artist, kept in zip(model.artists, left, strict=True) if kept]
    return replace(model, artists=artists, works=works[left], sums=sums[left])


def read_references(models: Path, *, provenance: Provenance) -> References:
    """Return the reference works of the models. Raises UserError where they are missing, broken or of other models."""
    folder = models / FOLDER
    metadata = read_metadata(folder, ReferencesMetadata)
    if metadata is None or metadata.provenance != provenance:
        raise UserError(f"{models} holds no reference works of its models; {TRAIN_AGAIN}")
    if metadata.coordinates is None:
        raise UserError(f"{folder} is of an older version, which this one cannot read; {TRAIN_AGAIN}")
    try:
        works, coordinates = map_table(folder / WORKS), map_array(folder / COORDINATES)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UserError(f"{folder} holds no reference works ({error}); remove it and train again") from error
    if (works.num_rows, *coordinates.shape) != (metadata.works, metadata.works, metadata.coordinates):
        raise UserError(f"the files in {folder} do not belong together; remove it and train again")
    hashes = works["phash"]
    hashed = np.flatnonzero(hashes.is_valid().to_numpy())
    return References(folder, works.select(COLUMNS), coordinates, hashes.drop_null().to_numpy(), hashed)


def map_table(path: Path) -> pa.Table:
    """Return a table of Arrow's file format, of which nothing is read yet; of a store, a copy on this machine."""
    with local_copy(path) as near:  # a file that is mapped stays on the disk until it is mapped no more
        return pa.ipc.open_file(pa.memory_map(str(near))).read_all()


def map_array(path: Path) -> np.ndarray:
    """Return the array of a .npy file, of which nothing is read yet; of a store, a copy on this machine."""
    with local_copy(path) as near:
        return np.load(near, mmap_mode="r", allow_pickle=False)
