"""Checks before any work: the token, the size of a request, and how many sets are worked on at once."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.settings import MEBIBYTE, Settings

BUSY = "the service is busy; try again in a few seconds"
RETRY_AFTER = {"Retry-After": "2"}


def problem(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the answer to a request that fails."""
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


class Gate:
    """ASGI middleware: rejects requests to /v1 without the token, too large, or with no free slot, before their body.

    The size of a body is also checked while it is read, whatever length the client announced.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, slots: Slots) -> None:
        """Guard `app`."""
        self.app, self.settings, self.slots = app, settings, slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            return await self.app(scope, receive, send)
        try:
            self.admit(scope["method"], Headers(scope=scope))
        except HTTPException as refusal:
            answer = problem(refusal.status_code, refusal.detail, dict(refusal.headers or {}))
            return await answer(scope, receive, send)
        await self.app(scope, self.limited(receive), send)

    def admit(self, method: str, headers: Headers) -> None:
        """Raise HTTPException for a request that its headers rule out."""
        expected = f"Bearer {self.settings.token}".encode()
        if self.settings.token and not hmac.compare_digest(headers.get("authorization", "").encode(), expected):
            raise HTTPException(
                401, "send the service's token as Authorization: Bearer …", {"WWW-Authenticate": "Bearer"}
            )
        length = headers.get("content-length", "0")
        self.check_size(int(length) if length.isdecimal() else 0)
        if method == "POST":
            self.slots.check()

    def check_size(self, size: int) -> None:
        """Raise HTTPException 413 for a request of more bytes than allowed."""
        if size > self.settings.request_mib * MEBIBYTE:
            raise HTTPException(413, f"the request is larger than {self.settings.request_mib} MiB; send fewer files")

    def limited(self, receive: Receive) -> Receive:
        """Return `receive`, which raises HTTPException 413 once the body is larger than allowed."""
        size = 0

        async def receive_limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            self.check_size(size)
            return message

        return receive_limited
