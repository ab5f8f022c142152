"""python benchmarks/ingest.py

Compare the decoding stage of jobs/ingest.py with a bare multi-process Pillow loop that does the same work (decode
at reduced scale, resize, perceptual hash, encode) on the same files and cores, alternately, after one warm-up each.
"""

import io
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import imagehash
from comparison import Comparison, Found, keep
from jpegs import EQUALLY_NICE, make_files, write_catalogue
from PIL import Image
from watch import Watch

from lib.data import ingest
from lib.data.catalogues import read_catalogue
from lib.data.images import SHORT_SIDE
from lib.data.rows import CatalogueOptions
from lib.data.workspace import Workspace
from lib.infra import cli
from lib.infra.cluster import connect


@dataclass(frozen=True)
class Benchmark:
    """What to measure."""

    files: int = 256
    """Different JPEG files to generate."""
    rows: int = 6144
    """Rows of the catalogue; the files are repeated by links."""
    repeats: int = 3
    """Measurements of each side."""


def main(config: Benchmark) -> None:
    """Generate the files, measure, keep the figures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "images")
        catalogue = write_catalogue(root, make_files(root, number=config.files, rows=config.rows))
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        os.chdir(folder)
        with Watch() as watch:
            speeds = compare(root, catalogue, rows=config.rows, repeats=config.repeats)
    keep(
        "ingest",
        Found(
            title="Ingest: the decoding stage",
            comparisons=[
                Comparison(
                    f"{config.rows:,} JPEGs of about 1,500 pixels",
                    "a bare multi-process Pillow loop that decodes at reduced scale, resizes, hashes and encodes",
                    "images/s",
                    speeds["jobs/ingest"],
                    speeds["bare Pillow"],
                    wanted=1.3,
                )
            ],
            notes=[f"The largest process held {watch.most_mebibytes()} MiB."],
        ),
    )


def compare(root: Path, catalogue: Path, *, rows: int, repeats: int) -> dict[str, list[float]]:
    """Return the images per second of both sides, run in turn."""
    paintings = read_catalogue("csv", root, CatalogueOptions(catalogue=catalogue)).paintings
    paths = [str(root / name) for name in paintings["file"]]
    assert len(paths) == rows, f"{len(paths)} of {rows} rows are ingested"
    speeds: dict[str, list[float]] = {"bare Pillow": [], "jobs/ingest": []}
    os.environ |= EQUALLY_NICE
    connect()
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for repeat in range(repeats + 1):
            workspace = Workspace(root.parent / f"dataset-{repeat}")
            workspace.begin(paintings, {})
            speeds["bare Pillow"].append(speed(len(paths), partial(pool.map, bare_file, paths, 16)))
            speeds["jobs/ingest"].append(
                speed(len(paths), partial(ingest.write_parts, workspace, root, short_side=SHORT_SIDE))
            )
    return {name: measured[1:] for name, measured in speeds.items()}


def bare_file(path: str) -> int:
    """Do to one file what the job does; return the size of the small copy in bytes."""
    image: Image.Image = Image.open(path)
    factor = min(image.size) // SHORT_SIDE
    image.draft(None, (image.width // factor, image.height // factor))
    scale = SHORT_SIDE / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    imagehash.phash(image)
    image.save(buffer, "JPEG", quality=90)
    return len(buffer.getvalue())


def speed(rows: int, work: Callable[[], object]) -> float:
    """Return the rows per second of some work."""
    start = time.monotonic()
    work()
    return rows / (time.monotonic() - start)


if __name__ == "__main__":
    cli.run(main, Benchmark, __doc__)
