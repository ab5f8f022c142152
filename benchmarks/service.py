"""python benchmarks/service.py --models models --images FOLDER

Loads the service (serve run serve/config.yaml) and, on the same cores, a bare FastAPI process with the same models
and no Ray, by 1 to 32 clients that send sets of 1, 20 and 100 works (closed loop), and by sets of 20 that arrive
at a set rate (open loop). Prints throughput, p50 and p99, and the ratios to the bare process, to the bare forward
pass, and to the study's way: a pair network on each of n(n − 1)/2 pairs. The clients share the cores.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import torch
import torchvision
import uvicorn
from load import Load, closed_loop, open_loop

from lib import cli
from lib.embeddings import Embedder, square
from lib.snapshots import read_models
from lib.sorting import open_picture, read_images
from serve.api import make_api
from serve.one_process import OneProcess
from serve.settings import Settings

BARE = "http://127.0.0.1:8123"
SERVICE = "http://127.0.0.1:8000"
FILES = 400  # allowed in one request of the benchmark
SETS = (1, 20, 100)


@dataclass(frozen=True)
class Benchmark:
    """What to measure."""

    models: Path
    """Folder written by jobs/train_per_artist.py."""
    images: Path
    """Folder of paintings; they are repeated to fill a set."""
    seconds: float = 8.0
    """Length of each measurement, at least."""
    clients: tuple[int, ...] = (1, 4, 16, 32)
    """Clients of the closed loops."""
    bare: bool = False
    """Only run the bare process, as the benchmark itself does."""


def main(config: Benchmark) -> None:
    """Measure and print."""
    models = config.models.absolute()
    if config.bare:
        steps = OneProcess(read_models(models, comparators=True), megapixels=200)
        uvicorn.run(make_api(Settings(files=FILES, queue=1000), steps), port=8123, log_level="warning")
        return
    good, _ = read_images(config.images)
    pictures = [(config.images / name).read_bytes() for name in good]
    forward = forward_rate(pictures, seconds=config.seconds)
    bare = [sys.executable, __file__, "--bare", "True", "--models", str(models), "--images", str(config.images)]
    settings = {
        "OEUVRE_MODELS": str(models),
        "OEUVRE_FILES": str(FILES),
        "OEUVRE_QUEUE": "1000",
        "RAY_ADDRESS": "local",
    }
    service = ["serve", "run", "serve/config.yaml"]
    with running(bare, address=BARE, more={}), running(service, address=SERVICE, more=settings):
        loads = asyncio.run(measure(pictures, config))
        whole = {n: asyncio.run(alone(body_of(pictures, n), works=n)) for n in (20, 100, 400)}
    report(loads[SERVICE], loads[BARE], forward=forward)
    report_pairs(whole, pair_seconds(pictures))


@contextmanager
def running(command: list[str], *, address: str, more: Mapping[str, str]) -> Iterator[None]:
    """Run a server, wait until it is ready, and stop it afterwards."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    process = subprocess.Popen(
        command, env={**os.environ, **more, "PATH": path}, stdout=sys.stderr, start_new_session=True
    )
    try:
        wait_until_ready(address, process)
        yield
    finally:
        process.terminate()
        process.wait(60)


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for /readyz. Raises RuntimeError where the server ended or took more than three minutes."""
    deadline = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        time.sleep(0.5)
    raise RuntimeError(f"the server at {address} did not become ready")


def body_of(pictures: list[bytes], works: int) -> httpx.Request:
    """Return a request for a set, encoded once so that clients cost little."""
    files = [("files", (f"{number}.jpg", pictures[number % len(pictures)])) for number in range(works)]
    request = httpx.Request("POST", "http://service/v1/sort", files=files)
    request.read()
    return request


Loads = dict[tuple[str, int], Load]


async def measure(pictures: list[bytes], config: Benchmark) -> dict[str, Loads]:
    """Return the loads of both servers, by kind of load and size of set: first one server, then the other, each time.

    What else the machine does meanwhile then slows both alike.
    """
    loads: dict[str, Loads] = {BARE: {}, SERVICE: {}}
    for works in SETS:
        request = body_of(pictures, works)
        for clients in (4, *config.clients):  # the first to warm up
            for address, seen in loads.items():
                load = await closed_loop(address, request, works=works, clients=clients, seconds=config.seconds)
                seen[f"closed, {clients} clients", works] = load
                print(load.line(f"{address}: {clients} clients, sets of {works}"), file=sys.stderr, flush=True)
    capacity = best(loads[BARE], 20) / 20  # sets a second
    for part in (0.5, 0.8):
        for address, seen in loads.items():
            load = await open_loop(address, body_of(pictures, 20), rate=part * capacity, seconds=2 * config.seconds)
            seen[f"open, {part:.0%} of the bare process's capacity", 20] = load
    return loads


async def alone(request: httpx.Request, *, works: int) -> float:
    """Return the seconds that the service takes for one set."""
    return float((await closed_loop(SERVICE, request, works=works, clients=1, seconds=0.001)).seconds[0])


def forward_rate(pictures: list[bytes], *, seconds: float) -> float:
    """Return pictures a second through the backbone alone, decoded and resized before, in batches that suit it."""
    embedder = Embedder("efficientnet_lite0")
    images = [square(open_picture(data), size=embedder.backbone.size) for data in pictures]
    batch = embedder.batch_size
    pixels = np.stack([images[number % len(images)] for number in range(batch)])
    embedder.describe(pixels)
    start, batches = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        embedder.describe(pixels)
        batches += 1
    return batch * batches / (time.monotonic() - start)


def pair_seconds(pictures: list[bytes]) -> float:
    """Return the seconds that the study's network, VGG16 on both pictures, takes for one pair, in batches of 16."""
    network = torchvision.models.vgg16(weights=None).features.eval()
    pairs = torch.rand(32, 3, 224, 224)
    with torch.inference_mode():
        network(pairs)
        start = time.monotonic()
        for _ in range(3):
            network(pairs)
    return (time.monotonic() - start) / (3 * 16)


def report(service: Loads, bare: Loads, *, forward: float) -> None:
    """Print the table and the ratios."""
    print("| load | requests | works/s | p50 ms | p99 ms | failed |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for side, loads in (("service", service), ("bare FastAPI", bare)):
        for (name, works), load in loads.items():
            print(load.line(f"{side}, {name}, sets of {works}"))
    print(f"\nbare forward pass: {forward:.1f} pictures/s")
    for works in SETS:
        ours, theirs = (best(loads, works) for loads in (service, bare))
        print(f"sets of {works}: service {ours:.1f} works/s, {ours / theirs:.2f} of the bare FastAPI process", end="")
        print(f", {ours / forward:.2f} of the bare forward pass")


def best(loads: Loads, works: int) -> float:
    """Return the most works a second of closed loops with sets of this size."""
    return max(load.works for (name, size), load in loads.items() if size == works and name.startswith("closed"))


def report_pairs(whole: dict[int, float], pair: float) -> None:
    """Print how long all pairs take by a pair network, measured for one pair, against a set in one request."""
    print(f"pair network (VGG16 on both pictures, float32): {pair * 1000:.0f} ms a pair, times the number of pairs")
    for n, seconds in whole.items():
        count = n * (n - 1) // 2
        print(
            f"n = {n}: service {seconds:.1f} s, {count} pairs {count * pair:.0f} s, {count * pair / seconds:.0f} times"
        )


if __name__ == "__main__":
    cli.run(main, Benchmark, __doc__)
