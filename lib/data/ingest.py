"""A paintings dataset in the making: a hidden folder of parts that are written one by one, in any order.

.NAME.ingest/                in a store NAME/.ingest
  request.json               what is being made, so that other input, options or columns never mix
  plan.parquet               the rows to read; row group N becomes part N
  done/00000.json …          written after the part: how many paintings it has, which files were rejected
  dataset/paintings/…        the parts, each written once; in a store, which cannot rename, NAME/paintings
  dataset/splits/…           written when all parts are there, for near-duplicates may be in different parts
"""

import csv
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib.data.dataset import PAINTINGS_SCHEMA, SPLITS_SCHEMA, splits_path
from lib.data.images import MAX_BYTES, ImageError, small_image
from lib.infra.atomic import atomic_file, find_json, make_folder, read_json, write_json
from lib.infra.paths import is_local, read_parquet, remove_folder

ROWS_PER_PART = 256

_CATALOGUE_COLUMNS = ["painting_id", "artist", "year", "circa", "title", "style", "genre"]
_PLAN_SCHEMA = pa.schema(
    [PAINTINGS_SCHEMA.field(name) for name in _CATALOGUE_COLUMNS]
    + [pa.field("file", pa.string()), pa.field("catalogue_split", pa.string())]
)


def work_folder(out: Path) -> Path:
    """Return the hidden folder in which the dataset `out` is made."""
    return out.with_name(f".{out.name}.ingest") if is_local(out) else out / ".ingest"


def dataset_folder(work: Path) -> Path:
    """Return where the parts and all else of the dataset gather."""
    return work / "dataset" if is_local(work) else work.parent


def publish(work: Path, out: Path) -> None:
    """Make what gathered the dataset `out`; in a store its manifest, which was written last, has done so."""
    if is_local(work):
        os.replace(dataset_folder(work), out)
    remove_folder(work)


def discard(work: Path) -> None:
    """Remove what an interrupted run left."""
    remove_folder(work if is_local(work) else dataset_folder(work))


def begin(work: Path, paintings: pd.DataFrame, request: dict[str, Any]) -> None:
    """Lay out the hidden folder `work` for `paintings` (the columns of the plan)."""
    make_folder(dataset_folder(work) / "paintings")
    make_folder(work / "done")
    plan = pa.Table.from_pandas(paintings, schema=_PLAN_SCHEMA, preserve_index=False)
    with atomic_file(work / "plan.parquet") as aside:
        pq.write_table(plan, aside, row_group_size=ROWS_PER_PART)
    write_json(work / "request.json", _begun(request))


def is_begun(work: Path, request: dict[str, Any]) -> bool:
    """Tell whether `work` holds the beginning of exactly this request."""
    return find_json(work / "request.json") == _begun(request) and (not is_local(work) or dataset_folder(work).is_dir())


def _begun(request: dict[str, Any]) -> dict[str, Any]:
    """Return what request.json holds: the columns too, for another version may write others."""
    return {"request": request, "columns": PAINTINGS_SCHEMA.names}


def parts(work: Path) -> int:
    """Return the number of parts of the plan."""
    with (work / "plan.parquet").open("rb") as file:
        return pq.read_metadata(file).num_row_groups


def missing_parts(work: Path) -> list[int]:
    """Return the parts that are not written yet."""
    done = {path.name for path in (work / "done").glob("*.json")}
    return [part for part in range(parts(work)) if _done_path(work, part).name not in done]


def write_part(work: Path, part: int, *, root: Path) -> int:
    """Decode, resize and write one part; return the number of rows of its plan."""
    with (work / "plan.parquet").open("rb") as file:
        plan = pq.ParquetFile(file).read_row_group(part).to_pylist()
    rows, rejected = [], []
    for row in plan:
        try:
            rows.append(_painting(row, root))
        except ImageError as error:
            rejected.append([row["painting_id"], str(error)])
    if rows:
        _write_table(_part_path(work, part), pa.Table.from_pylist(rows, schema=PAINTINGS_SCHEMA))
    write_json(_done_path(work, part), {"paintings": len(rows), "rejected": rejected})
    return len(plan)


def rejected_files(work: Path) -> list[tuple[str, str]]:
    """Return file and reason of the rejected images of all parts, in the order of the plan."""
    return [tuple(pair) for part in range(parts(work)) for pair in read_json(_done_path(work, part))["rejected"]]


def read_written(work: Path) -> pd.DataFrame:
    """Return part, painting_id, artist, year, phash and catalogue_split of all paintings that were written."""
    columns = ["painting_id", "artist", "year", "phash"]
    tables = [
        read_parquet(_part_path(work, part), columns=columns).append_column("part", pa.repeat(part, paintings))
        for part in range(parts(work))
        if (paintings := read_json(_done_path(work, part))["paintings"])
    ]
    if not tables:
        return pd.DataFrame(columns=[*columns, "part", "catalogue_split"])
    plan = read_parquet(work / "plan.parquet", columns=["painting_id", "catalogue_split"]).to_pandas()
    return pa.concat_tables(tables).to_pandas().merge(plan, on="painting_id", how="left", validate="1:1")


def write_splits(work: Path, paintings: pd.DataFrame) -> None:
    """Write the split of each painting into the table beside its part; doing it again changes nothing.

    paintings: part, painting_id, split; those of a part in the order of the part.
    """
    make_folder(dataset_folder(work) / "splits")
    for part in paintings["part"].unique():
        rows = paintings[paintings["part"] == part]
        table = pa.Table.from_pandas(rows, schema=SPLITS_SCHEMA, preserve_index=False)
        with atomic_file(splits_path(_part_path(work, part))) as aside:
            pq.write_table(table, aside)


def write_rejected(path: Path, rejected: list[tuple[str, str]]) -> None:
    """Write rejected.csv from pairs of file and reason."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "reason"), *rejected])


def sweep(work: Path) -> None:
    """Remove what a killed process left half-written among the parts; in a store nothing ever is."""
    for folder in ("paintings", "splits"):
        for path in (dataset_folder(work) / folder).glob(".part-*"):
            path.unlink(missing_ok=True)


def _painting(row: dict[str, Any], root: Path) -> dict[str, Any]:
    try:
        with (root / row["file"]).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImageError(f"the file cannot be read: {error.strerror or error}") from error
    small = small_image(data)
    return {name: row[name] for name in _CATALOGUE_COLUMNS} | {
        "width": small.width,
        "height": small.height,
        "phash": small.phash,
        "image": small.jpeg,
    }


def _write_table(path: Path, table: pa.Table) -> None:
    texts = [name for name in PAINTINGS_SCHEMA.names if name != "image"]
    with atomic_file(path) as aside:
        # JPEG bytes neither compress nor repeat, and their minimum and maximum say nothing.
        pq.write_table(
            table,
            aside,
            compression={name: "NONE" if name == "image" else "SNAPPY" for name in PAINTINGS_SCHEMA.names},
            use_dictionary=texts,
            write_statistics=texts,
        )


def _part_path(work: Path, part: int) -> Path:
    return dataset_folder(work) / "paintings" / f"part-{part:05d}.parquet"


def _done_path(work: Path, part: int) -> Path:
    return work / "done" / f"{part:05d}.json"
