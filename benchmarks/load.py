"""Clients that put load on an HTTP server with sets of works, for benchmarks/service.py."""

import asyncio
import time
from dataclasses import dataclass

import httpx
import numpy as np


@dataclass(frozen=True)
class Load:
    """Measurements of the clients. works: per second. seconds: of each request. failed: requests without status 200."""

    works: float
    seconds: np.ndarray
    failed: int

    def line(self, name: str) -> str:
        """Return a row of the table."""
        p50, p99 = np.quantile(self.seconds, (0.5, 0.99)) * 1000
        return f"| {name} | {len(self.seconds)} | {self.works:.1f} | {p50:.0f} | {p99:.0f} | {self.failed} |"


class Client:
    """Sends the same set repeatedly and records the latency and status of each request."""

    def __init__(self, client: httpx.AsyncClient, request: httpx.Request, *, works: int) -> None:
        """Send to the server of `client`."""
        self.client, self.request, self.works = client, request, works
        self.start, self.times, self.failed = time.monotonic(), list[float](), 0

    async def send(self) -> None:
        """Send the set once."""
        start = time.monotonic()
        answer = await self.client.post("/v1/sort", content=self.request.content, headers=self.request.headers)
        self.times.append(time.monotonic() - start)
        self.failed += answer.status_code != 200

    def load(self) -> Load:
        """Return the measurements since the start."""
        succeeded = self.works * (len(self.times) - self.failed)
        return Load(succeeded / (time.monotonic() - self.start), seconds=np.array(self.times), failed=self.failed)


def http_client(address: str) -> httpx.AsyncClient:
    """Return an HTTP client without a limit on connections."""
    return httpx.AsyncClient(base_url=address, timeout=600, limits=httpx.Limits(max_connections=None))


async def closed_loop(address: str, request: httpx.Request, *, works: int, clients: int, seconds: float) -> Load:
    """Let clients send set after set, each as soon as its previous one is answered."""
    async with http_client(address) as http:
        client = Client(http, request, works=works)

        async def keep_sending() -> None:
            while time.monotonic() - client.start < seconds:
                await client.send()

        await asyncio.gather(*(keep_sending() for _ in range(clients)))
    return client.load()


async def open_loop(address: str, request: httpx.Request, *, rate: float, seconds: float) -> Load:
    """Send sets of 20 as a Poisson process, `rate` per second, regardless of earlier answers."""
    arrivals = np.cumsum(np.random.default_rng(0).exponential(1 / rate, max(10, round(rate * seconds))))
    async with http_client(address) as http:
        client = Client(http, request, works=20)

        async def send_at(moment: float) -> None:
            await asyncio.sleep(moment - (time.monotonic() - client.start))
            await client.send()

        await asyncio.gather(*(send_at(moment) for moment in arrivals))
    return client.load()
