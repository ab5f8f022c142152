"""What decoding an image would cost, told from the file before it is decoded, and the most that it may cost."""

import re
from collections.abc import Iterator
from itertools import islice

from PIL import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, ROWSPERSTRIP, TILELENGTH, TILEWIDTH, TiffImageFile

MAX_SIDE = 65_500  # pixels: the longest that a JPEG can have
MAX_MEMORY = 2**30  # bytes that decoding one image may take
MAX_SCANS = 100  # of a JPEG; encoders write about ten
MAX_SCANNED_MEGAPIXELS = 4000  # of all scans of a JPEG together

# Bytes a pixel at the peak, measured on images of 25 megapixels.
_BYTES_A_PIXEL = {"JPEG2000": 20, "WEBP": 16, "AVIF": 10, "HEIF": 10}
_BYTES_OF_MODE = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
_BYTES_OF_OTHER_MODES = 4
_COEFFICIENT_BYTES = 2
BASELINE = "save it as a baseline JPEG"
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")  # without padding, stuffed bytes and restarts
_START_OF_SCAN, _END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"


class ImageError(Exception):
    """An image that cannot be used; the message is the reason."""


def check_sides(source: ImageFile.ImageFile) -> None:
    """Raise ImageError for an image with a side that is too long."""
    if max(source.size) > MAX_SIDE:
        raise ImageError(f"a side is longer than {MAX_SIDE:,} pixels")


def check_pixels(source: ImageFile.ImageFile, megapixels: int) -> None:
    """Raise ImageError for an image of more pixels."""
    if source.width * source.height > megapixels * 10**6:
        raise too_many_pixels(megapixels)


def too_many_pixels(megapixels: int) -> ImageError:
    """Return the error of an image of more than `megapixels`."""
    return ImageError(f"more than {megapixels} megapixels")


def check_memory(source: ImageFile.ImageFile, *, pixels: int) -> None:
    """Raise ImageError for an image, other than a JPEG, of which it takes too much memory to decode so many pixels."""
    each = _BYTES_A_PIXEL.get(source.format or "") or _BYTES_OF_MODE.get(source.mode, _BYTES_OF_OTHER_MODES)
    strip = _strip_bytes(source) if isinstance(source, TiffImageFile) else 0
    if pixels * each + strip > MAX_MEMORY:
        raise _takes_too_much(pixels, f"as {source.format}", remedy="save a smaller copy")


def check_jpeg(source: JpegImageFile, data: bytes) -> None:
    """Raise ImageError for a JPEG of too many scans, or of several that take too much memory.

    A scaled JPEG whose first scan has all there is takes little, so that only its pixels matter.
    """
    if not _keeps_coefficients(source, data):
        return
    pixels, scans = source.width * source.height, len(list(islice(_scans(data), MAX_SCANS + 1)))
    if scans > MAX_SCANS:
        raise ImageError(f"more than {MAX_SCANS} scans; {BASELINE}")
    if scans * pixels > MAX_SCANNED_MEGAPIXELS * 10**6:
        raise ImageError(f"{scans} scans of {pixels / 10**6:.0f} megapixels; {BASELINE}")
    if _coefficients(source) * _COEFFICIENT_BYTES > MAX_MEMORY:
        raise _takes_too_much(pixels, "in several scans", remedy=BASELINE)


def _takes_too_much(pixels: int, how: str, *, remedy: str) -> ImageError:
    return ImageError(f"{pixels / 10**6:.0f} megapixels {how} take more than {MAX_MEMORY >> 20} MiB; {remedy}")


def _strip_bytes(source: TiffImageFile) -> int:
    """Return the size of a decoded strip, or tile, which is as large as the image in some files."""
    tags = source.tag_v2
    width = int(tags.get(TILEWIDTH, source.width))
    height = int(tags.get(TILELENGTH, min(tags.get(ROWSPERSTRIP, source.height), source.height)))
    return width * height * sum(tags.get(BITSPERSAMPLE, (1,))) // 8


def _scans(data: bytes) -> Iterator[int]:
    """Yield where the scans of a JPEG begin, until its end."""
    position = 2
    while marker := _MARKER.search(data, position):
        if marker[0] == _END_OF_IMAGE:
            return
        if marker[0] == _START_OF_SCAN:
            yield marker.start()
        length = int.from_bytes(data[marker.end() : marker.end() + 2], "big")
        position = marker.end() + length


def _keeps_coefficients(source: JpegImageFile, data: bytes) -> bool:
    """Return whether libjpeg needs the coefficients of the whole image in memory, even at a reduced scale.

    It does not where the first scan is sequential and has all components. Pillow stops reading at that scan's data.
    """
    assert source.fp is not None
    header = data[: source.fp.tell()][-(8 + 2 * source.layers) :]
    has_all = header[:2] == _START_OF_SCAN and header[4] == source.layers
    return "progressive" in source.info or not has_all


def _coefficients(source: JpegImageFile) -> int:
    """Return the number of coefficients of all components, of which some have fewer samples than pixels."""
    samples = [horizontal * vertical for _, horizontal, vertical, _ in source.layer]
    return source.width * source.height * sum(samples) // max(samples)
