"""Catalogues of small pictures that tests ingest."""

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image


def painting(seed: int, *, size: tuple[int, int] = (90, 60)) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def write_source(root: Path, *, artists: int, works: int) -> Path:
    """Make a folder of images and catalogue.csv with `works` works of each artist."""
    root.mkdir()
    rows = [(f"artist {a}", 1800 + w, f"{a}-{w}.jpg", str(w % 4 != 0)) for a in range(artists) for w in range(works)]
    for number, (_, _, file, _) in enumerate(rows):
        (root / file).write_bytes(painting(number))
    with (root / "catalogue.csv").open("w", newline="") as catalogue:
        csv.writer(catalogue).writerows([("artist", "date", "file", "in_train"), *rows])
    return root
