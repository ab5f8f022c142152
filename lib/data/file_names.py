"""What the names of image files, and the values of a catalogue that mean them, have in common."""

import posixpath
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".tif", ".tiff", ".webp", ".bmp", ".ppm", ".pgm"}
    | {".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".avif", ".heic", ".heif", ".hif"}
)

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
# How the IIIF Image API ends the address of an image: region, size, rotation, quality.
_IIIF = re.compile(r"/(?:full|square|(?:pct:)?[\d.,]+)/\^?!?(?:full|max|[\d,]+|pct:[\d.]+)/!?[\d.]+/\w+\.\w+$")
_OTHER_MACHINE = re.compile(r"[a-z]:/|//", re.IGNORECASE)  # a drive, a network share


@dataclass(frozen=True)
class Reference:
    """A value of a catalogue, read as a path.

    paths: its readings, with and without percent-encoding and query. foreign: its first folders are those of a web site
    or of another machine.
    """

    value: str
    paths: frozenset[str]
    foreign: bool

    @classmethod
    def read(cls, value: str) -> "Reference":
        """Read a value of a catalogue: a path, a name, an accession number or a URL."""
        text = value.strip()
        is_url = _URL.match(text) is not None
        # A file name may hold ? and #; without a scheme they begin a query only after the name of an image.
        queries = {text[: mark.start()] for mark in re.finditer("[?#]", text)}
        texts = {_IIIF.sub("", _path_of_url(text))} if is_url else {text, *filter(is_image, queries)}
        slashed = {text.replace("\\", "/") for text in texts | {unquote(text) for text in texts}}
        foreign = is_url or any(_OTHER_MACHINE.match(text) for text in slashed)
        paths = {_tidy(_OTHER_MACHINE.sub("", text, count=1) if foreign else text) for text in slashed}
        return cls(value=value, paths=frozenset(paths - {""}), foreign=foreign)


def is_image(path: str) -> bool:
    """Return whether the path ends in the suffix of an image, in any capitals."""
    return posixpath.splitext(path)[1].lower() in IMAGE_SUFFIXES


def without_suffix(path: str) -> str:
    """Return the path without the suffix of an image; other suffixes may be part of a number, such as 1937.1.2."""
    return posixpath.splitext(path)[0] if is_image(path) else path


def fold(text: str) -> str:
    """Return what is the same for all capitals and Unicode forms of the text."""
    if text.isascii():  # most are, and lower() takes a tenth of the time
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _path_of_url(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # such as an unfinished IPv6 address
        return ""


def _tidy(path: str) -> str:
    """Return the path without empty parts and without leading slash, . and .."""
    parts = posixpath.normpath(path).split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))
