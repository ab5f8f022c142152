import asyncio
import gzip
import hashlib
import io
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from PIL import Image

from lib.fetch.client import seconds_to_wait
from lib.fetch.records import Failure, Picture, Record
from tests.iiif import IiifServer
from tests.sources import painting

FetchPaths = Callable[..., dict[str, Record]]


def reason(record: Record) -> str:
    assert isinstance(record, Failure), record
    return record.reason


def png(*, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("1", size).save(buffer, "PNG")
    return buffer.getvalue()


async def slow(request: web.Request, number: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"\xff\xd8\xff")
    await asyncio.Event().wait()
    return response


async def short(request: web.Request, number: int) -> web.StreamResponse:
    """Send less than is said."""
    response = web.StreamResponse(headers={"Content-Length": "100000"})
    await response.prepare(request)
    await response.write(painting(1))
    assert request.transport is not None
    request.transport.close()
    return response


async def long(request: web.Request, number: int) -> web.StreamResponse:
    """Send more than is taken, without saying how much."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(30):
        await response.write(bytes(100_000))
    return response


def status(code: int, *, until: int = 1000, **headers: str) -> Any:
    """Send a status, and a picture from the request `until` on."""

    async def answer(request: web.Request, number: int) -> web.StreamResponse:
        if number < until:
            return web.Response(status=code, headers={name.replace("_", "-"): text for name, text in headers.items()})
        return web.Response(body=painting(1), content_type="image/jpeg")

    return answer


async def page(request: web.Request, number: int) -> web.StreamResponse:
    return web.Response(text="<html><body>Please accept our cookies</body></html>", content_type="text/html")


def encoded(body: bytes, encoding: str) -> Any:
    """Send bytes that are said to be compressed."""

    async def answer(request: web.Request, number: int) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    return answer


FAULTS: dict[str, tuple[Any, str, int]] = {  # path: what is sent, the reason, the attempts
    "/missing.jpg": (status(404), "the server answers 404 Not Found", 1),
    "/forbidden.jpg": (status(403), "the server answers 403 Forbidden", 1),
    "/broken": (status(500), "the server answers 500", 3),
    "/slow.jpg": (slow, "no whole answer in 1 s", 3),
    "/short.jpg": (short, "the answer is shorter than the server says", 3),
    "/long.jpg": (long, "larger than 1 MB", 1),
    "/said-long.jpg": (bytes(1_000_001), "larger than 1 MB", 1),
    "/page.jpg": (page, "not an image of a known format (the server says text/html)", 1),
    "/half.jpg": (painting(2, size=(600, 400))[:3000], "the image is broken", 1),
    "/empty.jpg": (b"", "the file is empty", 1),
    "/bomb.png": (png(size=(20_000, 20_000)), "more than 178 megapixels", 1),
    "/large.png": (png(size=(2_000, 3_000)), "more than 5 megapixels", 1),
    "/broken-gzip.jpg": (encoded(b"\x1f\x8bno", "gzip"), "it is said to be compressed and cannot be unpacked", 1),
    "/half-gzip.jpg": (encoded(gzip.compress(painting(3))[:-9], "gzip"), "cannot be unpacked as a whole", 1),
    "/gzip-bomb.jpg": (encoded(gzip.compress(bytes(5_000_000)), "gzip"), "larger than 1 MB", 1),
    "/brotli.jpg": (encoded(b"?", "br"), "compressed in a way that was not asked for: br", 1),
    "/data": ({"any": "JSON"}, "no IIIF image service, manifest or collection", 1),
    "/loop": (status(302, Location="/loop"), "more than 5 redirects", 6),
    "/to-file": (status(302, Location="file:///etc/passwd"), "not an address that begins with http:// or https://", 1),
    "/to-metadata": (status(302, Location="http://169.254.169.254/latest/"), "169.254.169.254 is not in a public", 1),
    "/nowhere": (status(302, Location="http://[::1"), "not an address", 1),
}


def test_what_is_no_picture_is_a_failure_with_its_reason(server: IiifServer, fetch: FetchPaths, tmp_path: Path) -> None:
    for path, (answer, _, _) in FAULTS.items():
        server.answers[path] = answer
    server.answers["/good.jpg"] = painting(7)
    limits = {"megabytes": 1, "megapixels": 5, "seconds": 1.0, "attempts": 3, "connections": 8}
    records = fetch(server.address("/good.jpg"), *map(server.address, FAULTS), **limits)
    assert isinstance(records[server.address("/good.jpg")], Picture)
    for path, (_, expected, attempts) in FAULTS.items():
        assert expected in reason(records[server.address(path)]), path
        assert server.times(path) == attempts, path
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1  # nothing half


def test_a_picture_is_kept_whole_with_its_checksum_and_the_licence_that_is_linked(
    server: IiifServer, fetch: FetchPaths, tmp_path: Path
) -> None:
    async def licensed(request: web.Request, number: int) -> web.StreamResponse:
        link = '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"'
        return web.Response(body=painting(3), content_type="text/plain", headers={"Link": link})

    server.answers |= {"/a": licensed, "/moved": status(301, Location="a?from=moved")}
    address = server.address("/moved")
    picture = fetch(address, contact="ada@example.org")[address]
    assert isinstance(picture, Picture)
    assert (picture.source, picture.size) == (server.address("/a?from=moved"), len(painting(3)))
    assert (picture.width, picture.height) == (90, 60)
    assert picture.sha256 == hashlib.sha256(painting(3)).hexdigest()
    assert picture.licence == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert picture.file.endswith(".jpg")  # by its content: neither name nor type say so
    assert (tmp_path / "images" / picture.file).read_bytes() == painting(3)
    assert {asked.agent for asked in server.asked} == {"oeuvre (ada@example.org)"}


def test_a_compressed_answer_is_unpacked(server: IiifServer, fetch: FetchPaths, tmp_path: Path) -> None:
    server.answers |= {"/a": encoded(gzip.compress(painting(4)), "gzip")}
    picture = fetch(server.address("/a"))[server.address("/a")]
    assert isinstance(picture, Picture) and (tmp_path / "images" / picture.file).read_bytes() == painting(4)


def test_a_busy_server_gets_the_pause_that_it_asks_for(server: IiifServer, fetch: FetchPaths) -> None:
    server.answers |= {"/busy": status(429, until=2, Retry_After="1"), "/other": painting(1)}
    records = fetch(server.address("/busy"), server.address("/other"), connections=1)
    assert all(isinstance(record, Picture) for record in records.values())
    first, *others = server.asked
    assert first.path == "/busy" and len(others) == 2
    assert min(asked.at for asked in others) >= first.at + 1  # the whole host has the pause


def test_an_overloaded_server_is_asked_again(server: IiifServer, fetch: FetchPaths) -> None:
    server.answers["/tired"] = status(503, until=4)
    assert isinstance(fetch(server.address("/tired"))[server.address("/tired")], Picture)
    assert server.times("/tired") == 4


def test_a_pause_too_long_to_wait_for_ends_the_host_without_further_requests(
    server: IiifServer, fetch: FetchPaths
) -> None:
    server.answers["/0"] = status(503, Retry_After="86400")
    records = fetch(*(server.address(f"/{number}") for number in range(20)), connections=1)
    assert all("asks to wait longer than 600 s; start again later" in reason(record) for record in records.values())
    assert len(server.asked) == 1


def test_a_host_that_never_answers_is_given_up(server: IiifServer, fetch: FetchPaths) -> None:
    async def hang_up(request: web.Request, number: int) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    paths = [f"/{number}" for number in range(100)]
    server.answers |= dict.fromkeys(paths, hang_up)
    records = fetch(*map(server.address, paths), attempts=1, connections=1)
    assert "the server does not answer" in reason(records[server.address("/0")])
    assert "did not answer 50 requests one after another" in reason(records[server.address("/99")])
    assert len(server.asked) == 50


@pytest.mark.parametrize(("text", "seconds"), [("7", 7), (" 0 ", 0), ("soon", None), ("", None), (None, None)])
def test_a_pause_in_seconds(text: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(text) == seconds


def test_a_pause_until_a_date() -> None:
    assert seconds_to_wait("Fri, 01 Jan 2021 00:00:00 GMT") == 0
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    assert 86_000 < (seconds_to_wait(tomorrow) or 0) <= 86_400


def test_memory_stays_flat(server: IiifServer, fetch: FetchPaths) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    paths = [f"/{number}.png" for number in range(30)]
    server.answers |= dict.fromkeys(paths, buffer.getvalue())
    tracemalloc.start()
    try:
        records = fetch(*map(server.address, paths))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert all(isinstance(record, Picture) for record in records.values())
    assert peak < 8 * len(buffer.getvalue()) < len(paths) * len(buffer.getvalue()) / 3
