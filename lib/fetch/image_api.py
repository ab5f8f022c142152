"""IIIF Image API, versions 2 and 3: which picture to ask for, by what the server's info.json says that it can do."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lib.fetch.limits import Refused
from lib.infra.errors import UserError

DEFAULT_SIZE = "!1024,1024"

_SIZE = re.compile(r"!([1-9]\d{0,4}),([1-9]\d{0,4})")
_CONTEXT = re.compile(r"iiif\.io/api/image/([23])/")
_OLD_CONTEXT = re.compile(r"image-api/1|iiif\.io/api/image/1")
_LEVEL = re.compile(r"level-?([012])")
# What every server of a level can do, by version.
_FEATURES: dict[int, tuple[frozenset[str], ...]] = {
    2: (frozenset(), frozenset({"sizeByW", "sizeByH"}), frozenset({"sizeByW", "sizeByH", "sizeByConfinedWh"})),
    3: (frozenset(), frozenset({"sizeByW", "sizeByH", "sizeByWh"}), frozenset({"sizeByW", "sizeByConfinedWh"})),
}


@dataclass(frozen=True)
class Box:
    """Pixels that a picture has at most."""

    width: int
    height: int


@dataclass(frozen=True)
class Service:
    """What an info.json says. limit: what the server sends at most. sizes: those that it has ready."""

    address: str
    version: int
    width: int
    height: int
    limit: Box
    area: float
    features: frozenset[str]
    sizes: tuple[Box, ...]


def parse_size(text: str) -> Box | None:
    """Return the box of a size such as !1024,1024; None for max, the largest that a server has. Raises UserError."""
    if text == "max":
        return None
    match = _SIZE.fullmatch(text)
    if not match:
        raise UserError(f"--size {text!r} is not understood; give the largest sides as '!1024,1024', or max")
    return Box(int(match[1]), int(match[2]))


def is_image_service(document: Mapping[str, Any]) -> bool:
    """Return whether a JSON document is an info.json."""
    named = f"{document.get('@context')} {document.get('type')} {document.get('protocol')}"
    return "iiif.io/api/image" in named or "ImageService" in named or "image-api" in named


def picture_address(document: Mapping[str, Any], box: Box | None) -> str:
    """Return the address of the picture that fits into `box`, None for the largest. Raises Refused with the reason."""
    service = _read(document)
    return f"{service.address}/full/{_size(service, box)}/0/default.jpg"


def _read(document: Mapping[str, Any]) -> Service:
    context = str(document.get("@context"))
    if _OLD_CONTEXT.search(context):
        raise Refused("a service of the IIIF Image API 1; versions 2 and 3 are supported")
    match = _CONTEXT.search(context)
    version = int(match[1]) if match else 3 if "id" in document else 2
    address = document.get("id") or document.get("@id")
    if not isinstance(address, str):
        raise Refused("its info.json has no id")
    described = [*_objects(document.get("profile")), document]
    width, height = _pixels(document, "width"), _pixels(document, "height")
    if not (width and height):
        raise Refused("its info.json has no width and height")
    most = {name: _first_pixels(described, name) for name in ("maxWidth", "maxHeight", "maxArea")}
    return Service(
        address=address.rstrip("/"),
        version=version,
        width=width,
        height=height,
        limit=Box(most["maxWidth"] or width, most["maxHeight"] or most["maxWidth"] or height),
        area=most["maxArea"] or float("inf"),
        features=_features(document, described, version),
        sizes=tuple(
            Box(_pixels(size, "width"), _pixels(size, "height"))
            for size in _objects(document.get("sizes"))
            if _pixels(size, "width") and _pixels(size, "height")
        ),
    )


def _size(service: Service, box: Box | None) -> str:
    whole = "max" if service.version == 3 else "full"
    limited = service.limit.width < service.width or service.limit.height < service.height
    limited = limited or service.area < service.width * service.height
    if box is None:
        return "max" if limited else whole
    room = Box(min(box.width, service.limit.width), min(box.height, service.limit.height))
    scale = min(1.0, room.width / service.width, room.height / service.height)
    scale = min(scale, (service.area / (service.width * service.height)) ** 0.5)
    if scale == 1:
        return whole
    width, height = max(1, int(service.width * scale)), max(1, int(service.height * scale))
    if "sizeByConfinedWh" in service.features:
        return f"!{width},{height}" if service.area < room.width * room.height else f"!{room.width},{room.height}"
    if "sizeByW" in service.features:
        return f"{width},"
    if "sizeByH" in service.features:
        return f",{height}"
    if service.sizes:
        ready = sorted(service.sizes, key=lambda size: size.width * size.height)
        fitting = [size for size in ready if size.width <= room.width and size.height <= room.height]
        best = fitting[-1] if fitting else ready[0]
        return f"{best.width},{best.height}" if service.version == 3 else f"{best.width},"
    return "max" if limited else whole


def _features(document: Mapping[str, Any], described: list[Mapping[str, Any]], version: int) -> frozenset[str]:
    levels = [int(level) for level in _LEVEL.findall(str(document.get("profile")))]
    named = chain.from_iterable(
        value
        for each in described
        for name in ("supports", "extraFeatures")
        if isinstance(value := each.get(name), list)
    )
    return _FEATURES[version][max(levels, default=0)] | {str(feature) for feature in named}


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Mapping):
            yield each


def _pixels(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _first_pixels(documents: list[Mapping[str, Any]], name: str) -> int:
    return next((pixels for document in documents if (pixels := _pixels(document, name))), 0)
