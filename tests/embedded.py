"""Make a dataset folder that holds embeddings only: careers of many artists, without pictures."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lib.files import make_folder, write_json

BLOCKS = [4, 12]


def write_embedded(dataset: Path, *, artists: int, works: int, seed: int = 0) -> list[str]:
    """Write a dataset of artists whose embeddings drift with the year; return their names."""
    random = np.random.default_rng(seed)
    names = [f"Artist {number:03}" for number in range(artists)]
    rows = artists * works
    years = random.integers(1870, 1900, rows)
    centres = np.repeat(3 * random.normal(size=(artists, sum(BLOCKS))), works, axis=0)
    drift = (years[:, None] - 1885) / 15 * random.normal(size=(1, sum(BLOCKS)))
    vectors = (centres + drift + 0.5 * random.normal(size=(rows, sum(BLOCKS)))).astype(np.float16)
    table = pa.table(
        {
            "painting_id": [f"{row:05}" for row in range(rows)],
            "artist": np.repeat(names, works),
            "year": pa.array(years, pa.int32()),
            "circa": np.zeros(rows, dtype=bool),
            "split": np.resize(["train", "train", "train", "val", "test"], rows),
            "view": np.zeros(rows, dtype=np.int16),
            "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), sum(BLOCKS)),
        }
    )
    folder = make_folder(dataset / "embeddings" / "efficientnet_lite0")
    pq.write_table(table, folder / "part-00000.parquet")
    write_json(dataset / "manifest.json", {"fingerprint": "made for a test"})
    recipe = {"dataset": "made for a test", "backbone": "efficientnet_lite0", "views": 1, "blocks": BLOCKS}
    write_json(folder / "manifest.json", recipe)
    return names


def change_rows(dataset: Path, change: dict[str, pa.Array]) -> None:
    """Replace columns of the embeddings of a dataset."""
    part = dataset / "embeddings" / "efficientnet_lite0" / "part-00000.parquet"
    table = pq.read_table(part)
    for name, values in change.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    pq.write_table(table, part)


def read_column(dataset: Path, name: str) -> pa.ChunkedArray:
    """Return a column of the embeddings of a dataset."""
    return pq.read_table(dataset / "embeddings" / "efficientnet_lite0" / "part-00000.parquet", columns=[name])[name]
