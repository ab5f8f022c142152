"""Fetch the addresses of one process: each host's in turn, all hosts at once."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lib.fetch.addresses import host_of
from lib.fetch.client import Answer, Client, Turns, open_client
from lib.fetch.image_api import Box, is_image_service, picture_address
from lib.fetch.limits import Limits, Refused
from lib.fetch.pictures import keep_picture
from lib.fetch.presentation import read_document
from lib.fetch.records import Failure, Picture, Record
from lib.fetch.texts import text_of


@dataclass(frozen=True, slots=True)
class Task:
    """An address to fetch. canvas: whether a manifest named it, so that only a picture is right."""

    address: str
    canvas: bool = False


@dataclass(frozen=True)
class Wanted:
    """What a fetch keeps: pictures below the folder `out` that fit into `box`, None for the largest that there are."""

    out: Path
    box: Box | None


async def fetch_tasks(
    tasks: Iterable[Task], *, wanted: Wanted, turns: Turns, limits: Limits, keep: Callable[[Record], None]
) -> None:
    """Fetch the tasks and give the record of each to `keep` as it comes."""
    waiting: defaultdict[str, deque[Task]] = defaultdict(deque)
    for task in tasks:
        waiting[host_of(task.address)].append(task)
    async with open_client(turns, limits) as client:
        with ThreadPoolExecutor(max_workers=1) as decoder:
            fetcher = _Fetcher(client, wanted, limits.megapixels, decoder)

            async def work_off(queue: deque[Task]) -> None:
                while queue:
                    keep(await fetcher.fetch(queue.popleft()))

            workers = [queue for queue in waiting.values() for _ in range(min(limits.connections, len(queue)))]
            try:
                async with asyncio.TaskGroup() as group:
                    for queue in workers:
                        group.create_task(work_off(queue))
            except ExceptionGroup as errors:  # such as a full disk
                raise errors.exceptions[0] from None


class _Fetcher:
    """Finds out what an address is, by what the server sends and not by its name."""

    def __init__(self, client: Client, wanted: Wanted, megapixels: int, decoder: ThreadPoolExecutor) -> None:
        self._client, self._wanted, self._megapixels, self._decoder = client, wanted, megapixels, decoder

    async def fetch(self, task: Task) -> Record:
        """Return what the address turned out to be."""
        try:
            return await self._read(task, await self._client.get(task.address))
        except Refused as error:
            return Failure(address=task.address, reason=str(error))

    async def _read(self, task: Task, answer: Answer) -> Record:
        document = answer.json()
        if document is None:
            return await self._keep(answer, task.address, rights=None)
        if is_image_service(document):
            return await self._from_service(document, task.address)
        named = read_document(document, task.address)
        if named is None or task.canvas:
            raise Refused("JSON that is no IIIF image service" + ("" if task.canvas else ", manifest or collection"))
        return named

    async def _from_service(self, document: Mapping[str, Any], address: str) -> Picture:
        picture = picture_address(document, self._wanted.box)
        rights = text_of(document.get("attribution")) or None
        try:
            kept = await self._keep(await self._client.get(picture), address, rights=rights)
        except Refused as error:
            raise Refused(f"{error}; asked for {picture}") from error
        licence = text_of(document.get("rights") or document.get("license")) or kept.licence
        return replace(kept, licence=licence)

    async def _keep(self, answer: Answer, address: str, *, rights: str | None) -> Picture:
        out, megapixels = self._wanted.out, self._megapixels

        def keep() -> Picture:
            return keep_picture(answer, address=address, out=out, megapixels=megapixels, rights=rights)

        return await asyncio.get_running_loop().run_in_executor(self._decoder, keep)
