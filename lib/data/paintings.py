"""The parts of a dataset of paintings: their columns, and their splits beside them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.data.manifest import Part
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


def painting_parts(dataset: Path, *, parts: Sequence[Part] | None = None) -> list[Path]:
    """Return the Parquet parts of the paintings, in order.

    parts: of the dataset's manifest, which is read where they are not given. Raises UserError for a dataset of an older
    version, which had the splits in the parts.
    """
    folder = dataset / "paintings"
    if parts is None:
        parts = [Part.model_validate(part) for part in (find_json(dataset / "manifest.json") or {}).get("parts") or ()]
    # Subsets and datasets in the making do not list their parts.
    paths = [folder / part.name for part in parts if part.paintings] or sorted(folder.glob("part-*.parquet"))
    if paths and not splits_path(paths[0]).is_file():
        raise UserError(
            f"{dataset} has no table of splits: an older version made it; make it again with jobs/ingest.py"
        )
    return paths


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


def years_of(paintings: pd.DataFrame) -> Years:
    """Return the years (n) of n paintings. paintings: earliest, latest; missing where a date is open on that side."""
    earliest = paintings["earliest"].to_numpy(dtype=np.float64, na_value=-np.inf)
    return Years(earliest, paintings["latest"].to_numpy(dtype=np.float64, na_value=np.inf))
