"""Catalogues laid out as Kaggle lays out Painter by Numbers, for tests of the published protocol."""

import csv
from collections.abc import Iterable
from pathlib import Path

Row = tuple[str, str, str]  # artist, date, id


def careers(artists: int, works: int) -> list[Row]:
    """Return works of each artist in the years from 1850 on, with ids like Kaggle's."""
    return [
        (f"Painter {artist:02}", str(1850 + work % 60), f"{artist * works + work}.jpg")
        for artist in range(artists)
        for work in range(works)
    ]


def write_catalogue(path: Path, rows: Iterable[Row]) -> Path:
    """Write a catalogue and return its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("artist", "date", "new_filename"), *rows])
    return path
