"""JPEG files as large as those of Painter by Numbers, with a catalogue, for the benchmarks of ingest."""

import csv
import os
from pathlib import Path

import numpy as np
from PIL import Image

MAX_LONG_SIDE = 1500  # pixels, as in Painter by Numbers
ARTISTS = 2109  # as in Painter by Numbers
# Ray would give its workers a lower priority than other processes have: on a busy machine, a smaller share.
EQUALLY_NICE = {"RAY_worker_niceness": "0"}


def make_files(root: Path, *, number: int, rows: int) -> list[str]:
    """Write `number` different JPEGs, and links to them until there are `rows` files; return their names."""
    root.mkdir()
    names = [f"{index:05d}.jpg" for index in range(rows)]
    numbers = np.random.default_rng(0)
    for index, name in enumerate(names):
        if index < number:
            painting(numbers).save(root / name, quality=85)
        else:
            os.link(root / names[index % number], root / name)
    return names


def painting(numbers: np.random.Generator) -> Image.Image:
    """Return an image with detail at several scales: about 1500 pixels, and a file of a few hundred kilobytes."""
    short = int(numbers.integers(1000, MAX_LONG_SIDE))
    pixels = np.full((short, MAX_LONG_SIDE, 3), 128, dtype=np.float32)
    for scale, strength in ((4, 25), (32, 50), (256, 60)):
        cells = numbers.normal(128, strength, (short // scale + 1, MAX_LONG_SIDE // scale + 1, 3))
        small = Image.fromarray(cells.clip(0, 255).astype(np.uint8))
        pixels += np.asarray(small.resize((MAX_LONG_SIDE, short), Image.Resampling.BICUBIC), np.float32) - 128
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def write_catalogue(root: Path, files: list[str]) -> Path:
    """Write a catalogue of the files that jobs/ingest.py --source csv reads; return its path."""
    path = root / "catalogue.csv"
    names = artist_names()
    with path.open("w", newline="") as file:
        rows = [(names[index % ARTISTS], 1500 + index % 400, name) for index, name in enumerate(files)]
        csv.writer(file).writerows([("artist", "date", "file"), *rows])
    return path


def artist_names() -> list[str]:
    """Return ARTISTS names that no catalogue would take for those of unnamed artists, as it does names with numbers."""
    letters = np.random.default_rng(0).integers(ord("a"), ord("z") + 1, (ARTISTS, 2, 9), dtype=np.uint8)
    return [" ".join(word.tobytes().decode().title() for word in name) for name in letters]
