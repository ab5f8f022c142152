"""python benchmarks/memory.py --images FOLDER

Sends thousands of requests to the service that runs at 127.0.0.1:8000 on this machine, good and bad ones, and prints
the memory of its processes as they go on. Memory that grows with the requests shows as a rising column.
"""

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from lib.data.images import SHORT_SIDE
from lib.infra import cli
from lib.models.sorter import read_images

PARTS = ("Ingress", "Embedder", "Sorter", "ProxyActor")  # names in the titles of Ray Serve's processes
SIZES = (1, 3, 20)  # works of the sets that are sent in turn


@dataclass(frozen=True)
class Memory:
    """What to send."""

    images: Path
    """Folder of paintings."""
    requests: int = 3000
    """Requests in all."""
    clients: int = 4
    """Clients that send them."""
    rows: int = 10
    """Rows of the table."""
    service: str = "http://127.0.0.1:8000"
    """Address of the service."""


def main(config: Memory) -> None:
    """Send the requests and print a row now and then."""
    good, _ = read_images(config.images, short_side=SHORT_SIDE)
    pictures = [(name, (config.images / name).read_bytes()) for name in good]
    print(f"| requests | refused | {' | '.join(f'{part} MiB' for part in PARTS)} |")
    print(f"|{' ---: |' * (len(PARTS) + 2)}")
    refused = 0
    each = config.requests // config.rows
    for row in range(config.rows):
        refused += asyncio.run(send(pictures, config, first=row * each, number=each))
        sizes = " | ".join(f"{mebibytes(part):.0f}" for part in PARTS)
        print(f"| {(row + 1) * each} | {refused} | {sizes} |", flush=True)


async def send(pictures: list[tuple[str, bytes]], config: Memory, *, first: int, number: int) -> int:
    """Send requests, every tenth with a broken picture alone; return how many were refused."""
    numbers = iter(range(first, first + number))
    statuses = []

    async def keep_sending(client: httpx.AsyncClient) -> None:
        for one in numbers:
            size = SIZES[one % len(SIZES)]
            files = [pictures[(one + place) % len(pictures)] for place in range(min(size, len(pictures)))]
            broken = [("broken.jpg", pictures[0][1][:2000])]
            sent = [("files", file) for file in (broken if one % 10 == 9 else files)]
            statuses.append((await client.post("/v1/sort", files=sent)).status_code)

    async with httpx.AsyncClient(base_url=config.service, timeout=300) as client:
        await asyncio.gather(*(keep_sending(client) for _ in range(config.clients)))
    return sum(status != 200 for status in statuses)


def mebibytes(part: str) -> float:
    """Return the mean memory that processes of this part hold for themselves, not shared with others."""
    processes = [one for one in psutil.process_iter(["cmdline"]) if part in " ".join(one.info["cmdline"] or [])]
    return statistics.mean(one.memory_full_info().uss for one in processes if "ray::" in one.cmdline()[0]) / 2**20


if __name__ == "__main__":
    cli.run(main, Memory, __doc__)
