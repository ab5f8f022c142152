"""python benchmarks/ingest_whole.py --img2dataset .venv/img2dataset/bin/img2dataset

Compare the whole of jobs/ingest.py, from catalogue to report, with img2dataset, which gets the same JPEGs the way it
can: by URL, here from a file server on localhost, resizes them alike and writes Parquet. Then time the job, and
jobs/embed.py after it, on growing catalogues (--growth 76884: as large as Painter by Numbers). Start and end of all
processes count on both sides.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from comparison import Comparison, Found, Growth, keep
from jpegs import EQUALLY_NICE, make_files, write_catalogue
from watch import Watch

from lib.data.images import SHORT_SIDE
from lib.infra import cli
from lib.infra.atomic import read_json

JOBS = Path(__file__).resolve().parent.parent / "jobs"


@dataclass(frozen=True)
class Benchmark:
    """What to measure."""

    img2dataset: Path
    """The command, from an environment of its own: it wants other versions of pandas."""
    files: int = 256
    """Different JPEG files to generate."""
    rows: int = 6144
    """Rows of the catalogue that both sides get; the files are repeated by links."""
    repeats: int = 3
    """Runs of each side, in turn."""
    growth: tuple[int, ...] = (1_000, 10_000)
    """Rows of the catalogues that the jobs alone get, once each."""


def main(config: Benchmark) -> None:
    """Run both sides in turn, then the jobs on growing catalogues, and keep the figures."""
    ours, theirs, ingested, embedded = [], [], {}, {}
    with tempfile.TemporaryDirectory() as name, Watch() as watch:
        folder = Path(name)
        make_files(folder / "images", number=config.files, rows=max(config.rows, *config.growth))
        with file_server(folder / "images") as address:
            for run in range(config.repeats):
                ours.append(config.rows / ingest(folder, rows=config.rows, out=folder / f"dataset-{run}"))
                theirs.append(config.rows / fetch(config, folder, address, out=folder / f"fetched-{run}"))
        for rows in config.growth:
            dataset = folder / f"grown-{rows}"
            ingested[rows] = ingest(folder, rows=rows, out=dataset)
            embedded[rows] = seconds_of("embed.py", ["--dataset", str(dataset)], folder)
            print(f"{rows:,} rows: {ingested[rows]:.0f} s, embeddings {embedded[rows]:.0f} s", flush=True)
    note = "img2dataset takes no dates, finds no near-duplicates, makes no splits and no report; the job does. "
    note += f"The largest process of all, embedding included, held {watch.most_mebibytes()} MiB."
    what = f"the whole job, {config.rows:,} JPEGs of about 1,500 pixels"
    keep(
        "ingest_whole",
        Found(
            title="Ingest: the whole job",
            comparisons=[
                Comparison(what, "img2dataset from a file server on localhost", "images/s", ours, theirs, wanted=1.3)
            ],
            growths=[
                Growth("the whole ingest", "painting", "s", ingested),
                Growth("the embeddings of the same", "painting", "s", embedded),
            ],
            notes=[note],
        ),
    )


def ingest(folder: Path, *, rows: int, out: Path) -> float:
    """Return the wall-clock seconds of jobs/ingest.py on the first `rows` files."""
    names = [f"{row:05d}.jpg" for row in range(rows)]
    catalogue = write_catalogue(folder / "images", names)
    source = ["--source", "csv", "--root", str(folder / "images"), "--catalogue", str(catalogue), "--out", str(out)]
    seconds = seconds_of("ingest.py", source, folder)
    written = read_json(out / "manifest.json")["counts"]["paintings"]
    assert written == rows, f"{written} of {rows} rows were ingested"
    return seconds


def seconds_of(job: str, options: list[str], folder: Path) -> float:
    """Return the wall-clock seconds of a job in a process of its own."""
    start = time.monotonic()
    command = [sys.executable, str(JOBS / job), *options]
    environment = {**os.environ, **EQUALLY_NICE}
    subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def fetch(config: Benchmark, folder: Path, address: str, *, out: Path) -> float:
    """Return the wall-clock seconds of img2dataset on as many files, by URL."""
    urls = folder / "urls.txt"
    urls.write_text("".join(f"{address}/{row:05d}.jpg\n" for row in range(config.rows)))
    settings = {
        "url_list": urls, "output_folder": out, "output_format": "parquet", "image_size": SHORT_SIDE,
        "resize_mode": "keep_ratio", "resize_only_if_bigger": True, "encode_quality": 90,
        "processes_count": 2, "thread_count": 16, "number_sample_per_shard": 1024,
    }  # fmt: skip
    command = [str(config.img2dataset.absolute()), *(f"--{name}={value}" for name, value in settings.items())]
    start = time.monotonic()
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(folder: Path, ports: Any) -> None:
    """Serve a folder for ever, in a process of its own; put the port on the queue."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    ports.put(server.server_port)
    server.serve_forever()


@contextlib.contextmanager
def file_server(folder: Path) -> Iterator[str]:
    """Serve a folder on localhost; yield its address."""
    context = get_context("spawn")
    ports = context.Queue()
    process = context.Process(target=serve, args=(folder, ports), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=60)}"
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    cli.run(main, Benchmark, __doc__)
