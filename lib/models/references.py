"""The reference works of a model set: what the artist head learned from, to compare questioned works with.

MODELS/references/
  model.json        what the works belong to
  works.parquet     COLUMNS, phash, coordinates in the two-covariance model
  thumbnails.parquet  painting_id and a small JPEG, unless the models were trained without
"""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.attribution.two_covariance import TwoCovariance
from lib.data.dataset import Dataset
from lib.data.dates.painting_date import PaintingDate
from lib.data.embedded_works import EmbeddedWorks
from lib.data.images import decode_rgb, shrink
from lib.data.paintings import LEARNED_SPLITS, PAINTINGS_SCHEMA, read_part
from lib.data.provenance import Provenance
from lib.data.same_pictures import matches
from lib.data.splits import NEAR_DUPLICATE_BITS
from lib.features.style_space import StyleSpace
from lib.infra.atomic import atomic_folder, write_json
from lib.infra.bundles import Metadata, read_metadata
from lib.infra.cluster import connect, map_parts
from lib.infra.errors import UserError
from lib.infra.paths import parse_path, read_parquet

FOLDER = "references"
SHORT_SIDE, QUALITY = 128, 80  # pixels and JPEG quality of a thumbnail: about 6 KB
COLUMNS = ["painting_id", "artist", "date", "earliest", "latest", "circa", "catalogue_columns"]
_WORKS = pa.schema([PAINTINGS_SCHEMA.field(name) for name in COLUMNS])
_THUMBNAILS = pa.schema([("painting_id", pa.string()), ("jpeg", pa.binary())])


class ReferencesMetadata(Metadata):
    """What model.json says of the reference works. thumbnails: whether their pictures are kept."""

    kind: Literal["reference works"] = "reference works"
    provenance: Provenance
    works: int
    thumbnails: bool


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

    works: n rows of COLUMNS. coordinates: (n, m). hashes: (h,) perceptual hashes of the works in the rows `hashed`
    (h,): a dataset of embeddings alone has none.
    """

    folder: Path
    works: pd.DataFrame
    coordinates: np.ndarray
    hashes: np.ndarray
    hashed: np.ndarray

    def of(self, artist: str) -> np.ndarray:
        """Return the rows of an artist's works."""
        return np.flatnonzero(self.works["artist"].to_numpy() == artist)

    def work(self, row: int) -> ReferenceWork:
        """Return the work in a row."""
        work = self.works.iloc[row]
        earliest, latest = (None if pd.isna(work[end]) else int(work[end]) for end in ("earliest", "latest"))
        dated = PaintingDate(earliest, latest, circa=bool(work["circa"]), text=str(work["date"]))
        return ReferenceWork(work["painting_id"], work["artist"], dated, columns=json.loads(work["catalogue_columns"]))

    def near_duplicates(self, hashes: np.ndarray, *, bits: int = NEAR_DUPLICATE_BITS) -> list[tuple[int, int]]:
        """Return numbers of hashes (q,) and rows of reference works that differ in at most so many bits."""
        return [(number, int(self.hashed[other])) for number, other in matches(hashes, self.hashes, bits=bits)]

    def thumbnails(self, painting_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the JPEG bytes of works by id; none where the models keep no pictures."""
        path = self.folder / "thumbnails.parquet"
        if not path.is_file():
            return {}
        table = read_parquet(path, filters=pc.field("painting_id").isin(pa.array(list(painting_ids), pa.string())))
        return dict(zip(table["painting_id"].to_pylist(), table["jpeg"].to_pylist(), strict=True))


def without(model: TwoCovariance, references: References, rows: Sequence[int]) -> TwoCovariance:
    """Return the model as if it lacked some reference works; an artist without others is no longer known."""
    works, sums = model.works.copy(), model.sums.copy()
    for row in set(rows):
        artist = model.artists.index(str(references.works["artist"].iloc[row]))
        works[artist] -= 1
        sums[artist] -= references.coordinates[row]
    left = works > 0
    artists = [artist for artist, kept in zip(model.artists, left, strict=True) if kept]
    return replace(model, artists=artists, works=works[left], sums=sums[left])


def read_references(models: Path, *, provenance: Provenance) -> References:
    """Return the reference works of the models. Raises UserError where they are missing or of other models."""
    folder = models / FOLDER
    metadata = read_metadata(folder, ReferencesMetadata)
    if metadata is None or metadata.provenance != provenance:
        raise UserError(f"{models} holds no reference works of its models; train again with jobs/train_per_artist.py")
    table = read_parquet(folder / "works.parquet")
    coordinates = table["coordinates"].combine_chunks()
    values = coordinates.values.to_numpy().reshape(len(table), -1)
    hashes = table["phash"].to_pylist()
    hashed = np.array([row for row, phash in enumerate(hashes) if phash], dtype=int)
    numbers = np.array([int(hashes[row], 16) for row in hashed], dtype=np.uint64)
    return References(folder, table.select(COLUMNS).to_pandas(), values, hashes=numbers, hashed=hashed)


@dataclass(frozen=True)
class DescribedReferences:
    """paintings: n rows of COLUMNS. coordinates: (n, m)."""

    paintings: pd.DataFrame
    coordinates: np.ndarray


def describe_references(batch: EmbeddedWorks, space: StyleSpace, model: TwoCovariance) -> DescribedReferences:
    """Return the works of a batch with their coordinates."""
    works = batch.read()
    coordinates = model.coordinates(space.positions(works.matrix)).astype(np.float32)
    return DescribedReferences(works.paintings[COLUMNS], coordinates)


def write_references(
    models: Path,
    dataset: Dataset,
    batches: Iterable[DescribedReferences],
    *,
    provenance: Provenance,
    thumbnails: bool,
) -> None:
    """Write the reference works of all batches, in their order."""
    hashes, works = hashes_of(dataset), 0
    with atomic_folder(models / FOLDER) as folder:
        writer = None
        for batch in batches:
            table = reference_table(batch, hashes=hashes)
            writer = writer or pq.ParquetWriter(folder / "works.parquet", table.schema)
            writer.write_table(table)
            works += len(table)
        if writer:
            writer.close()
        if thumbnails:
            write_thumbnails(folder / "thumbnails.parquet", dataset)
        metadata = ReferencesMetadata(provenance=provenance, works=works, thumbnails=thumbnails)
        write_json(folder / "model.json", metadata.model_dump(mode="json"))


def reference_table(batch: DescribedReferences, *, hashes: dict[str, str]) -> pa.Table:
    """Return the columns of works.parquet. hashes: perceptual hashes by painting_id."""
    values, paintings = pa.array(batch.coordinates.ravel()), batch.paintings
    table = pa.Table.from_pandas(paintings, schema=_WORKS, preserve_index=False)
    table = table.append_column("phash", pa.array(map(hashes.get, paintings["painting_id"]), pa.string()))
    width = batch.coordinates.shape[1]
    return table.append_column("coordinates", pa.FixedSizeListArray.from_arrays(values, width))


def hashes_of(dataset: Dataset) -> dict[str, str]:
    """Return the perceptual hashes of the paintings by id; none for a dataset of embeddings alone."""
    tables = [read_part(part, columns=["painting_id", "phash"]) for part in dataset.parts()]
    return {row["painting_id"]: row["phash"] for table in tables for row in table.to_pylist()}


def write_thumbnails(path: Path, dataset: Dataset) -> None:
    """Write thumbnails of all works to learn from, made on all workers of the cluster."""
    connect()
    parts = [{"part": str(part)} for part in dataset.parts()]
    with pq.ParquetWriter(path, _THUMBNAILS) as writer:
        for row in map_parts(thumbnails_of_part, parts, label="thumbnails", unit="works", arguments={}):
            if row["works"]:
                columns = [pa.array(list(row["ids"]), pa.string()), pa.array(list(row["jpegs"]), pa.binary())]
                writer.write_table(pa.Table.from_arrays(columns, schema=_THUMBNAILS))


def thumbnails_of_part(batch: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the ids and thumbnails of the works to learn from in one part of the paintings."""
    [part] = batch["part"]
    table = read_part(parse_path(part), columns=["painting_id", "image"], splits=LEARNED_SPLITS)
    jpegs = [thumbnail(image) for image in table["image"].to_pylist()]
    return {"works": [len(jpegs)], "ids": [table["painting_id"].to_pylist()], "jpegs": [jpegs]}


def thumbnail(jpeg: bytes) -> bytes:
    """Return a small JPEG of a picture of the dataset."""
    buffer = io.BytesIO()
    shrink(decode_rgb(jpeg), short_side=SHORT_SIDE).save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
