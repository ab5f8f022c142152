"""The paintings dataset, on a disk or in a store: Parquet shards, a manifest, and the embeddings made from them.

DATASET/
  manifest.json               fingerprint, source, parameters, counts; written last
  paintings/part-00000.parquet …
  rejected.csv                file, reason
  report/                     pictures and report.md
  embeddings/BACKBONE/        manifest.json and one part for each part of the paintings
  activations/KEY/            what a frozen prefix makes of them, as lib/training/activations.py keeps it
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from lib.infra.atomic import find_json
from lib.infra.errors import UserError
from lib.infra.paths import read_parquet

PAINTINGS_SCHEMA = pa.schema(
    [
        ("painting_id", pa.string()),  # the catalogue's own file name or path
        ("artist", pa.string()),
        ("year", pa.int32()),
        ("circa", pa.bool_()),
        ("title", pa.string()),
        ("style", pa.string()),
        ("genre", pa.string()),
        ("split", pa.string()),  # train, val or test
        ("width", pa.int32()),  # pixels of the original, as it is looked at (after EXIF rotation)
        ("height", pa.int32()),
        ("phash", pa.string()),  # 64-bit perceptual hash in hexadecimal
        ("image", pa.binary()),  # JPEG bytes, RGB, short side at most 256 pixels
    ]
)


@dataclass(frozen=True)
class Embeddings:
    """Paintings and their embeddings, row by row.

    paintings: painting_id, artist, year, circa, split. matrix: float16, (paintings, dimensions), the mean
    over the views of each painting.
    manifest: of the embeddings: dataset (its fingerprint), backbone, views, blocks (widths of the depths).
    """

    paintings: pd.DataFrame
    matrix: np.ndarray
    manifest: dict[str, Any]

    def where(self, rows: np.ndarray) -> "Embeddings":
        """Return the rows (paintings,) that are true."""
        return replace(self, paintings=self.paintings[rows].reset_index(drop=True), matrix=self.matrix[rows])

    def finite(self) -> "Embeddings":
        """Return the works whose embeddings are finite, so that a broken one cannot spoil what all artists share."""
        return self.where(np.isfinite(self.matrix).all(axis=1))

    def outside_test(self) -> "Embeddings":
        """Return the works that models may learn from. Raises UserError where there is none."""
        rows = (self.paintings["split"] != "test").to_numpy()
        if not rows.any():
            raise UserError("every painting of the dataset is in the test split; ingest it with other splits")
        return self.where(rows)


def read_manifest(dataset: Path) -> dict[str, Any]:
    """Return the manifest of a finished dataset. Raises UserError where there is none."""
    manifest = find_json(dataset / "manifest.json")
    if manifest is None:
        raise UserError(f"{dataset} is not a finished dataset (it has no manifest.json); make it with jobs/ingest.py")
    return manifest


def painting_parts(dataset: Path) -> list[Path]:
    """Return the Parquet parts of the paintings, in order."""
    return sorted((dataset / "paintings").glob("part-*.parquet"))


def read_paintings(dataset: Path, *, columns: list[str]) -> pd.DataFrame:
    """Read some columns of all paintings. Ask for `image` only where all of them fit in memory."""
    read_manifest(dataset)
    return pa.concat_tables([read_parquet(part, columns=columns) for part in painting_parts(dataset)]).to_pandas()


def embeddings_folder(dataset: Path, backbone: str) -> Path:
    """Return the folder of the embeddings that `backbone` made of `dataset`."""
    return dataset / "embeddings" / backbone


def read_embeddings(dataset: Path, backbone: str) -> Embeddings:
    """Read all embeddings of `backbone`. Raises UserError where they are missing or out of date."""
    folder = embeddings_folder(dataset, backbone)
    again = f"make them with jobs/embed.py --dataset {dataset} --backbone {backbone}"
    manifest = find_json(folder / "manifest.json")
    if manifest is None:
        raise UserError(f"{dataset} has no finished {backbone} embeddings; {again}")
    if manifest["dataset"] != read_manifest(dataset)["fingerprint"]:
        raise UserError(f"the {backbone} embeddings of {dataset} were made from other paintings; {again}")
    table = pa.concat_tables([read_parquet(part) for part in sorted(folder.glob("part-*.parquet"))])
    flat = table["embedding"].combine_chunks()
    vectors = flat.flatten().to_numpy().reshape(len(flat), -1)
    frame = table.drop_columns(["embedding"]).to_pandas()
    views = int(frame["view"].max()) + 1
    order = np.lexsort((frame["view"], frame["painting_id"]))
    first = frame.iloc[order[::views]].drop(columns="view").reset_index(drop=True)
    matrix = vectors[order].reshape(len(first), views, -1).mean(axis=1, dtype=np.float32).astype(np.float16)
    return Embeddings(paintings=first, matrix=matrix, manifest=manifest)
