"""The paintings dataset, on a disk or in a store: Parquet shards, a manifest, and the embeddings made from them.

DATASET/
  manifest.json               fingerprint, short_side, source, parameters, counts; written last
  paintings/part-00000.parquet …
  splits/part-00000.parquet … painting_id and split, row by row as in paintings/part-00000.parquet
  rejected.csv                file, reason: rows and images that cannot be used
  missing.csv                 file, artist, title, date: dated works without an image file
  apart.csv                   file, artist, qualifier, date, reason: works in the split apart
  report/                     pictures and report.md
  embeddings/BACKBONE/        manifest.json, one part for each part of the paintings, and in backbones/ the weights of
                              a network, unless an installed package has them; several names are joined by +
  activations/KEY/            what a frozen prefix makes of them, as lib/training/activations.py keeps it
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from lib.data.descriptor import KINDS, EmbeddingsManifest, Kind
from lib.infra.atomic import atomic_file, find_json
from lib.infra.errors import UserError
from lib.infra.paths import make_folder, read_parquet
from lib.stats.years import Years

PAINTINGS_SCHEMA = pa.schema(
    [
        ("painting_id", pa.string()),  # the catalogue's own file name or path
        ("artist", pa.string()),
        ("qualifier", pa.string()),  # such as "workshop of"; empty for the artist's own works
        ("date", pa.string()),  # as the catalogue writes it
        ("earliest", pa.int32()),  # year; null where the date is open on this side
        ("latest", pa.int32()),
        ("circa", pa.bool_()),  # whether the date is approximate
        ("year", pa.int32()),  # the middle of earliest and latest
        ("title", pa.string()),
        ("style", pa.string()),
        ("genre", pa.string()),
        ("catalogue_columns", pa.string()),  # the catalogue's own columns, a JSON object of texts
        ("width", pa.int32()),  # pixels of the original, as it is looked at (after EXIF rotation)
        ("height", pa.int32()),
        ("phash", pa.string()),  # 64-bit perceptual hash in hexadecimal
        ("image", pa.binary()),  # JPEG bytes, RGB, short side at most Manifest.short_side
    ]
)
SPLITS_SCHEMA = pa.schema([("painting_id", pa.string()), ("split", pa.string())])  # train, val, test or apart
LEARNED_SPLITS = ("train", "val")
# What the parts of the embeddings repeat of the paintings.
EMBEDDED_COLUMNS = [
    "painting_id", "artist", "qualifier", "date", "earliest", "latest", "circa", "year", "catalogue_columns", "split"
]  # fmt: skip


class Manifest(BaseModel):
    """What every dataset says of itself. fingerprint: names its content. short_side: of the images, pixels at most."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    fingerprint: str
    short_side: int


@dataclass(frozen=True)
class Embeddings:
    """Paintings and their embeddings, row by row.

    paintings: EMBEDDED_COLUMNS. matrix: float16, (paintings, dimensions), the mean over the views of each painting.
    manifest: its parts are the columns of the matrix.
    """

    paintings: pd.DataFrame
    matrix: np.ndarray
    manifest: EmbeddingsManifest

    def where(self, rows: np.ndarray) -> "Embeddings":
        """Return the rows (paintings,) that are true."""
        return replace(self, paintings=self.paintings[rows].reset_index(drop=True), matrix=self.matrix[rows])

    def of_kinds(self, kinds: Collection[Kind]) -> "Embeddings":
        """Return the columns of the parts of these kinds."""
        columns, manifest = self.manifest.columns(kinds), self.manifest.of_kinds(kinds)
        return replace(self, matrix=self.matrix[:, columns], manifest=manifest)

    def finite(self) -> "Embeddings":
        """Return the works whose embeddings are finite, so that a broken one cannot spoil what all artists share."""
        return self.where(np.isfinite(self.matrix).all(axis=1))

    def outside_test(self) -> "Embeddings":
        """Return the works that models may learn from. Raises UserError where there is none."""
        rows = self.paintings["split"].isin(LEARNED_SPLITS).to_numpy()
        if not rows.any():
            raise UserError("no painting of the dataset is in the train or val split; ingest it with other splits")
        return self.where(rows)


@dataclass(frozen=True)
class Dataset:
    """A finished dataset."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> "Dataset":
        """Return the dataset in `folder`. Raises UserError where there is none that is finished and of this version."""
        values = read_manifest(folder)
        if "short_side" not in values:
            raise UserError(f"an older version made {folder}; make it again with jobs/ingest.py")
        return cls(folder, Manifest.model_validate(values))

    @property
    def fingerprint(self) -> str:
        """Return the name of the dataset's content."""
        return self.manifest.fingerprint

    def parts(self) -> list[Path]:
        """Return the Parquet parts of the paintings, in order."""
        return painting_parts(self.folder)

    def paintings(self, *, columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of all paintings, among them `split`. Ask for `image` only where all fit in memory."""
        return pa.concat_tables([read_part(part, columns=columns) for part in self.parts()]).to_pandas()

    def images(self, painting_ids: Sequence[str]) -> dict[str, bytes]:
        """Return the JPEG bytes of paintings by id, in the given order. Raises UserError for an id without one."""
        wanted = pa.array(painting_ids, pa.string())
        images: dict[str, bytes] = {}
        for part in self.parts():
            table = read_parquet(part, columns=["painting_id", "image"], filters=pc.field("painting_id").isin(wanted))
            images |= dict(zip(table["painting_id"].to_pylist(), table["image"].to_pylist(), strict=True))
        if missing := set(painting_ids) - set(images):
            raise UserError(f"{self.folder} has no painting {min(missing)!r}; give ids of its own")
        return {painting_id: images[painting_id] for painting_id in painting_ids}

    def embeddings(self, backbone: str | None = None, *, kinds: Collection[Kind] = KINDS) -> "Embeddings":
        """Return these kinds of the embeddings by `backbone`, by default the only ones that the dataset has.

        Raises UserError where they are missing or out of date, and where there are several and none is named.
        """
        return read_embeddings(self.folder, backbone or self.only_backbone(), kinds=kinds)

    def has_embeddings(self) -> bool:
        """Return whether the dataset has finished embeddings."""
        return any((self.folder / "embeddings").glob("*/manifest.json"))

    def only_backbone(self) -> str:
        """Return the backbone of the only finished embeddings. Raises UserError where there are none or several."""
        folders = sorted((self.folder / "embeddings").glob("*/manifest.json"))
        names = [path.parent.name for path in folders]
        if not names:
            raise UserError(f"{self.folder} has no finished embeddings; make them with jobs/embed.py")
        if len(names) > 1:
            folder = self.folder / "embeddings"
            raise UserError(f"{self.folder} has embeddings by {' and '.join(names)}; keep one of them in {folder}")
        return names[0]


def years_of(paintings: pd.DataFrame) -> Years:
    """Return the years (n) of n paintings. paintings: earliest, latest; missing where a date is open on that side."""
    earliest = paintings["earliest"].to_numpy(dtype=np.float64, na_value=-np.inf)
    return Years(earliest, paintings["latest"].to_numpy(dtype=np.float64, na_value=np.inf))


def read_part(
    part: Path, *, columns: Sequence[str], splits: Sequence[str] | None = None, artists: Sequence[str] | None = None
) -> pa.Table:
    """Return columns of one part of the paintings, `split` among them where named, in the order of the part.

    splits, artists: return only the works of these.
    """
    names = sorted({"artist", *columns} - {"split"})
    split = read_parquet(splits_path(part), columns=["split"])["split"]
    table = read_parquet(part, columns=names).append_column("split", split)
    for name, values in (("split", splits), ("artist", artists)):
        if values is not None:
            table = table.filter(pc.is_in(table[name], pa.array(values, pa.string())))
    return table.select(list(columns))


def write_part(part: Path, table: pa.Table) -> None:
    """Write one part of the paintings, and the column `split` of `table` to the table of splits beside it."""
    for path, rows in ((splits_path(part), table.select(SPLITS_SCHEMA.names)), (part, table.drop_columns(["split"]))):
        make_folder(path.parent)
        with atomic_file(path) as aside:
            pq.write_table(rows, aside)


def splits_path(part: Path) -> Path:
    """Return the path of the table of splits of one part of the paintings."""
    return part.parent.parent / "splits" / part.name


def read_manifest(dataset: Path) -> dict[str, Any]:
    """Return the manifest of a finished dataset. Raises UserError where there is none."""
    manifest = find_json(dataset / "manifest.json")
    if manifest is None:
        raise UserError(f"{dataset} is not a finished dataset (it has no manifest.json); make it with jobs/ingest.py")
    return manifest


def painting_parts(dataset: Path) -> list[Path]:
    """Return the Parquet parts of the paintings, in order.

    Raises UserError for a dataset of an older version, which had the splits in the parts.
    """
    parts = sorted((dataset / "paintings").glob("part-*.parquet"))
    if parts and not splits_path(parts[0]).is_file():
        raise UserError(
            f"{dataset} has no table of splits: an older version made it; make it again with jobs/ingest.py"
        )
    return parts


def embeddings_folder(dataset: Path, backbone: str) -> Path:
    """Return the folder of the embeddings that `backbone` made of `dataset`."""
    return dataset / "embeddings" / backbone


def read_embeddings(dataset: Path, backbone: str, *, kinds: Collection[Kind] = KINDS) -> Embeddings:
    """Read these kinds of the embeddings of `backbone`. Raises UserError where they are missing or out of date."""
    folder = embeddings_folder(dataset, backbone)
    again = f"make them with jobs/embed.py --dataset {dataset} --backbone {backbone}"
    values = find_json(folder / "manifest.json")
    if values is None:
        raise UserError(f"{dataset} has no finished {backbone} embeddings; {again}")
    try:
        manifest = EmbeddingsManifest.model_validate(values)
    except ValidationError as error:
        raise UserError(f"this version cannot read {folder / 'manifest.json'}; {again}") from error
    if manifest.dataset != read_manifest(dataset)["fingerprint"]:
        raise UserError(f"the {backbone} embeddings of {dataset} were made from other paintings; {again}")
    columns = manifest.columns(kinds)
    parts = [read_embedded_part(part, columns=columns) for part in sorted(folder.glob("part-*.parquet"))]
    frame = pd.concat([paintings for paintings, _ in parts], ignore_index=True)
    order = np.argsort(frame["painting_id"].to_numpy(dtype=str), kind="stable")
    matrix = np.concatenate([vectors for _, vectors in parts])[order]
    paintings = frame.iloc[order].reset_index(drop=True)
    return Embeddings(paintings=paintings, matrix=matrix, manifest=manifest.of_kinds(kinds))


def read_embedded_part(part: Path, *, columns: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the paintings of one part, and these columns of the mean over the views of each, float16."""
    table = read_parquet(part)
    flat = table["embedding"].combine_chunks()
    vectors = flat.flatten().to_numpy().reshape(len(flat), -1)[:, columns]
    frame = table.drop_columns(["embedding"]).to_pandas()
    views = int(frame["view"].max()) + 1 if len(frame) else 1
    order = np.lexsort((frame["view"], frame["painting_id"]))
    first = frame.iloc[order[::views]].drop(columns="view").reset_index(drop=True)
    matrix = vectors[order].reshape(len(first), views, len(columns)).mean(axis=1, dtype=np.float32)
    return first, matrix.astype(np.float16)
