"""A fetch in this process, of a server on this machine."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.fetch.fetcher import Task, Wanted, fetch_tasks
from lib.fetch.gate import Gate
from lib.fetch.image_api import parse_size
from lib.fetch.limits import Limits
from lib.fetch.records import Record
from lib.fetch.spread import gate_options
from tests.iiif import IiifServer, iiif_server

FetchPaths = Callable[..., dict[str, Record]]


@pytest.fixture
def server() -> Iterator[IiifServer]:
    with iiif_server() as server:
        yield server


@pytest.fixture
def fetch(tmp_path: Path) -> FetchPaths:
    """Return a function that fetches addresses below tmp_path, without a limit of speed, and returns their records."""

    def fetch(*addresses: str, size: str = "!1024,1024", canvas: bool = False, **options: Any) -> dict[str, Record]:
        usual: dict[str, Any] = {
            "requests_per_second": float("inf"),
            "backoff_seconds": 0.01,
            "allowed_hosts": ("127.0.0.1",),
        }
        limits, records = Limits(**(usual | options)), list[Record]()

        async def run() -> None:
            tasks = [Task(address, canvas=canvas) for address in addresses]
            wanted = Wanted(out=tmp_path, box=parse_size(size))
            await fetch_tasks(
                tasks, wanted=wanted, turns=Gate(**gate_options(limits)), limits=limits, keep=records.append
            )

        asyncio.run(run())
        return {record.address: record for record in records}

    return fetch
