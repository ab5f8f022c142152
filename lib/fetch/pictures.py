"""A picture that a server sent: checked by its content, and kept whole or not at all."""

import hashlib
from pathlib import Path

from lib.data.decoding import ImageError, decode, image_errors
from lib.data.images import SHORT_SIDE
from lib.fetch.client import Answer
from lib.fetch.limits import Refused
from lib.fetch.records import Picture
from lib.infra.atomic import atomic_file
from lib.infra.paths import make_folder

FOLDER = "images"  # below the fetch's own
_SUFFIXES = {"JPEG": ".jpg", "JPEG2000": ".jp2", "TIFF": ".tif"}  # of others, their lower-case name
_NAME_LENGTH = 24  # hexadecimal digits


def keep_picture(answer: Answer, *, address: str, out: Path, megapixels: int, rights: str | None = None) -> Picture:
    """Write a picture below `out`, named by its address, and return its record. Raises Refused for anything else.

    address: that the catalogue or the manifest has. megapixels: at most. It is decoded as ingest does, so that what is
    kept can be used.
    """
    try:
        with image_errors():
            decoded = decode(answer.body, short_side=SHORT_SIDE, megapixels=megapixels)
    except ImageError as error:
        known = "image/" in answer.media_type or "octet-stream" in answer.media_type
        sent = "" if known else f" (the server says {answer.media_type})"
        raise Refused(f"{error}{sent}") from error
    kind = decoded.image.format or ""
    name = hashlib.sha256(address.encode()).hexdigest()[:_NAME_LENGTH]
    file = f"{name[:2]}/{name}{_SUFFIXES.get(kind, f'.{kind.lower()}')}"
    path = out / FOLDER / file
    make_folder(path.parent)
    with atomic_file(path) as aside:
        aside.write_bytes(answer.body)
    return Picture(
        address=address,
        source=answer.address,
        file=file,
        sha256=hashlib.sha256(answer.body).hexdigest(),
        size=len(answer.body),
        width=decoded.width,
        height=decoded.height,
        licence=answer.licence,
        rights=rights,
    )
