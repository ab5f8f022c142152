"""A IIIF server for tests: pictures in the sizes that its level allows, and whatever else a test gives it to send."""

import asyncio
import contextlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web import Request, StreamResponse

from tests.sources import painting

Handler = Callable[[Request, int], Any]  # of a request and its number, from 1, among those for the path

_SERVICE = re.compile(r"(?P<base>/iiif/(?P<version>[23])/level(?P<level>[012])/(?P<width>\d+)x(?P<height>\d+)/[^/]+)")
_IMAGE = re.compile(r"/full/(?P<size>[^/]+)/0/default\.jpg")
_SIZES = {
    "confined": re.compile(r"!(\d+),(\d+)"),
    "width": re.compile(r"(\d+),"),
    "height": re.compile(r",(\d+)"),
}
_ALLOWED = {0: (), 1: ("width", "height"), 2: ("width", "height", "confined")}


@dataclass(frozen=True)
class Asked:
    """A request that came. at: seconds of the server's clock."""

    path: str
    agent: str
    at: float


class IiifServer:
    """Listens on a free port of this machine."""

    def __init__(self) -> None:
        """Send only pictures of image services, and `answers`, by path: bytes, JSON, or what a handler returns."""
        self.answers: dict[str, bytes | dict | Handler] = {}
        self.extra: dict[str, Any] = {}  # in every info.json
        self.asked: list[Asked] = []
        self.at_once, self.most_at_once = 0, 0
        self.runner = web.AppRunner(self._application(), handler_cancellation=True, shutdown_timeout=0.1)
        self.port = 0

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self.handle)
        return application

    def connections(self) -> int:
        """Return the number of connections that are open."""
        return len(self.runner.server.connections) if self.runner.server else 0

    def address(self, path: str, *, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http://{host}:{self.port}{path}"

    def times(self, path: str) -> int:
        """Return how often a path was asked for."""
        return Counter(asked.path for asked in self.asked)[path]

    async def handle(self, request: Request) -> StreamResponse:
        """Answer a request and note it."""
        path = request.path
        self.asked.append(Asked(path, request.headers.get("User-Agent", ""), asyncio.get_running_loop().time()))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(request, path)
        finally:
            self.at_once -= 1

    async def _answer(self, request: Request, path: str) -> StreamResponse:
        answer = self.answers.get(path)
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="image/jpeg")
        if isinstance(answer, dict):
            return web.Response(text=json.dumps(answer), content_type="application/ld+json")
        if answer is not None:
            return await answer(request, self.times(path))
        return self._image_service(path)

    def _image_service(self, path: str) -> StreamResponse:
        service = _SERVICE.match(path)
        if service is None:
            return web.Response(status=404)
        version, level = int(service["version"]), int(service["level"])
        width, height = int(service["width"]), int(service["height"])
        rest = path[service.end() :]
        if rest == "/info.json":
            info = info_json(self.address(service["base"]), version, level, width, height) | self.extra
            return web.Response(text=json.dumps(info), content_type="application/ld+json")
        image = _IMAGE.fullmatch(rest)
        size = image and size_of(image["size"], version, level, width, height)
        if not size:
            return web.Response(status=400, text="this server cannot send that")
        return web.Response(body=painting(hash(service["base"]) % 1000, size=size), content_type="image/jpeg")


def info_json(address: str, version: int, level: int, width: int, height: int) -> dict[str, Any]:
    """Return what an image service says of itself."""
    half = {"width": width // 2, "height": height // 2}
    size = {"width": width, "height": height, "sizes": [half, {"width": width, "height": height}]}
    protocol = {"@context": f"http://iiif.io/api/image/{version}/context.json", "protocol": "http://iiif.io/api/image"}
    if version == 2:
        return protocol | size | {"@id": address, "profile": [f"http://iiif.io/api/image/2/level{level}.json"]}
    return protocol | size | {"id": address, "type": "ImageService3", "profile": f"level{level}"}


def size_of(text: str, version: int, level: int, width: int, height: int) -> tuple[int, int] | None:
    """Return the pixels of a size that a server of the level sends; None where it refuses."""
    if text == ("full" if version == 2 else "max"):
        return width, height
    if level == 0:
        ready = f"{width // 2}," if version == 2 else f"{width // 2},{height // 2}"
        return (width // 2, height // 2) if text == ready else None
    kind = next((kind for kind in _ALLOWED[level] if _SIZES[kind].fullmatch(text)), None)
    if kind is None:
        return None
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    scales = {
        "width": numbers[0] / width,
        "height": numbers[0] / height,
        "confined": min(numbers[0] / width, numbers[-1] / height),
    }
    scale = scales[kind]
    return None if scale > 1 and kind != "confined" else (round(width * min(1, scale)), round(height * min(1, scale)))


def manifest_2(address: str, canvases: list[dict], **more: Any) -> dict[str, Any]:
    """Return a manifest of version 2."""
    context = "http://iiif.io/api/presentation/2/context.json"
    fixed = {"@context": context, "@id": address, "@type": "sc:Manifest", "sequences": [{"canvases": canvases}]}
    return fixed | {"label": "A manifest"} | more


def canvas_2(service: str, **more: Any) -> dict[str, Any]:
    """Return a canvas of version 2 with the picture of a service."""
    served = {"@context": "http://iiif.io/api/image/2/context.json", "@id": service}
    resource = {"@id": f"{service}/full/full/0/default.jpg", "@type": "dctypes:Image", "service": served}
    return {"@id": f"{service}/canvas", "@type": "sc:Canvas", "images": [{"resource": resource}]} | more


def manifest_3(address: str, canvases: list[dict], **more: Any) -> dict[str, Any]:
    """Return a manifest of version 3."""
    fixed = {"@context": "http://iiif.io/api/presentation/3/context.json", "id": address, "type": "Manifest"}
    return fixed | {"label": {"en": ["A manifest"]}, "items": canvases} | more


def canvas_3(service: str, **more: Any) -> dict[str, Any]:
    """Return a canvas of version 3 with the picture of a service."""
    served = [{"id": service, "type": "ImageService3", "profile": "level2"}]
    body = {"id": f"{service}/full/max/0/default.jpg", "type": "Image", "service": served}
    annotation = {"type": "Annotation", "motivation": "painting", "body": body}
    return {"id": f"{service}/canvas", "type": "Canvas", "items": [{"items": [annotation]}]} | more


@contextlib.contextmanager
def iiif_server() -> Iterator[IiifServer]:
    """Run a server in a thread; yield it."""
    server, started, ended = IiifServer(), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        runner = server.runner
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.port = runner.addresses[0][1]
        started.set()
        await ended.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    started.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
