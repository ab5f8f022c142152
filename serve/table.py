"""The CSV answer: order.csv, as jobs/sort_paintings.py writes it, with the rejected files."""

from typing import Any

from lib.dating.order import DatedWork
from lib.infra.spreadsheets import csv_text
from serve.schemas import Group, Painting, SortAnswer

COLUMNS = (
    "file", "position", "tie_group", "score", "year", "low", "high", "edtf", "known", "beyond", "artist_probability",
    "doubt",
)  # fmt: skip
MORE = ("artist", "verdict", "given", "known_probability", "outlier", "in_catalogue", "rejected")


def as_csv(answer: SortAnswer) -> str:
    """Return one row per file: the works of each group in order, then the rejected files with their reasons."""
    rows = [csv_row(painting, group) for group in answer.groups for painting in group.paintings]
    rejected = [{"file": file.file, "rejected": file.reason} for file in answer.rejected]
    names = list(dict.fromkeys([*COLUMNS, *MORE, *(name for row in rows for name in row)]))
    return csv_text(names, [[row.get(name) for name in names] for row in [*rows, *rejected]])


def csv_row(painting: Painting, group: Group) -> dict[str, Any]:
    """Return a work as columns of the CSV, its nearest dated work and the catalogue's own columns among them."""
    row = {name: getattr(painting, name) for name in COLUMNS} | {
        "artist": group.artist.name,
        "verdict": group.artist.verdict,
        "given": group.artist.given,
        "known_probability": group.artist.known_probability,
        "outlier": painting.outlier,
        "in_catalogue": painting.in_catalogue.painting_id if painting.in_catalogue else None,
    }
    return row | (DatedWork(**painting.nearest[0].model_dump()).as_columns() if painting.nearest else {})
