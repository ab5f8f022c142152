"""Ask a server for one address, within limits: redirects, attempts, bytes and time."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urljoin

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random
from yarl import URL

from lib.fetch.addresses import PublicResolver, checked_url
from lib.fetch.limits import REDIRECTS, TRANSFERS, Limits, Refused
from lib.infra.errors import first_line

_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (429, 503)  # the whole host is asked to wait
_PASSING = (408, 425, 500, 502, 504, *_BUSY)
_CHUNK = 2**16
_ENCODINGS = ("identity", "gzip", "x-gzip", "deflate")  # some servers compress all that they send, asked or not
_ACCEPT = "application/ld+json, application/json, image/*;q=0.9, */*;q=0.1"


class Turns(Protocol):
    """What the client needs of the gate, which is here or in another process."""

    async def enter(self, host: str) -> int | str:
        """Wait for a turn and return its number, or the reason why the host gets no more of them."""

    async def leave(self, host: str, number: int, *, answered: bool) -> None:
        """End a turn. answered: whether the server sent anything."""

    async def pause(self, host: str, seconds: float) -> None:
        """Give no turns to a host for so long."""


class Passing(Refused):
    """A failure that another attempt may not meet."""


@dataclass(frozen=True)
class Answer:
    """What a server sent.

    address: that answered, after redirects. media_type: as the server says it. licence: address of the licence that
    the server links to.
    """

    address: str
    body: bytes
    media_type: str
    licence: str | None

    def json(self) -> dict[str, Any] | None:
        """Return the body as a JSON object; None where it is none."""
        if not self.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Client:
    """Asks servers, through the gate."""

    def __init__(self, session: aiohttp.ClientSession, turns: Turns, limits: Limits) -> None:
        """Ask with `session`, as open_client() makes it."""
        self._session, self._turns, self._limits = session, turns, limits
        self._transfers = asyncio.Semaphore(TRANSFERS)
        self._attempts = AsyncRetrying(
            retry=retry_if_exception_type(Passing),
            stop=stop_after_attempt(limits.attempts),
            wait=wait_exponential(multiplier=limits.backoff_seconds) + wait_random(0, limits.backoff_seconds),
            reraise=True,
        )

    async def get(self, address: str) -> Answer:
        """Return what is at the address. Raises Refused with the reason."""
        return await self._attempts.copy()(self._follow, address)

    async def _follow(self, address: str) -> Answer:
        url = checked_url(address, allowed_hosts=self._limits.allowed_hosts)
        for _ in range(REDIRECTS + 1):
            answer = await self._ask(url)
            if isinstance(answer, Answer):
                return answer
            url = checked_url(answer, allowed_hosts=self._limits.allowed_hosts)
        raise Refused(f"more than {REDIRECTS} redirects")

    async def _ask(self, url: URL) -> Answer | str:
        """Make one request; return the answer, or the address that it redirects to."""
        host, answered = url.raw_host or "", False
        turn = await self._turns.enter(host)
        if isinstance(turn, str):
            raise Refused(turn)
        try:
            async with self._transfers, self._session.get(url, allow_redirects=False) as response:
                answered = True
                if response.status in _REDIRECTS and "Location" in response.headers:
                    return urljoin(str(response.url), response.headers["Location"])
                await self._check_status(response, host)
                body = await self._receive(response)
                link = response.links.get("license")
                licence = str(link["url"]) if link else None
                return Answer(str(response.url), body, response.content_type, licence)
        except ValueError as error:  # of aiohttp and yarl, and of names that cannot be names of hosts
            raise Refused(f"not an address: {first_line(error)}") from error
        except aiohttp.ClientSSLError as error:
            raise Refused(f"the connection is not secure: {first_line(error)}") from error
        except TimeoutError as error:
            raise Passing(f"no whole answer in {self._limits.seconds:.0f} s") from error
        except aiohttp.ClientPayloadError as error:
            raise Passing("the answer is shorter than the server says") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Passing(f"the server does not answer: {first_line(error)}") from error
        finally:
            await self._turns.leave(host, turn, answered=answered)

    async def _check_status(self, response: aiohttp.ClientResponse, host: str) -> None:
        if response.status == HTTPStatus.OK:
            return
        reason = f"the server answers {response.status} {response.reason or ''}".rstrip()
        if response.status in _BUSY:
            asked = seconds_to_wait(response.headers.get("Retry-After"))
            await self._turns.pause(host, self._limits.backoff_seconds if asked is None else asked)
        raise Passing(reason) if response.status in _PASSING else Refused(reason)

    async def _receive(self, response: aiohttp.ClientResponse) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in _ENCODINGS:
            raise Refused(f"compressed in a way that was not asked for: {encoding}")
        body = bytearray()
        self._check_size(response.content_length or 0, response)
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            self._check_size(len(body), response)
        if encoding != "identity":
            body = _unzipped(body, self._limits.megabytes * 10**6)
            self._check_size(len(body), response)
        return bytes(body)

    def _check_size(self, size: int, response: aiohttp.ClientResponse) -> None:
        if size > self._limits.megabytes * 10**6:
            response.close()  # the rest is not wanted
            raise Refused(f"larger than {self._limits.megabytes} MB")


def _unzipped(body: bytes | bytearray, most: int) -> bytearray:
    """Return what was compressed, or its first `most` bytes and one more. Raises Refused where it is not whole."""
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, as the header of the bytes says
    try:
        unzipped = bytearray(unzip.decompress(body, most + 1))
    except zlib.error as error:
        raise Refused("it is said to be compressed and cannot be unpacked") from error
    if not unzip.eof and len(unzipped) <= most:
        raise Refused("it is said to be compressed and cannot be unpacked as a whole")
    return unzipped


def seconds_to_wait(retry_after: str | None) -> float | None:
    """Return the seconds that a header Retry-After asks for, as a number or a date; None where it says neither."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@asynccontextmanager
async def open_client(turns: Turns, limits: Limits) -> AsyncIterator[Client]:
    """Yield a client that keeps no cookies and takes no proxy, so that it knows whom it asks."""
    connector = aiohttp.TCPConnector(limit=0, resolver=PublicResolver(limits.allowed_hosts))
    headers = {"User-Agent": limits.user_agent, "Accept": _ACCEPT, "Accept-Encoding": "identity"}
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=limits.seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    ) as session:
        session._retry_connection = False  # it would ask once more, without a turn; there is no public option
        yield Client(session, turns, limits)
