"""The embeddings of a dataset, read whole: the paintings and one row of numbers for each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from pydantic import ValidationError

from lib.data.descriptor import KINDS, EmbeddingsManifest, Kind
from lib.data.manifest import read_manifest
from lib.data.paintings import LEARNED_SPLITS, painting_parts
from lib.infra.atomic import find_json
from lib.infra.errors import UserError
from lib.infra.paths import read_parquet

# What the parts of the embeddings repeat of the paintings.
EMBEDDED_COLUMNS = [
    "painting_id", "artist", "qualifier", "date", "earliest", "latest", "circa", "year", "catalogue_columns", "split"
]  # fmt: skip
PICTURE = "picture"  # column of embedded parts: names the content of the file; null where that is not known


@dataclass(frozen=True)
class Embeddings:
    """Paintings and their embeddings, row by row.

    paintings: EMBEDDED_COLUMNS and PICTURE. matrix: float16, (paintings, dimensions), the mean over the views of each
    painting. manifest: its parts are the columns of the matrix.
    """

    paintings: pd.DataFrame
    matrix: np.ndarray
    manifest: EmbeddingsManifest

    def where(self, rows: np.ndarray) -> "Embeddings":
        """Return the works in these rows, by number or by a mask (paintings,)."""
        numbers = np.arange(len(self.paintings))[rows]
        return replace(self, paintings=self.paintings.iloc[numbers].reset_index(drop=True), matrix=self.matrix[rows])

    def of_kinds(self, kinds: Collection[Kind]) -> "Embeddings":
        """Return the columns of the parts of these kinds."""
        columns, manifest = self.manifest.columns(kinds), self.manifest.of_kinds(kinds)
        return replace(self, matrix=self.matrix[:, columns], manifest=manifest)

    def finite(self) -> "Embeddings":
        """Return the works whose embeddings are finite, so that a broken one cannot spoil what all artists share."""
        return self.where(np.isfinite(self.matrix).all(axis=1))

    def outside_test(self) -> "Embeddings":
        """Return the works that models may learn from. Raises UserError where there is none."""
        return self.where(require_learned(self.paintings))

    def read(self) -> "Embeddings":
        """Return the works themselves: their embeddings are in memory."""
        return self


def require_learned(paintings: pd.DataFrame) -> np.ndarray:
    """Return (n,) whether models may learn from each of the paintings. Raises UserError where there is none."""
    rows = paintings["split"].isin(LEARNED_SPLITS).to_numpy()
    if not rows.any():
        raise UserError("no painting of the dataset is in the train or val split; ingest it with other splits")
    return rows


def embeddings_folder(dataset: Path, backbone: str) -> Path:
    """Return the folder of the embeddings that `backbone` made of `dataset`."""
    return dataset / "embeddings" / backbone


def read_embeddings_manifest(dataset: Path, backbone: str) -> EmbeddingsManifest:
    """Return what the embeddings of `backbone` are. Raises UserError where they are missing or out of date."""
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
    return manifest


def read_embeddings(dataset: Path, backbone: str, *, kinds: Collection[Kind] = KINDS) -> Embeddings:
    """Read these kinds of the embeddings of `backbone`, all of them into memory.

    Raises UserError where they are missing or out of date.
    """
    folder, manifest = embeddings_folder(dataset, backbone), read_embeddings_manifest(dataset, backbone)
    columns = manifest.columns(kinds)
    parts = [read_embedded_part(part, columns=columns) for part in embedded_parts(dataset, folder)]
    frame = pd.concat([paintings for paintings, _ in parts], ignore_index=True)
    order = np.argsort(frame["painting_id"].to_numpy(dtype=str), kind="stable")
    matrix = np.concatenate([vectors for _, vectors in parts])[order]
    paintings = frame.iloc[order].reset_index(drop=True)
    return Embeddings(paintings=paintings, matrix=matrix, manifest=manifest.of_kinds(kinds))


def embedded_parts(dataset: Path, folder: Path) -> list[Path]:
    """Return the embedded parts of a dataset in a folder, in its order. Raises UserError where one is missing."""
    found = {part.name: part for part in sorted(folder.glob("part-*.parquet"))}
    names = [part.name for part in painting_parts(dataset)] or list(
        found
    )  # a dataset of embeddings alone has no others
    if missing := set(names) - set(found):
        raise UserError(f"{folder} lacks {min(missing)}; make it with jobs/embed.py --dataset {dataset}")
    return [found[name] for name in names]


def find_embeddings(parts: Sequence[Path], pictures: Mapping[str, str | None]) -> dict[str, np.ndarray]:
    """Return (views, dimensions) of the paintings in embedded parts whose pictures are these. pictures: by id."""
    wanted = pc.field("painting_id").isin(list(pictures))
    found: dict[str, np.ndarray] = {}
    for part in parts:
        table = read_parquet(part, columns=["painting_id", PICTURE, "embedding"], filters=wanted)
        names, shown = (np.array(table[name].to_pylist(), dtype=object) for name in ("painting_id", PICTURE))
        flat = table["embedding"].combine_chunks()
        vectors = flat.flatten().to_numpy().reshape(len(flat), -1)
        same = np.array(
            [picture is not None and picture == pictures[name] for name, picture in zip(names, shown, strict=True)],
            dtype=bool,
        )
        found |= {name: vectors[same & (names == name)] for name in set(names[same])}  # its views, in order
    return found


def read_embedded_part(part: Path, *, columns: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the paintings of one part, and these columns of the mean over the views of each, float16."""
    table = read_parquet(part)
    flat = table["embedding"].combine_chunks()
    vectors = flat.flatten().to_numpy().reshape(len(flat), -1)
    if len(columns) < vectors.shape[1]:  # else a copy of all would be made for nothing
        vectors = vectors[:, columns]
    frame = table.drop_columns(["embedding"]).to_pandas()
    views = int(frame["view"].max()) + 1 if len(frame) else 1
    order = np.lexsort((frame["view"], frame["painting_id"]))
    first = frame.iloc[order[::views]].drop(columns="view").reset_index(drop=True)
    if views == 1:
        return first, vectors[order]
    matrix = vectors[order].reshape(len(first), views, len(columns)).mean(axis=1, dtype=np.float32)
    return first, matrix.astype(np.float16)
