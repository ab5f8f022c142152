"""Bytes of image files, of every format."""

import io

import pillow_heif
from PIL import Image


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    """Return an image as a file of this format."""
    buffer = io.BytesIO()
    if format == "HEIF":
        pillow_heif.from_pillow(image).save(buffer, **options)
    else:
        image.save(buffer, format, **options)
    return buffer.getvalue()
