"""Image files of any kind into upright RGB images and small JPEGs.

Large images are decoded at a reduced scale or reduced early: a 100-megapixel file takes neither seconds nor gigabytes.
"""

import io
from dataclasses import dataclass

import imagehash
import numpy as np
from PIL import Image, ImageCms, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from lib.data.decoding import decode, image_errors, open_header
from lib.data.image_limits import ImageError
from lib.data.resizing import resize

SHORT_SIDE = 320  # pixels, unless a dataset says otherwise: as much as the default backbone sees
JPEG_QUALITY = 90
HASHED_SIDE = 64  # pixels of the short side of the image that is hashed; the hash itself reduces it to 32

_STRIP_ROWS = 16
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = frozenset({_UPRIGHT[5], _UPRIGHT[6], _UPRIGHT[7], _UPRIGHT[8]})  # turns that exchange width and height


@dataclass(frozen=True)
class ImageHeader:
    """What the header of an image file says. width, height: pixels, upright. media_type: such as image/jpeg."""

    width: int
    height: int
    media_type: str | None


@dataclass(frozen=True)
class SmallImage:
    """A painting as the dataset keeps it.

    width, height: pixels of the original, upright. phash: 64-bit perceptual hash in hexadecimal.
    jpeg: RGB JPEG bytes, no larger than the dataset's short side.
    """

    width: int
    height: int
    phash: str
    jpeg: bytes


def read_header(data: bytes) -> ImageHeader:
    """Return what the header of an image file says, without decoding it. Raises ImageError as open_image() does."""
    with image_errors():
        source = open_header(data)
        width, height = source.size
        # Pillow gives a TIFF its upright size, but removes the orientation only when it decodes the image.
        if not isinstance(source, TiffImageFile) and _UPRIGHT.get(_orientation(source)) in _LYING:
            width, height = height, width
        # A JPEG of several pictures, as telephones write them, is a JPEG to every viewer.
        media_type = "image/jpeg" if isinstance(source, JpegImageFile) else Image.MIME.get(source.format or "")
        return ImageHeader(width=width, height=height, media_type=media_type)


def open_image(data: bytes, *, short_side: int | None = None, megapixels: int | None = None) -> Image.Image:
    """Decode the first frame of an image file, of a TIFF its largest page, to an upright sRGB image.

    With `short_side` (pixels) a large image is decoded at a reduced scale that keeps at least that much; without, only
    a JPEG above 178 megapixels is reduced. megapixels: refuse larger images; None: those that take too much memory.
    Raises ImageError with the reason where the bytes are not a usable image.
    """
    return _decode(data, short_side=short_side, megapixels=megapixels)[0]


def open_picture(data: bytes, *, short_side: int, megapixels: int | None = None) -> Image.Image:
    """Decode an image file, of at most `megapixels` where given, no larger than the dataset stores paintings.

    short_side: of the models (Provenance). Raises ImageError with the reason where it is not a usable image.
    """
    return shrink(open_image(data, short_side=short_side, megapixels=megapixels), short_side=short_side)


def small_image(data: bytes, *, short_side: int) -> SmallImage:
    """Turn the bytes of an image file into what the dataset keeps of it. Raises ImageError with the reason.

    short_side: pixels at most.
    """
    image, width, height, plain = _decode(data, short_side=short_side, megapixels=None)
    image = shrink(image, short_side=short_side)
    # Decoding and encoding again would only lose quality.
    jpeg = data if plain and min(width, height) <= short_side else to_jpeg(image)
    return SmallImage(width=width, height=height, phash=perceptual_hash(image), jpeg=jpeg)


def perceptual_hash(image: Image.Image) -> str:
    """Return the 64-bit perceptual hash in hexadecimal; reducing the image first makes it three times as fast."""
    return str(imagehash.phash(image.reduce(max(1, min(image.size) // HASHED_SIDE))))


def shrink(image: Image.Image, *, short_side: int) -> Image.Image:
    """Resize so that the short side has `short_side` pixels; never enlarge."""
    scale = short_side / min(image.size)
    if scale >= 1:
        return image
    width, height = (max(short_side, round(side * scale)) for side in image.size)
    return resize(image, (width, height), resampling=Image.Resampling.LANCZOS)


def to_jpeg(image: Image.Image) -> bytes:
    """Encode an RGB image as JPEG bytes."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def decode_rgb(jpeg: bytes) -> Image.Image:
    """Decode the JPEG bytes of the dataset, which are known to be good."""
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def square(image: Image.Image, *, size: int) -> np.ndarray:
    """Return uint8 (size, size, 3): the whole picture, stretched to a square instead of cropped."""
    return np.asarray(resize(image, (size, size), resampling=Image.Resampling.BICUBIC))


def _decode(data: bytes, *, short_side: int | None, megapixels: int | None) -> tuple[Image.Image, int, int, bool]:
    """Return the RGB image, the upright width and height of the original, and whether it is a plain RGB JPEG."""
    with image_errors():
        decoded = decode(data, short_side=short_side, megapixels=megapixels)
        source, width, height = decoded.image, decoded.width, decoded.height
        turn = _UPRIGHT.get(_orientation(source))
        profile = _foreign_profile(source)
        plain = source.format == "JPEG" and source.mode == "RGB" and turn is None and profile is None
        reduction = min(source.size) // (2 * short_side) if short_side else 1
        image = _reduced(source, reduction)
        image = _to_srgb(ImageOps.invert(image) if decoded.inverted else image, profile).convert("RGB")
        if turn is not None:
            image = image.transpose(turn)
            if turn in _LYING:
                width, height = height, width
        return image, width, height, plain


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # broken EXIF data does not make the picture broken
        return 1


def _foreign_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """Return the embedded colour profile unless it is absent, unreadable or sRGB."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        return None if ImageCms.getProfileDescription(profile).startswith("sRGB") else profile
    except (KeyError, TypeError, OSError, ImageCms.PyCMSError):
        return None


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Flatten the image and reduce it `factor` times, in strips: a flat copy of full size could take gigabytes."""
    if factor <= 1:
        return _flat(image)
    rows = _STRIP_ROWS * factor
    boxes = [(0, top, image.width, min(top + rows, image.height)) for top in range(0, image.height, rows)]
    strips = [_flat(image.crop(box)).reduce(factor) for box in boxes]
    reduced = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    for number, strip in enumerate(strips):
        reduced.paste(strip, (0, number * _STRIP_ROWS))
    return reduced


def _flat(image: Image.Image) -> Image.Image:
    """Return the image with 8 bits a channel, without palette and without transparency."""
    if image.mode == "F":
        raise ImageError("its pixels are 32-bit floating point numbers, which have no agreed white")
    if image.mode.startswith("I"):
        return _eight_bits(image)
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB") if image.mode in ("1", "P") else image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits; Pillow's own conversion clips it."""
    levels = np.asarray(image)
    if levels.dtype != np.uint16:
        levels = levels.clip(0, 65535).astype(np.uint16)
    return Image.fromarray((levels >> 8).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _to_srgb(image: Image.Image, profile: ImageCms.ImageCmsProfile | None) -> Image.Image:
    if profile is None:
        return image
    try:
        converted = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return converted or image
    except (ImageCms.PyCMSError, ValueError):
        # The profile does not fit the pixels, such as an RGB profile of a grey image: the caller converts without it.
        return image
