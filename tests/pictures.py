"""Pictures to decode, and bytes of image files of every format."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    """Return an image as a file of this format."""
    buffer = io.BytesIO()
    if format == "HEIF":
        pillow_heif.from_pillow(image).save(buffer, **options)
    else:
        image.save(buffer, format, **options)
    return buffer.getvalue()


def halves(left: tuple[int, ...], right: tuple[int, ...], *, mode: str = "RGB") -> Image.Image:
    """Return an image of 40 × 20 pixels, with two colours side by side."""
    image = Image.new(mode, (40, 20), left)
    image.paste(Image.new(mode, (20, 20), right), (20, 0))
    return image


def assert_colour(image: Image.Image, position: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Fail unless the pixel at a position has about this colour."""
    assert image.mode == "RGB"
    assert image.getpixel(position) == pytest.approx(colour, abs=6)


def noise(width: int, height: int) -> Image.Image:
    """Return random pixels, always the same."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))
