"""python benchmarks/service.py --models models --images FOLDER

Measure the service (serve run serve/config.yaml) under load and, on the same cores, the same models without Ray: in a
single FastAPI process and in LitServe. 1 to 32 clients send sets of 1 and 20 works, 1 and 4 clients sets of 100
(closed loop), and sets of 20 arrive at a fixed rate (open loop). Prints throughput, p50 and p99, and the ratios to the
other servers, to the forward pass alone, and to the pair network of the source study on each of n(n − 1)/2 pairs. The
clients share the cores.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from comparison import Comparison, Found, Growth, keep
from forward import forward_rate, pair_seconds
from jpegs import EQUALLY_NICE
from load import Load, closed_loop, open_loop
from other_servers import FILES, PORTS

from lib.data.images import SHORT_SIDE
from lib.infra import cli
from lib.models.sorter import read_images

SERVICE, BARE, LITSERVE = "service", "bare FastAPI", "LitServe"
ADDRESSES = {
    SERVICE: "http://127.0.0.1:8000",
    BARE: f"http://127.0.0.1:{PORTS['fastapi']}",
    LITSERVE: f"http://127.0.0.1:{PORTS['litserve']}",
}
FORWARD = "the forward pass of the backbones alone, on ready pixels"
SETS = (1, 20, 100)
WANTED = {(1, 4, FORWARD): 0.6, (20, 1, BARE): 1.0}  # by works of a set, clients and alternative
IN_FLIGHT = 640  # works that the clients of a closed loop send at once at most: more only wait longer
SIZES = (1, 3, 10, 20, 50, 100, 200, 400)  # of a set alone


@dataclass(frozen=True)
class Benchmark:
    """Options of the benchmark."""

    models: Path
    """Folder written by jobs/train_per_artist.py."""
    images: Path
    """Folder of paintings; they are repeated to fill a set."""
    seconds: float = 8.0
    """Minimum length of each measurement."""
    clients: tuple[int, ...] = (1, 4, 16, 32)
    """Numbers of clients in the closed loops."""


def main(config: Benchmark) -> None:
    """Measure and write the figures."""
    models = config.models.absolute()
    readable, _ = read_images(config.images, short_side=SHORT_SIDE)
    pictures = [(config.images / name).read_bytes() for name in readable]
    forward = [forward_rate(models, pictures, seconds=config.seconds)]
    settings = {
        **EQUALLY_NICE,
        "OEUVRE_MODELS": str(models),
        "OEUVRE_FILES": str(FILES),
        "OEUVRE_QUEUE": "1000",
        "RAY_ADDRESS": "local",
    }
    baseline = [
        sys.executable,
        str(Path(__file__).with_name("other_servers.py")),
        "--models",
        str(models),
        "--kind",
    ]
    with (
        running([*baseline, "fastapi"], address=ADDRESSES[BARE], environment={}),
        running([*baseline, "litserve"], address=ADDRESSES[LITSERVE], environment={}),
        running(["serve", "run", "serve/config.yaml"], address=ADDRESSES[SERVICE], environment=settings),
    ):
        loads = asyncio.run(measure(pictures, config))
        alone = {n: asyncio.run(seconds_alone(body_of(pictures, n), works=n)) for n in SIZES}
    forward.append(forward_rate(models, pictures, seconds=config.seconds))
    report(loads)
    keep("service", results(loads, alone, forward=forward, pair=pair_seconds(pictures)))


@contextmanager
def running(command: list[str], *, address: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a server, wait until it is ready, and stop it afterwards."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    process = subprocess.Popen(
        command, env={**os.environ, **environment, "PATH": path}, stdout=sys.stderr, start_new_session=True
    )
    try:
        wait_until_ready(address, process)
        yield
    finally:
        process.terminate()
        process.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # LitServe's child processes outlive it


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for /readyz. Raises RuntimeError if the server exits or takes more than three minutes."""
    deadline = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        time.sleep(0.5)
    raise RuntimeError(f"the server at {address} did not become ready")


def body_of(pictures: list[bytes], works: int) -> httpx.Request:
    """Return a request for a set, encoded once to keep the clients cheap."""
    files = [("files", (f"{number}.jpg", pictures[number % len(pictures)])) for number in range(works)]
    request = httpx.Request("POST", "http://127.0.0.1/v1/sort", files=files)
    request.read()
    return request


@dataclass(frozen=True)
class Loads:
    """Measurements of one server. closed: by works of a set and clients. arriving: sets of 20, by share of capacity."""

    closed: dict[tuple[int, int], Load] = field(default_factory=dict)
    arriving: dict[float, Load] = field(default_factory=dict)


async def measure(pictures: list[bytes], config: Benchmark) -> dict[str, Loads]:
    """Return the measurements by server.

    The servers alternate for each kind of load, so that other activity of the machine affects all of them.
    """
    loads = {server: Loads() for server in ADDRESSES}
    for works in SETS:
        request = body_of(pictures, works)
        fitting = [clients for clients in config.clients if clients * works <= IN_FLIGHT]
        for clients, kept in ((4, False), *((clients, True) for clients in fitting)):  # the first warms up
            for server, address in ADDRESSES.items():
                load = await closed_loop(address, request, works=works, clients=clients, seconds=config.seconds)
                if kept:
                    loads[server].closed[works, clients] = load
                print(load.line(f"{server}, {closed_name(works, clients)}"), file=sys.stderr, flush=True)
    capacity = max(load.works for (works, _), load in loads[BARE].closed.items() if works == 20) / 20  # sets a second
    for share in (0.5, 0.8):
        for server, address in ADDRESSES.items():
            load = await open_loop(address, body_of(pictures, 20), rate=share * capacity, seconds=2 * config.seconds)
            loads[server].arriving[share] = load
    return loads


def closed_name(works: int, clients: int) -> str:
    """Return what a closed loop is called."""
    return f"sets of {works}, {clients} at a time"


def arriving_name(share: float) -> str:
    """Return what an open loop is called."""
    return f"sets of 20, open, {share:.0%} of the bare process's capacity"


async def seconds_alone(request: httpx.Request, *, works: int, repeats: int = 3) -> float:
    """Return the median seconds that the service takes for one set without other load."""
    address = ADDRESSES[SERVICE]
    loads = [await closed_loop(address, request, works=works, clients=1, seconds=0.001) for _ in range(repeats)]
    return float(np.median([load.seconds[0] for load in loads]))


def report(loads: dict[str, Loads]) -> None:
    """Print the table of all loads."""
    print("| load | requests | works/s | p50 ms | p99 ms | failed |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for server, measured in loads.items():
        for (works, clients), load in measured.closed.items():
            print(load.line(f"{server}, {closed_name(works, clients)}"))
        for share, load in measured.arriving.items():
            print(load.line(f"{server}, {arriving_name(share)}"))


def quantile(load: Load, share: float) -> float:
    """Return the quantile `share` of the seconds to an answer."""
    return float(np.quantile(load.seconds, share))


def results(loads: dict[str, Loads], alone: dict[int, float], *, forward: list[float], pair: float) -> Found:
    """Return all comparisons, and how the time of a request grows with the number of works.

    forward: works per second of the forward pass, before and after the loads.
    """
    ours = loads[SERVICE]
    comparisons = [
        Comparison(
            closed_name(works, clients),
            name,
            "works/s",
            [load.works],
            theirs,
            wanted=WANTED.get((works, clients, name)),
        )
        for (works, clients), load in ours.closed.items()
        for name, theirs in (
            (BARE, [loads[BARE].closed[works, clients].works]),
            (LITSERVE, [loads[LITSERVE].closed[works, clients].works]),
            (FORWARD, forward),
        )
    ]
    comparisons += [
        Comparison(
            f"{arriving_name(share)}: {word} of the time to the answer",
            other,
            "s",
            [quantile(load, part)],
            [quantile(loads[other].arriving[share], part)],
            fewer=True,
        )
        for share, load in ours.arriving.items()
        for word, part in (("median", 0.5), ("99th percentile", 0.99))
        for other in (BARE, LITSERVE)
    ]
    comparisons += [
        Comparison(
            f"{n} works",
            f"VGG16 on both pictures of each of {n * (n - 1) // 2:,} pairs, {pair * 1000:.0f} ms a pair (multiplied)",
            "s", [alone[n]], [n * (n - 1) / 2 * pair], fewer=True,
        )
        for n in (20, 100, 400)
    ]  # fmt: skip
    measured = [load for of in loads.values() for load in (*of.closed.values(), *of.arriving.values())]
    return Found(
        title="The service",
        comparisons=comparisons,
        growths=[Growth("one request, alone", "work", "s", alone)],
        notes=[
            "Servers and clients share the cores; the forward pass has them alone, before and after. "
            f"Failed requests, all servers: {sum(load.failed for load in measured)}."
        ],
    )


if __name__ == "__main__":
    cli.run(main, Benchmark, __doc__)
