"""Checks before any work: the host, the token, the size and the pace of a request, and how much is in flight."""

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.settings import MEBIBYTE, Settings

BUSY = "the service is busy; try again in a few seconds"
RETRY_AFTER = {"Retry-After": "2"}
MAX_SENTENCE = 400  # characters: what a caller sent may be quoted, but not a megabyte of it
MAX_UPLOADS = 500  # at once: half of what Ray sends to one process of the ingress, so that others are answered
SLOWEST = 16 * 2**10  # bytes a second of an upload, from its first byte on
HEALTH = ("/healthz", "/readyz")


def problem(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the answer to a request that fails, without the middle of a sentence that is too long."""
    if len(sentence) > MAX_SENTENCE:
        sentence = f"{sentence[: MAX_SENTENCE // 2]} … {sentence[-MAX_SENTENCE // 2 :]}"
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)


class Slots:
    """Slots for the sets that are worked on at once."""

    def __init__(self, count: int) -> None:
        """Offer `count` slots."""
        self.free = count

    def check(self) -> None:
        """Raise HTTPException 503 where no slot is free."""
        if self.free <= 0:
            raise HTTPException(503, BUSY, RETRY_AFTER)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a slot. Raises HTTPException 503 where none is free."""
        self.check()
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1


class Uploads:
    """The requests with a body that are in flight, from their headers to their answer, and their bytes."""

    def __init__(self, settings: Settings) -> None:
        """Begin without any."""
        self.settings, self.count, self.bytes = settings, 0, 0
        self.most = max(settings.uploads_mib, settings.request_mib) * MEBIBYTE

    def check(self, announced: int) -> None:
        """Raise HTTPException 503 where there is no room for another upload of so many bytes."""
        if self.count >= MAX_UPLOADS:
            raise HTTPException(503, BUSY, RETRY_AFTER)
        self.check_bytes(announced)

    def check_bytes(self, announced: int = 0) -> None:
        """Raise HTTPException 503 where all uploads, with so many bytes more, take more than allowed."""
        if self.bytes + announced > self.most:
            raise HTTPException(503, BUSY, RETRY_AFTER)

    @contextmanager
    def received(self, receive: Receive) -> Iterator[Receive]:
        """Yield `receive` for one upload; its bytes are released at the end.

        It raises HTTPException 408 for an upload that stands still or is too slow, 413 for one that is larger than
        allowed, whatever length was announced, and 503 where all uploads together are.
        """
        start, size, complete = time.monotonic(), 0, False
        patience = self.settings.idle_seconds

        async def receive_limited() -> Message:
            nonlocal size, complete
            if complete:  # the caller now waits for the answer
                return await receive()
            left = start + patience + size / SLOWEST - time.monotonic()
            try:
                async with asyncio.timeout(min(patience, left)):
                    message = await receive()
            except TimeoutError as error:
                sentence = f"the request stood still for {patience:g} s, or is slower than {SLOWEST >> 10} KiB/s"
                raise HTTPException(408, f"{sentence}; send it again", {"Connection": "close"}) from error
            body = len(message.get("body", b""))
            size, complete = size + body, not message.get("more_body", False)
            self.bytes += body
            check_size(size, self.settings)
            self.check_bytes()
            return message

        self.count += 1
        try:
            yield receive_limited
        finally:
            self.count -= 1
            self.bytes -= size


class Gate:
    """ASGI middleware: rejects requests under another name and, under /v1, those without the token, before their body.

    Requests that are too large, or for which there is no room, are rejected before their body, or in the middle of it.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, slots: Slots) -> None:
        """Guard `app`."""
        self.app, self.settings, self.slots, self.uploads = app, settings, slots, Uploads(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it."""
        if scope["type"] != "http" or scope["path"] in HEALTH:
            return await self.app(scope, receive, send)
        try:
            self.admit(scope)
        except HTTPException as refusal:
            answer = problem(refusal.status_code, refusal.detail, dict(refusal.headers or {}))
            return await answer(scope, receive, send)
        if scope["method"] != "POST":
            return await self.app(scope, receive, send)
        with self.uploads.received(receive) as limited:
            await self.app(scope, limited, send)

    def admit(self, scope: Scope) -> None:
        """Raise HTTPException for a request that its headers rule out."""
        headers = Headers(scope=scope)
        check_host(headers.get("host", ""), self.settings)
        if not scope["path"].startswith("/v1/"):
            return
        check_token(headers.get("authorization", ""), self.settings)
        length = headers.get("content-length", "0")
        announced = int(length) if length.isdecimal() else 0
        check_size(announced, self.settings)
        if scope["method"] == "POST":
            self.slots.check()
            self.uploads.check(announced)


def check_size(size: int, settings: Settings) -> None:
    """Raise HTTPException 413 for a request of more bytes than allowed."""
    if size > settings.request_mib * MEBIBYTE:
        raise HTTPException(413, f"the request is larger than {settings.request_mib} MiB; send fewer files")


def check_token(authorization: str, settings: Settings) -> None:
    """Raise HTTPException 401 where the service has a token that the header does not carry, in UTF-8 or Latin-1."""
    scheme, _, given = authorization.partition(" ")
    sent = given.strip().encode("latin-1")  # the bytes of the header, as they were sent
    tokens = [settings.token.encode(), settings.token.encode("latin-1", "replace")]
    if settings.token and not (scheme.lower() == "bearer" and any(hmac.compare_digest(sent, one) for one in tokens)):
        raise HTTPException(401, "send the service's token as Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})


def check_host(host: str, settings: Settings) -> None:
    """Raise HTTPException 421 for a name that is not the service's.

    A page of another site can send requests here under a name of its own, which it lets point here. It cannot do so
    under an address.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        name = ""
    if name in {"localhost", *settings.host_names} or is_address(name):
        return
    raise HTTPException(421, "the service has another name; use its address, or add this name to OEUVRE_HOSTS")


def is_address(name: str) -> bool:
    """Return whether this is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
