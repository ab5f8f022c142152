"""The bytes of an image file into pixels, within bounds of memory that no file can exceed.

Large JPEG and JPEG 2000 files are decoded at a reduced scale; the pixels of all other formats are limited.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import IMAGELENGTH, IMAGEWIDTH, MM, OPEN_INFO, PHOTOMETRIC_INTERPRETATION, TiffImageFile

from lib.data.image_limits import ImageError, check_jpeg, check_memory, check_pixels, check_sides, too_many_pixels

MAX_BYTES = 512 * 2**20
MAX_MEGAPIXELS = 178  # to decode; above this, Pillow refuses an image as a decompression bomb
MAX_PAGES = 64  # of a TIFF

# Formats that are decoded without another program, as Pillow would start for EPS.
FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "PPM", "JPEG2000", "AVIF", "HEIF")

_JPEG_SCALES = (1, 2, 4, 8)
_WHITE_IS_ZERO = 0


@dataclass(frozen=True)
class Decoded:
    """An image as its file has it, neither upright nor in sRGB.

    image: loaded, perhaps at a reduced scale. width, height: pixels at full scale. inverted: its white is 0.
    """

    image: ImageFile.ImageFile
    width: int
    height: int
    inverted: bool


@contextmanager
def image_errors() -> Iterator[None]:
    """Turn everything that Pillow raises for bytes that are no usable image into ImageError."""
    try:
        with warnings.catch_warnings():
            # Pillow warns at half its limit and refuses at the limit; only the limit matters here.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    except ImageError:
        raise
    except Image.UnidentifiedImageError as error:
        raise ImageError("not an image of a known format") from error
    except Image.DecompressionBombError as error:
        raise too_many_pixels(MAX_MEGAPIXELS) from error
    except MemoryError as error:
        raise ImageError("it takes too much memory to decode") from error
    except Exception as error:  # on broken bytes Pillow's decoders raise many kinds of exception
        raise ImageError(f"the image is broken: {error or type(error).__name__}") from error


def decode(data: bytes, *, short_side: int | None, megapixels: int | None) -> Decoded:
    """Decode the first frame of an image file, of a TIFF the largest of its first 64 pages.

    With `short_side` (pixels) a large JPEG or JPEG 2000 is decoded at a reduced scale that keeps at least that much.
    megapixels: refuse images that are larger at full scale; None: decode all that the bounds of memory allow. Raises
    ImageError with the reason, and within image_errors() nothing else.
    """
    if not data:
        raise ImageError("the file is empty")
    if len(data) > MAX_BYTES:
        raise ImageError(f"the file is larger than {MAX_BYTES >> 20} MiB")
    source = _open(data)
    if isinstance(source, TiffImageFile):
        _seek_largest_page(source)
    width, height = source.size
    check_sides(source)
    if megapixels is not None:
        check_pixels(source, megapixels)
    factor = max(1, min(width, height) // short_side) if short_side else 1
    if isinstance(source, JpegImageFile):
        _load_jpeg(source, data, factor=factor)
    elif isinstance(source, Jpeg2KImageFile):
        source = _load_jpeg_2000(data, factor=factor)
    else:
        check_pixels(source, MAX_MEGAPIXELS)
        check_memory(source, pixels=width * height)
        source.load()
    return Decoded(image=source, width=width, height=height, inverted=_is_inverted(source))


def _open(data: bytes) -> ImageFile.ImageFile:
    _complete_pillow()
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        if not data.startswith(b"\xff\xd8\xff"):
            raise
        return JpegImageFile(io.BytesIO(data))  # without Pillow's limit: _load_jpeg reduces it


@cache
def _complete_pillow() -> None:
    """Add HEIC and 16-bit big-endian TIFF with an inverted scale to what Pillow reads."""
    import pillow_heif

    # An embedded thumbnail may show something other than the picture.
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    OPEN_INFO.setdefault((MM, _WHITE_IS_ZERO, (1,), 1, (16,), ()), ("I;16B", "I;16B"))


def _load_jpeg(source: JpegImageFile, data: bytes, *, factor: int) -> None:
    """Load at the scale 1/factor or the next larger one of 1, 1/2, 1/4, 1/8; at a smaller one where memory demands."""
    check_jpeg(source, data)
    pixels = source.width * source.height
    if pixels > MAX_MEGAPIXELS * 10**6:
        # The sides of a JPEG are 65,500 pixels at most, so that 1/8 is always small enough.
        factor = max(factor, next(scale for scale in _JPEG_SCALES if pixels <= MAX_MEGAPIXELS * 10**6 * scale**2))
    if factor > 1:
        source.draft(None, (source.width // factor, source.height // factor))
    source.load()


def _load_jpeg_2000(data: bytes, *, factor: int) -> ImageFile.ImageFile:
    """Load at the smallest resolution in the file that is not reduced more than `factor` times."""
    levels = factor.bit_length() - 1
    while True:
        source = _open(data)
        assert isinstance(source, Jpeg2KImageFile)
        check_memory(source, pixels=source.width * source.height >> 2 * levels)
        source.reduce = levels
        try:
            source.load()
            return source
        except OSError:  # the file may have fewer resolutions
            if not levels:
                raise
        levels -= 1


def _seek_largest_page(source: TiffImageFile) -> None:
    pixels: list[int] = []
    for page in range(MAX_PAGES):
        try:
            source.seek(page)
        except EOFError:
            break
        except Exception:  # a page that cannot be decoded matters only if it is the largest
            pass
        pixels.append(_pixels_in_tags(source))
    source.seek(0)
    source.seek(pixels.index(max(pixels)))


def _pixels_in_tags(source: TiffImageFile) -> int:
    with suppress(Exception):
        return int(source.tag_v2[IMAGEWIDTH]) * int(source.tag_v2[IMAGELENGTH])
    return 0


def _is_inverted(source: ImageFile.ImageFile) -> bool:
    """Return whether 0 is white; Pillow turns that round for 8 bits, not for 16."""
    return (
        isinstance(source, TiffImageFile)
        and source.mode.startswith("I;16")
        and source.tag_v2.get(PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO
    )
