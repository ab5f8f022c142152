"""The paintings dataset, on a disk or in a store: Parquet shards, a manifest, and the embeddings made from them.

DATASET/
  manifest.json               fingerprint, short_side, the names of the parts, source, parameters, counts; written last
  paintings/part-00000.parquet …
  splits/part-00000.parquet … painting_id and split, row by row as in paintings/part-00000.parquet
  files/part-00000.parquet …  what was read for each row: file, checksum (lib/data/picture_files.py)
  rejected.csv                file, reason: rows and images that cannot be used
  missing.csv                 file, artist, title, date: dated works without an image file
  apart.csv                   file, artist, qualifier, date, reason: works in the split apart
  changes.csv                 file, change, what, split, near_duplicate_of: what the last update did
  report/                     pictures and report.md
  embeddings/BACKBONE/        manifest.json, one part for each part of the paintings, and in backbones/ the weights of
                              a network, unless an installed package has them; several names are joined by +
  activations/KEY/            what a frozen prefix makes of them, as lib/training/activations.py keeps it
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lib.data.descriptor import KINDS, Kind
from lib.data.embedded_works import EmbeddedWorks, read_embedded_works
from lib.data.embeddings import Embeddings, embedded_parts, embeddings_folder, read_embeddings, read_embeddings_manifest
from lib.data.manifest import Manifest, require_dataset
from lib.data.paintings import painting_parts, read_part
from lib.infra.errors import UserError
from lib.infra.paths import read_parquet


@dataclass(frozen=True)
class Dataset:
    """A finished dataset."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> "Dataset":
        """Return the dataset in `folder`. Raises UserError where there is none that is finished and of this version."""
        return cls(folder, require_dataset(folder))

    @property
    def fingerprint(self) -> str:
        """Return the name of the dataset's content."""
        return self.manifest.fingerprint

    def parts(self) -> list[Path]:
        """Return the Parquet parts of the paintings, in order."""
        return painting_parts(self.folder, parts=self.manifest.parts)

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

        All of them are in memory, 65 KB a work by default: for small datasets and for benchmarks. Jobs take
        embedded_works(). Raises UserError where they are missing or out of date, and where there are several and none
        is named.
        """
        return read_embeddings(self.folder, backbone or self.only_backbone(), kinds=kinds)

    def embedded_works(self, backbone: str | None = None) -> EmbeddedWorks:
        """Return the works embedded by `backbone`, by default the only one; their embeddings are read when asked for.

        Raises UserError as embeddings() does.
        """
        backbone = backbone or self.only_backbone()
        manifest, folder = read_embeddings_manifest(self.folder, backbone), embeddings_folder(self.folder, backbone)
        parts = embedded_parts(self.folder, folder)
        if not parts:
            raise UserError(f"the {backbone} embeddings of {self.folder} are empty; ingest a catalogue with works")
        return read_embedded_works(parts, manifest, columns=manifest.columns(KINDS))

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
