"""One part of the paintings, from the rows of its plan: pictures that the version before has are taken over."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lib.data.image_limits import ImageError
from lib.data.images import small_image
from lib.data.paintings import PAINTINGS_SCHEMA
from lib.data.picture_files import FILES_SCHEMA, checksum, read_image_file
from lib.infra.atomic import atomic_file

ROW_GROUP_BYTES = 64 * 2**20  # of images, all of which a reader of the group has in memory
IMAGE_COLUMNS = ("width", "height", "phash", "image")
CATALOGUE_COLUMNS = [name for name in PAINTINGS_SCHEMA.names if name not in IMAGE_COLUMNS]


class StoredPictures:
    """The pictures of a finished dataset, of which one row group is in memory at a time."""

    def __init__(self, dataset: Path) -> None:
        """Take the pictures from the parts of `dataset`."""
        self.dataset = dataset
        self.part, self.rows = "", dict[str, dict[str, Any]]()

    def find(self, part: str, painting_id: str) -> dict[str, Any]:
        """Return IMAGE_COLUMNS of a painting of a part."""
        if part != self.part or painting_id not in self.rows:
            self.part, self.rows = part, self._group_with(part, painting_id)
        return self.rows[painting_id]

    def _group_with(self, part: str, painting_id: str) -> dict[str, dict[str, Any]]:
        """Return IMAGE_COLUMNS of the paintings, by id, that are in one row group with a painting."""
        with (self.dataset / "paintings" / part).open("rb") as opened:
            file = pq.ParquetFile(opened)
            for group in range(file.num_row_groups):
                if painting_id in file.read_row_group(group, ["painting_id"])["painting_id"].to_pylist():
                    table = file.read_row_group(group, ["painting_id", *IMAGE_COLUMNS])
                    return {row.pop("painting_id"): row for row in table.to_pylist()}
        raise KeyError(painting_id)


def paintings_of(
    plan: Iterable[dict[str, Any]], root: Path, *, short_side: int, stored: StoredPictures, files: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the paintings of a part, and add a row of FILES_SCHEMA for each row of its plan to `files`.

    short_side: of the pictures, pixels. A file is decoded only where the version `stored` has no picture of its
    content.
    """
    for row in plan:
        problem, picture, sha256 = None, None, row["sha256"] or ""
        try:
            data = None if sha256 else read_image_file(root / row["file"])
            sha256 = sha256 or checksum(data or b"")
            if sha256 != row["stored_sha256"]:
                small = small_image(data or b"", short_side=short_side)
                picture = {name: getattr(small, name) for name in ("width", "height", "phash")} | {"image": small.jpeg}
            elif row["stored_problem"] is not None:
                raise ImageError(row["stored_problem"])
            else:
                picture = stored.find(row["stored_part"], row["stored_id"])
        except ImageError as error:
            problem = str(error)
        known = {name: row.get(name) for name in FILES_SCHEMA.names}
        files.append(known | {"sha256": sha256, "problem": problem})
        if picture:
            yield {name: row[name] for name in CATALOGUE_COLUMNS} | picture


def row_groups(rows: Iterable[dict[str, Any]]) -> Iterator[pa.Table]:
    """Yield the rows as tables of about ROW_GROUP_BYTES of images at most."""
    group: list[dict[str, Any]] = []
    for row in rows:
        group.append(row)
        if sum(len(painting["image"]) for painting in group) >= ROW_GROUP_BYTES:
            yield pa.Table.from_pylist(group, schema=PAINTINGS_SCHEMA)
            group = []
    if group:
        yield pa.Table.from_pylist(group, schema=PAINTINGS_SCHEMA)


def write_paintings(path: Path, tables: Iterator[pa.Table]) -> int:
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
