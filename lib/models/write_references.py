"""Write the reference works of a model set (lib/models/references.py), batch by batch."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib.attribution.two_covariance import TwoCovariance
from lib.data.dataset import Dataset
from lib.data.embedded_works import EmbeddedWorks
from lib.data.images import decode_rgb, shrink
from lib.data.paintings import LEARNED_SPLITS, PAINTINGS_SCHEMA, read_part
from lib.features.style_space import StyleSpace
from lib.infra.arrays import begin_array
from lib.infra.atomic import atomic_folder, write_json
from lib.infra.cluster import connect, map_parts
from lib.infra.paths import parse_path
from lib.models.references import COLUMNS, COORDINATES, FOLDER, THUMBNAILS, WORKS, ReferencesMetadata

SHORT_SIDE, QUALITY = 128, 80  # pixels and JPEG quality of a thumbnail: about 6 KB
_FACTS = pa.schema([PAINTINGS_SCHEMA.field(name) for name in COLUMNS])
_WORKS = _FACTS.append(pa.field("phash", pa.uint64()))
_COORDINATES = np.dtype("<f4")
_THUMBNAILS = pa.schema([("painting_id", pa.string()), ("jpeg", pa.binary())])


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
    metadata: ReferencesMetadata,
) -> None:
    """Write the reference works of all batches, in their order. metadata: says how many there are, and how wide."""
    hashes = hashes_of(dataset)
    with atomic_folder(models / FOLDER) as folder:
        with (
            pa.ipc.new_file(str(folder / WORKS), _WORKS) as works,
            (folder / COORDINATES).open("wb") as coordinates,
        ):
            begin_array(coordinates, dtype=_COORDINATES, shape=(metadata.works, metadata.coordinates or 0))
            for batch in batches:
                works.write_table(work_table(batch.paintings, hashes=hashes))
                coordinates.write(batch.coordinates.astype(_COORDINATES).tobytes())
        if metadata.thumbnails:
            write_thumbnails(folder / THUMBNAILS, dataset)
        write_json(folder / "model.json", metadata.model_dump(mode="json"))


def work_table(paintings: pd.DataFrame, *, hashes: dict[str, str]) -> pa.Table:
    """Return the columns of works.arrow. hashes: perceptual hashes by painting_id."""
    found = [hashes.get(painting_id) for painting_id in paintings["painting_id"]]
    numbers = pa.array([int(phash, 16) if phash else None for phash in found], pa.uint64())
    return pa.Table.from_pandas(paintings, schema=_FACTS, preserve_index=False).append_column("phash", numbers)


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
