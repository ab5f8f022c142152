"""Datasets that tests update, and what is in them."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.ingest import Ingest, main
from lib.data.dataset import Dataset
from lib.data.paintings import PAINTINGS_SCHEMA

COLUMNS = [*PAINTINGS_SCHEMA.names, "split"]


def ingest(root: Path, out: Path, **options: Any) -> None:
    """Make or update the dataset `out` from the table and the pictures in `root`."""
    main(Ingest(source="csv", root=root, catalogue=root / "catalogue.csv", out=out, **options))


def paintings(dataset: Path) -> pd.DataFrame:
    """Return everything that a dataset holds of its paintings."""
    return Dataset.open(dataset).paintings(columns=COLUMNS)


def contents(folder: Path) -> dict[str, str]:
    """Return the checksum of each file below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
