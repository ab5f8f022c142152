"""A made-up dataset of embeddings without pictures: artists whose style drifts, for tests and benchmarks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lib.infra.atomic import write_json
from lib.infra.paths import make_folder

BACKBONE = "efficientnet_lite0"
ROWS_PER_PART = 1024  # a reader of some artists reads no others' parts
SHORT_SIDE = 320  # pixels, of the pictures that there might be


def write_careers(dataset: Path, *, artists: int, works: int, blocks: Sequence[int], seed: int = 0) -> list[str]:
    """Write a dataset of artists whose embeddings drift with the year, with noise; return their names.

    works: of each artist. blocks: widths of the depths that make up an embedding.
    """
    random = np.random.default_rng(seed)
    names = [f"Artist {number:03}" for number in range(artists)]
    rows = artists * works
    years = random.integers(1870, 1900, rows)
    centres = 3 * random.standard_normal((artists, sum(blocks)), dtype=np.float32)
    drift = random.standard_normal(sum(blocks), dtype=np.float32) / 15  # of the style, per year
    vectors = np.repeat(centres, works, axis=0)
    vectors += (years[:, None] - 1885).astype(np.float32) * drift
    vectors += 0.5 * random.standard_normal(vectors.shape, dtype=np.float32)
    table = pa.table(
        {
            "painting_id": [f"{row:06}" for row in range(rows)],
            "artist": np.repeat(names, works),
            "qualifier": [""] * rows,
            "date": years.astype(str),
            "earliest": pa.array(years, pa.int32()),
            "latest": pa.array(years, pa.int32()),
            "circa": np.zeros(rows, dtype=bool),
            "year": pa.array(years, pa.int32()),
            "catalogue_columns": ["{}"] * rows,
            "split": np.resize(["train", "train", "train", "val", "test"], rows),
            "view": np.zeros(rows, dtype=np.int16),
            "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.astype(np.float16).ravel()), sum(blocks)),
        }
    )
    folder = make_folder(dataset / "embeddings" / BACKBONE)
    for number, first in enumerate(range(0, rows, ROWS_PER_PART)):
        pq.write_table(table.slice(first, ROWS_PER_PART), folder / f"part-{number:05d}.parquet")
    write_json(dataset / "manifest.json", {"fingerprint": f"made up {seed}", "short_side": SHORT_SIDE})
    write_json(folder / "manifest.json", made_up_manifest(f"made up {seed}", blocks=blocks))
    return names


def made_up_manifest(dataset: str, *, blocks: Sequence[int]) -> dict[str, Any]:
    """Return the manifest of made-up statistics of these widths, as lib/data/descriptor.py reads it."""
    source = {
        "name": BACKBONE,
        "weights": "installed",
        "checksum": "made up",
        "size": 320,
        "licence": "none",
        "precision": "float32",
    }
    part = {"backbone": BACKBONE, "kind": "statistics", "widths": list(blocks)}
    return {"dataset": dataset, "short_side": SHORT_SIDE, "views": 1, "backbones": [source], "parts": [part]}
