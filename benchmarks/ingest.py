"""python benchmarks/ingest.py

Compares the decoding stage of jobs/ingest.py with a bare multi-process Pillow loop that does the same work (decode
at reduced scale, resize, perceptual hash, encode) on the same files and cores, alternately, after one warm-up each.

Scale: python benchmarks/ingest.py --whole True --rows 76884 times one whole ingest as large as the full catalogue.
"""

import csv
import io
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from jobs import ingest
from lib import cli, shards
from lib.catalogues import read_csv
from lib.cluster import connect

WORKER_NICENESS = 15
MAX_LONG_SIDE = 1500  # pixels, as in Painter by Numbers


@dataclass(frozen=True)
class Benchmark:
    """What to measure."""

    files: int = 256
    """Different JPEG files to generate."""
    rows: int = 6144
    """Rows of the catalogue; the files are repeated by links."""
    repeats: int = 3
    """Measurements of each side."""
    whole: bool = False
    """Time one whole ingest, from catalogue to report, instead of comparing."""


def main(config: Benchmark) -> None:
    """Generate the files, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "images")
        root.mkdir()
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        os.chdir(folder)
        files = _make_files(root, number=config.files, rows=config.rows)
        catalogue = _write_catalogue(root, files)
        with Watch() as watch:
            if config.whole:
                _whole_ingest(root, catalogue, rows=config.rows)
            else:
                _compare(root, catalogue, repeats=config.repeats)
        watch.print()


def _make_files(root: Path, *, number: int, rows: int) -> list[str]:
    names = [f"{index:05d}.jpg" for index in range(rows)]
    numbers = np.random.default_rng(0)
    for index, name in enumerate(names):
        if index < number:
            _painting(numbers).save(root / name, quality=85)
        else:
            os.link(root / names[index % number], root / name)
    return names


def _painting(numbers: np.random.Generator) -> Image.Image:
    """Return an image with detail at several scales: about 1500 pixels, and a file of a few hundred kilobytes."""
    short = int(numbers.integers(1000, MAX_LONG_SIDE))
    pixels = np.full((short, MAX_LONG_SIDE, 3), 128, dtype=np.float32)
    for scale, strength in ((4, 25), (32, 50), (256, 60)):
        cells = numbers.normal(128, strength, (short // scale + 1, MAX_LONG_SIDE // scale + 1, 3))
        small = Image.fromarray(cells.clip(0, 255).astype(np.uint8))
        pixels += np.asarray(small.resize((MAX_LONG_SIDE, short), Image.Resampling.BICUBIC), np.float32) - 128
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _write_catalogue(root: Path, files: list[str]) -> Path:
    path = root / "catalogue.csv"
    with path.open("w", newline="") as file:
        rows = [(f"artist {index % 2109}", 1500 + index % 400, name) for index, name in enumerate(files)]
        csv.writer(file).writerows([("artist", "date", "file"), *rows])
    return path


def _bare_file(path: str) -> int:
    image: Image.Image = Image.open(path)
    factor = min(image.size) // 256
    image.draft(None, (image.width // factor, image.height // factor))
    scale = 256 / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    imagehash.phash(image)
    image.save(buffer, "JPEG", quality=90)
    return len(buffer.getvalue())


def _compare(root: Path, catalogue: Path, *, repeats: int) -> None:
    paintings = read_csv(root, catalogue=catalogue).paintings
    paths = [str(root / name) for name in paintings["file"]]
    speeds: dict[str, list[float]] = {"bare Pillow": [], "jobs/ingest": []}
    connect()
    # Ray runs its workers at this niceness; on a busy machine a loop at another one would get another share.
    with multiprocessing.get_context("spawn").Pool(os.cpu_count(), os.nice, (WORKER_NICENESS,)) as pool:
        for repeat in range(repeats + 1):
            work = root.parent / f".work-{repeat}"
            shards.begin(work, paintings, {})
            speeds["bare Pillow"].append(_speed(len(paths), partial(pool.map, _bare_file, paths, 16)))
            speeds["jobs/ingest"].append(_speed(len(paths), partial(ingest.write_parts, work, root)))
    medians = {name: statistics.median(measured[1:]) for name, measured in speeds.items()}
    for name, measured in speeds.items():
        print(f"{name}: {[round(speed) for speed in measured[1:]]} images/s, median {medians[name]:.0f}")
    print(f"ratio of medians: {medians['jobs/ingest'] / medians['bare Pillow']:.2f} (wanted: at least 0.85)")


def _whole_ingest(root: Path, catalogue: Path, *, rows: int) -> None:
    config = ingest.Ingest(source="csv", root=root, catalogue=catalogue, out=root.parent / "dataset")
    speed = _speed(rows, lambda: ingest.main(config))
    print(f"{rows:,} rows in {rows / speed:.0f} s, {speed:.0f} rows/s, start of Ray and report included")


def _speed(rows: int, work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return rows / (time.monotonic() - start)


class Watch:
    """Follows the resident memory of this process and of all that it starts; shared memory counts in each."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._peaks: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "Watch":
        """Start watching."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def print(self) -> None:
        """Print the highest resident memory that any process of each kind reached."""
        for name, peak in sorted(self._peaks.items(), key=lambda item: -item[1])[:8]:
            print(f"peak {peak >> 10:5d} MiB  {name}")

    def _follow(self) -> None:
        while not self._stop.wait(0.2):
            for name, peak in _family():
                self._peaks[name] = max(self._peaks.get(name, 0), peak)


def _family() -> Iterator[tuple[str, int]]:
    """Yield name and peak resident KiB of this process and all that it started (Linux)."""
    status: dict[int, dict[str, str]] = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # processes end while we look
            fields = (line.split(":", 1) for line in path.read_text().splitlines())
            status[int(path.parent.name)] = {name: value.strip() for name, value in fields}
    family = {os.getpid()}
    for pid in sorted(status):
        if pid in family or int(status[pid]["PPid"]) in family:
            family.add(pid)
            name = "driver" if pid == os.getpid() else status[pid]["Name"]
            yield name, int(status[pid].get("VmHWM", "0 kB").split()[0])


if __name__ == "__main__":
    cli.run(main, Benchmark, __doc__)
