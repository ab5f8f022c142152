"""Catalogues of small pictures that tests ingest."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray
from PIL import Image

from jobs.ingest import Ingest
from tests.nodes import REPOSITORY
from tests.waiting import wait_for


def painting(seed: int, *, size: tuple[int, int] = (90, 60)) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def shared_folder(name: str) -> Path:
    """Return a folder of real data beside the repository, or in it; skip the test where there is none."""
    places = [folder / "shared" / name for folder in (REPOSITORY, REPOSITORY.parent)]
    real = next((place for place in places if place.is_dir()), None)
    if real is None:
        pytest.skip(f"the shared data {name} is not beside the repository ({places[-1]})")
    return real


def write_source(root: Path, *, artists: int, works: int) -> Path:
    """Make a folder of images and catalogue.csv with `works` works of each artist."""
    root.mkdir()
    rows = [(f"artist {a}", 1800 + w, f"{a}-{w}.jpg", str(w % 4 != 0)) for a in range(artists) for w in range(works)]
    for number, (_, _, file, _) in enumerate(rows):
        (root / file).write_bytes(painting(number))
    with (root / "catalogue.csv").open("w", newline="") as catalogue:
        csv.writer(catalogue).writerows([("artist", "date", "file", "in_train"), *rows])
    return root


def change_catalogue(root: Path, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    """Replace the rows of a catalogue."""
    with (root / "catalogue.csv").open(newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with (root / "catalogue.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def replace_a_work(root: Path) -> None:
    """Take the first work of a catalogue out and add one of another artist in the middle."""
    (root / "9-0.jpg").write_bytes(painting(900))
    row = {"artist": "artist 9", "date": "1850", "file": "9-0.jpg", "in_train": "True"}
    change_catalogue(root, lambda rows: [*rows[1:20], row, *rows[20:]])


def kill_ingest(root: Path, out: Path, *, when: Path, log: Path) -> None:
    """Run jobs/ingest.py on the test session's cluster and kill it as soon as there is a JSON file in `when`.

    Fails if the job ends first or the deadline passes.
    """
    command = [sys.executable, REPOSITORY / "jobs" / "ingest.py", "--source", "csv", "--root", root, "--out", out]
    command += ["--catalogue", root / "catalogue.csv"]
    environment = os.environ | {"RAY_ADDRESS": ray.get_runtime_context().gcs_address}
    with log.open("w") as file:
        process = subprocess.Popen(list(map(str, command)), stdout=file, stderr=file, env=environment)
    wait_for(lambda: any(when.glob("[0-9]*.json")), during=process, log=log)
    process.kill()
    process.wait()


def ingest_config(root: Path, out: Path, **options: Any) -> Ingest:
    """Return the options of an ingest of the catalogue that write_source() wrote."""
    return Ingest(source="csv", root=root, catalogue=root / "catalogue.csv", out=out, **options)
