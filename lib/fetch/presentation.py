"""IIIF Presentation API, versions 2 and 3: manifests and collections as works and addresses.

Museums' manifests stray from the standard. What cannot be read of one canvas is a failure of that canvas alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lib.data.columns import column_key
from lib.fetch.limits import Refused
from lib.fetch.records import Collection, Manifest, NoPicture, Work
from lib.fetch.texts import columns_of, pairs_of, text_of

_MANIFESTS, _COLLECTIONS = ("sc:Manifest", "Manifest"), ("sc:Collection", "Collection")
_MEMBERS = ("items", "members", "collections", "manifests")
_PAGES = ("first", "next")  # of a long collection (2)
_CHOICES = ("oa:Choice", "Choice")


def read_document(document: Mapping[str, Any], address: str) -> Manifest | Collection | None:
    """Return a manifest's works or a collection's members; None for a document that is neither."""
    kind = _kind(document)
    if kind in _COLLECTIONS or kind in ("sc:CollectionPage", "CollectionPage"):
        return _collection(document, address)
    if kind in _MANIFESTS:
        return _manifest(document, address)
    return None


def _collection(document: Mapping[str, Any], address: str) -> Collection:
    named = [member for name in _MEMBERS for member in _list(document.get(name)) if _kind(member) != "Canvas"]
    members = [member if isinstance(member, str) else _id(member) for member in named]
    pages = [page if isinstance(page, str) else _id(page) for name in _PAGES if (page := document.get(name))]
    return Collection(
        address=address,
        members=tuple(dict.fromkeys(filter(None, members))),
        pages=tuple(dict.fromkeys(filter(None, pages))),
    )


def _manifest(document: Mapping[str, Any], address: str) -> Manifest:
    works: list[Work] = []
    without: list[NoPicture] = []
    for number, canvas in enumerate(_canvases(document), start=1):
        try:
            source = _source(canvas)
        except Refused as error:
            without.append(NoPicture(address=_id(canvas) or f"{address}#canvas{number}", reason=str(error)))
            continue
        works.append(
            Work(
                source=source,
                columns=_columns(document, canvas, address),
                licence=_licence(canvas) or _licence(document),
                rights=_rights(canvas) or _rights(document),
            )
        )
    if not (works or without):
        without.append(NoPicture(address=address, reason="the manifest has no canvas"))
    return Manifest(address=address, works=tuple(works), without=tuple(without))


def _columns(document: Mapping[str, Any], canvas: Mapping[str, Any], address: str) -> dict[str, str]:
    """Return what manifest and canvas say; of two pairs with one label, the canvas's."""
    nav_date = text_of(canvas.get("navDate") or document.get("navDate"))
    fixed = {
        "manifest": address,
        "label": text_of(document.get("label")),
        "canvas": text_of(canvas.get("label")),
        "navDate": nav_date,
    }
    own = list(pairs_of(canvas.get("metadata")))
    own_keys = {column_key(label) for label, _ in own}
    common = [pair for pair in pairs_of(document.get("metadata")) if column_key(pair[0]) not in own_keys]
    said = columns_of([*common, *own])
    said = {"title": fixed["label"]} | said
    if nav_date and "date" not in said:
        said["date"] = nav_date.split("-")[0]  # it stands for a year; its month and day are fillers
    fixed_keys = {column_key(name) for name in fixed}
    renamed = {f"metadata {name}" if column_key(name) in fixed_keys else name: text for name, text in said.items()}
    return {name: text for name, text in (renamed | fixed).items() if text}


def _canvases(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    sequences = _list(document.get("sequences"))
    listed = _object(sequences[0]).get("canvases") if sequences else document.get("items")
    return (_object(canvas) for canvas in _list(listed))


def _source(canvas: Mapping[str, Any]) -> str:
    """Return the address of a canvas's first picture: its service's info.json, else the picture itself."""
    image = _picture(canvas)
    for service in map(_object, _list(image.get("service"))):
        named = f"{service.get('@context')} {service.get('type')} {service.get('@type')} {service.get('profile')}"
        if _id(service) and ("image" in named.lower()):
            return f"{_id(service).rstrip('/').removesuffix('/info.json')}/info.json"
    if not _id(image):
        raise Refused("its canvas has no picture")
    return _id(image)


def _picture(canvas: Mapping[str, Any]) -> Mapping[str, Any]:
    for image in map(_object, _list(canvas.get("images"))):  # version 2
        return _chosen(_object(image.get("resource")))
    for page in map(_object, _list(canvas.get("items"))):  # version 3
        for annotation in map(_object, _list(page.get("items"))):
            for body in map(_object, _list(annotation.get("body"))):
                if _kind(_chosen(body)) == "Image":
                    return _chosen(body)
    return {}


def _chosen(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    if _kind(resource) not in _CHOICES:
        return resource
    return _object(resource.get("default") or next(iter(_list(resource.get("items"))), None))


def _licence(document: Mapping[str, Any]) -> str | None:
    value = document.get("rights") or document.get("license")
    return text_of(value) or None


def _rights(document: Mapping[str, Any]) -> str | None:
    statement = document.get("requiredStatement")
    value = statement.get("value") if isinstance(statement, Mapping) else document.get("attribution")
    return text_of(value) or None


def _id(document: Any) -> str:
    found = _object(document).get("id") or _object(document).get("@id")
    return found if isinstance(found, str) else ""


def _kind(document: Any) -> str:
    return str(_object(document).get("type") or _object(document).get("@type"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
