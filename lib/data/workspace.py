"""A paintings dataset in the making: a hidden folder of parts that are written one by one, in any order.

.NAME.ingest/                in a store NAME/.ingest
  request.json               what is being made, so that other input, options or columns never mix
  plan.parquet               the rows to read; row group N becomes part N
  done/00000.json …          written after the part: how many paintings it has, which files were rejected
  dataset/paintings/…        the parts, each written once; in a store, which cannot rename, NAME/paintings
  dataset/splits/…           written when all parts are there: near-duplicates may be in different parts
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib.data.decoding import MAX_BYTES
from lib.data.image_limits import ImageError
from lib.data.images import small_image
from lib.data.paintings import PAINTINGS_SCHEMA, SPLITS_SCHEMA, splits_path
from lib.infra.atomic import atomic_file, find_json, read_json, write_json
from lib.infra.paths import is_local, make_folder, read_parquet, remove_folder
from lib.infra.spreadsheets import write_csv, write_frame

ROWS_PER_PART = 256
ROW_GROUP_BYTES = 64 * 2**20  # of images, all of which a reader of the group has in memory

_IMAGE_COLUMNS = ("width", "height", "phash", "image")
_CATALOGUE_COLUMNS = [name for name in PAINTINGS_SCHEMA.names if name not in _IMAGE_COLUMNS]
_PLAN_SCHEMA = pa.schema(
    [PAINTINGS_SCHEMA.field(name) for name in _CATALOGUE_COLUMNS]
    + [pa.field(name, pa.string()) for name in ("file", "catalogue_split", "apart")]
)


@dataclass(frozen=True)
class Workspace:
    """The hidden folder in which the dataset `out` is made."""

    out: Path

    @property
    def folder(self) -> Path:
        """Return the hidden folder."""
        return self.out.with_name(f".{self.out.name}.ingest") if is_local(self.out) else self.out / ".ingest"

    @property
    def dataset(self) -> Path:
        """Return the folder in which the files of the dataset are collected."""
        return self.folder / "dataset" if is_local(self.out) else self.out

    def begin(self, paintings: pd.DataFrame, request: dict[str, Any]) -> None:
        """Create the folder and its plan. paintings: the columns of the plan."""
        make_folder(self.dataset / "paintings")
        make_folder(self.folder / "done")
        plan = pa.Table.from_pandas(paintings, schema=_PLAN_SCHEMA, preserve_index=False)
        with atomic_file(self.folder / "plan.parquet") as aside:
            pq.write_table(plan, aside, row_group_size=ROWS_PER_PART)
        write_json(self.folder / "request.json", _identity(request))

    def has_begun(self, request: dict[str, Any]) -> bool:
        """Return whether an interrupted run of exactly this request left its work."""
        begun = find_json(self.folder / "request.json") == _identity(request)
        return begun and (not is_local(self.out) or self.dataset.is_dir())

    def publish(self) -> None:
        """Make the files collected the dataset; in a store they are, once the manifest is written."""
        if is_local(self.out):
            os.replace(self.dataset, self.out)
        self.remove()

    def remove(self) -> None:
        """Remove the hidden folder and nothing else."""
        remove_folder(self.folder)

    def discard(self) -> None:
        """Remove what an interrupted run left."""
        remove_folder(self.folder if is_local(self.out) else self.dataset)

    def parts(self) -> int:
        """Return the number of parts of the plan."""
        with (self.folder / "plan.parquet").open("rb") as file:
            return pq.read_metadata(file).num_row_groups

    def missing_parts(self) -> list[int]:
        """Return the numbers of the parts that are not written yet."""
        done = {path.name for path in (self.folder / "done").glob("*.json")}
        return [part for part in range(self.parts()) if self._done_path(part).name not in done]

    def write_part(self, part: int, *, root: Path, short_side: int) -> int:
        """Decode, resize and write the images of one part; return the number of rows of its plan.

        No more than ROW_GROUP_BYTES of images and the last one are in memory. short_side: of the images, pixels.
        """
        with (self.folder / "plan.parquet").open("rb") as file:
            plan = pq.ParquetFile(file).read_row_group(part).to_pylist()
        rejected: list[list[str]] = []
        paintings = _paintings(plan, root, short_side=short_side, rejected=rejected)
        written = _write_paintings(self._part_path(part), _row_groups(paintings))
        write_json(self._done_path(part), {"paintings": written, "rejected": rejected})
        return len(plan)

    def rejected_files(self) -> list[tuple[str, str]]:
        """Return file and reason of the rejected images of all parts, in the order of the plan."""
        done = [read_json(self._done_path(part)) for part in range(self.parts())]
        return [(file, reason) for part in done for file, reason in part["rejected"]]

    def paintings(self) -> pd.DataFrame:
        """Return all paintings without their images, in the order of the plan.

        Columns: part, painting_id, artist, qualifier, date, year, phash, catalogue_split and apart. The frame has no
        row where no image could be used.
        """
        columns = ["painting_id", "artist", "qualifier", "date", "year", "phash"]
        tables = [
            read_parquet(self._part_path(part), columns=columns).append_column("part", pa.repeat(part, paintings))
            for part in range(self.parts())
            if (paintings := read_json(self._done_path(part))["paintings"])
        ]
        if not tables:
            return pd.DataFrame(columns=[*columns, "part", "catalogue_split", "apart"])
        plan = read_parquet(
            self.folder / "plan.parquet", columns=["painting_id", "catalogue_split", "apart"]
        ).to_pandas()
        return pa.concat_tables(tables).to_pandas().merge(plan, on="painting_id", how="left", validate="1:1")

    def write_splits(self, paintings: pd.DataFrame) -> None:
        """Write the table of splits of each part. Writing it again changes nothing.

        paintings: part, painting_id, split; the rows of a part in its order.
        """
        make_folder(self.dataset / "splits")
        for part in paintings["part"].unique():
            rows = paintings[paintings["part"] == part]
            table = pa.Table.from_pandas(rows, schema=SPLITS_SCHEMA, preserve_index=False)
            with atomic_file(splits_path(self._part_path(part))) as aside:
                pq.write_table(table, aside)

    def write_lists(
        self, paintings: pd.DataFrame, *, missing: pd.DataFrame, rejected: Sequence[tuple[str, str]]
    ) -> None:
        """Write rejected.csv, missing.csv and apart.csv, which name the works that no model learns from.

        paintings: as paintings() returns them. missing: painting_id, artist, title and date. rejected: file and reason.
        """
        write_csv(self.dataset / "rejected.csv", ["file", "reason"], rejected)
        write_frame(self.dataset / "missing.csv", missing.rename(columns={"painting_id": "file"}))
        apart = paintings.loc[paintings["apart"].notna(), ["painting_id", "artist", "qualifier", "date", "apart"]]
        write_frame(self.dataset / "apart.csv", apart.rename(columns={"painting_id": "file", "apart": "reason"}))

    def remove_leftovers(self) -> None:
        """Remove the unfinished files of killed processes; a store has none."""
        for folder in ("paintings", "splits"):
            for path in (self.dataset / folder).glob(".part-*"):
                path.unlink(missing_ok=True)

    def _part_path(self, part: int) -> Path:
        return self.dataset / "paintings" / f"part-{part:05d}.parquet"

    def _done_path(self, part: int) -> Path:
        return self.folder / "done" / f"{part:05d}.json"


def _identity(request: dict[str, Any]) -> dict[str, Any]:
    return {"request": request, "columns": PAINTINGS_SCHEMA.names}


def _paintings(
    plan: list[dict[str, Any]], root: Path, *, short_side: int, rejected: list[list[str]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a part, and add id and reason of those without a usable image to `rejected`."""
    for row in plan:
        try:
            yield _painting(row, root, short_side=short_side)
        except ImageError as error:
            rejected.append([row["painting_id"], str(error)])


def _painting(row: dict[str, Any], root: Path, *, short_side: int) -> dict[str, Any]:
    try:
        with (root / row["file"]).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"the file cannot be read: {error.strerror or error}") from error
    small = small_image(data, short_side=short_side)
    return {name: row[name] for name in _CATALOGUE_COLUMNS} | {
        "width": small.width,
        "height": small.height,
        "phash": small.phash,
        "image": small.jpeg,
    }


def _row_groups(rows: Iterable[dict[str, Any]]) -> Iterator[pa.Table]:
    """Yield the rows as tables of about ROW_GROUP_BYTES of images at most."""
    group: list[dict[str, Any]] = []
    for row in rows:
        group.append(row)
        if sum(len(painting["image"]) for painting in group) >= ROW_GROUP_BYTES:
            yield pa.Table.from_pylist(group, schema=PAINTINGS_SCHEMA)
            group = []
    if group:
        yield pa.Table.from_pylist(group, schema=PAINTINGS_SCHEMA)


def _write_paintings(path: Path, tables: Iterator[pa.Table]) -> int:
    """Write tables as row groups of one file, none where there is no table; return the number of rows."""
    first = next(tables, None)
    if first is None:
        return 0
    written = 0
    texts = [name for name in PAINTINGS_SCHEMA.names if name != "image"]
    # JPEG bytes neither compress nor repeat, and their minimum and maximum are of no use.
    compression = {name: "NONE" if name == "image" else "SNAPPY" for name in PAINTINGS_SCHEMA.names}
    with (
        atomic_file(path) as aside,
        pq.ParquetWriter(
            aside, PAINTINGS_SCHEMA, compression=compression, use_dictionary=texts, write_statistics=texts
        ) as writer,
    ):
        for table in chain([first], tables):
            writer.write_table(table)
            written += len(table)
    return written
