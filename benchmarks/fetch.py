"""python benchmarks/fetch.py --img2dataset .venv/img2dataset/bin/img2dataset

Compare jobs/fetch_images.py, without a limit of requests a second, with img2dataset: both fetch the same small JPEGs
from a server on localhost, keep them as they are, and compute their checksums. Then follow the memory of the job on
growing catalogues. Start and end of all processes count on both sides.
"""

import contextlib
import io
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from comparison import Comparison, Found, Growth, keep
from PIL import Image
from watch import Watch

from lib.infra import cli

JOB = Path(__file__).resolve().parent.parent / "jobs" / "fetch_images.py"
PROCESSES, THREADS = 2, 16  # of img2dataset; the job gets as many connections
DIFFERENT = 256  # pictures; addresses differ by their path


@dataclass(frozen=True)
class Benchmark:
    """What to measure."""

    img2dataset: Path
    """The command, from an environment of its own: it wants other versions of pandas."""
    pictures: int = 10_000
    """Addresses that both sides get."""
    side: int = 64
    """Pixels of the sides of a picture."""
    repeats: int = 3
    """Runs of each side, in turn."""
    growth: tuple[int, ...] = (1_000, 10_000)
    """Addresses that the job alone gets, once each."""


def main(config: Benchmark) -> None:
    """Run both sides in turn, then the job on growing catalogues, and keep the figures."""
    ours, theirs, our_peaks, their_peaks, times, grown = [], [], [], [], {}, {}
    with tempfile.TemporaryDirectory() as name, picture_server(config.side) as address:
        folder = Path(name)
        for run in range(config.repeats):
            seconds, peak = fetch(folder, address, pictures=config.pictures, out=folder / f"ours-{run}")
            ours.append(config.pictures / seconds)
            our_peaks.append(peak)
            seconds, peak = fetch_by_img2dataset(config, folder, address, out=folder / f"theirs-{run}")
            theirs.append(config.pictures / seconds)
            their_peaks.append(peak)
        for pictures in config.growth:
            times[pictures], grown[pictures] = fetch(
                folder, address, pictures=pictures, out=folder / f"grown-{pictures}"
            )
            print(f"{pictures:,} pictures: {times[pictures]:.0f} s, {grown[pictures]} MiB", flush=True)
    note = f"{config.side} × {config.side} pixels, {PROCESSES * THREADS} connections on each side. The job also decodes"
    note += (
        " every picture, which img2dataset does not do here, and keeps all requests behind one gate. Largest process:"
    )
    note += f" {max(our_peaks)} MiB, of img2dataset {max(their_peaks)} MiB."
    what = f"fetching {config.pictures:,} small JPEGs, the whole job"
    keep(
        "fetch",
        Found(
            title="Fetching pictures",
            comparisons=[Comparison(what, "img2dataset", "pictures/s", ours, theirs)],
            growths=[
                Growth("the job", "picture", "s", times),
                Growth("the largest process of the job", "picture", "MiB", grown),
            ],
            notes=[note],
        ),
    )


def fetch(folder: Path, address: str, *, pictures: int, out: Path) -> tuple[float, int]:
    """Return the wall-clock seconds of the job, and the MiB of its largest process."""
    catalogue = folder / "catalogue.csv"
    catalogue.write_text("url\n" + "".join(f"{address}/{number}.jpg\n" for number in range(pictures)))
    options = {
        "catalogue": catalogue, "url-column": "url", "out": out, "allow-host": "127.0.0.1",
        "requests-per-second": "inf", "connections": PROCESSES * THREADS,
    }  # fmt: skip
    command = [
        sys.executable,
        str(JOB),
        *(word for name, value in options.items() for word in (f"--{name}", str(value))),
    ]
    seconds, peak = watched(command, folder)
    kept = sum(path.is_file() for path in (out / "images").rglob("*"))
    assert kept == pictures, f"{kept} of {pictures} pictures"
    return seconds, peak


def fetch_by_img2dataset(config: Benchmark, folder: Path, address: str, *, out: Path) -> tuple[float, int]:
    """Return the wall-clock seconds of img2dataset, and the MiB of its largest process."""
    urls = folder / "urls.txt"
    urls.write_text("".join(f"{address}/{number}.jpg\n" for number in range(config.pictures)))
    settings = {
        "url_list": urls, "output_folder": out, "output_format": "files", "resize_mode": "no",
        "disable_all_reencoding": True, "compute_hash": "sha256", "processes_count": PROCESSES,
        "thread_count": THREADS, "number_sample_per_shard": 1000,
    }  # fmt: skip
    seconds, peak = watched(
        [str(config.img2dataset.absolute()), *(f"--{name}={value}" for name, value in settings.items())], folder
    )
    kept = len(list(out.rglob("*.jpg")))
    assert kept == config.pictures, f"{kept} of {config.pictures} pictures"
    return seconds, peak


def watched(command: list[str], folder: Path) -> tuple[float, int]:
    """Run a command; return its wall-clock seconds and the MiB of the largest process that it had."""
    start = time.monotonic()
    with Watch() as watch:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start, watch.most_mebibytes()


def serve(side: int, ports: Any) -> None:
    """Serve pictures for ever, in a process of its own; put the port on the queue."""
    pictures = [jpeg(seed, side) for seed in range(DIFFERENT)]

    async def answer(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        return web.Response(body=pictures[number % DIFFERENT], content_type="image/jpeg")

    async def application() -> web.Application:
        served = web.Application()
        served.router.add_get("/{number}.jpg", answer)
        return served

    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    ports.put(listening.getsockname()[1])
    web.run_app(application(), sock=listening, access_log=None, print=None)


def jpeg(seed: int, side: int) -> bytes:
    """Return a picture of one or two kilobytes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@contextlib.contextmanager
def picture_server(side: int) -> Iterator[str]:
    """Serve pictures on localhost; yield the address."""
    context = get_context("spawn")
    ports = context.Queue()
    process = context.Process(target=serve, args=(side, ports), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=60)}"
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    cli.run(main, Benchmark, __doc__)
