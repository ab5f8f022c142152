"""AVIF, HEIF, JPEG 2000 and TIFF pictures."""

import struct

import numpy as np
import pytest
from PIL import Image

from lib.data.image_limits import ImageError
from lib.data.images import decode_rgb, open_image, shrink, small_image
from tests.pictures import BLUE, GREEN, RED, assert_colour, encode, halves, noise


@pytest.mark.parametrize(
    ("format", "options"),
    [("JPEG2000", {}), ("JPEG2000", {"no_jp2": True}), ("AVIF", {"quality": 95}), ("HEIF", {"quality": 95})],
)
def test_newer_formats_are_read(format: str, options: dict[str, object]) -> None:
    image = halves(RED, BLUE).resize((400, 300), Image.Resampling.NEAREST)
    small = small_image(encode(image, format, **options), short_side=256)
    assert (small.width, small.height) == (400, 300)
    assert_colour(decode_rgb(small.jpeg), (40, 100), (254, 0, 0))
    assert_colour(decode_rgb(small.jpeg), (300, 100), (0, 0, 254))


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
def test_newer_formats_are_turned_upright(format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = halves(RED, BLUE).resize((400, 200), Image.Resampling.NEAREST).rotate(90, expand=True)
    small = small_image(encode(turned, format, exif=exif.tobytes(), quality=95), short_side=256)
    assert (small.width, small.height) == (400, 200)
    assert_colour(decode_rgb(small.jpeg), (40, 100), (254, 0, 0))


@pytest.mark.parametrize("options", [{}, {"tile_size": (512, 512)}, {"num_resolutions": 2}, {"num_resolutions": 1}])
def test_reduced_jpeg_2000_looks_like_full_decoding(options: dict[str, object]) -> None:
    image = noise(12, 9).resize((1211, 933), Image.Resampling.BICUBIC)
    small = small_image(encode(image, "JPEG2000", **options), short_side=256)
    assert (small.width, small.height) == (1211, 933)
    reduced, full = (
        np.asarray(picture, dtype=float) for picture in (decode_rgb(small.jpeg), shrink(image, short_side=256))
    )
    assert reduced.shape == full.shape
    assert np.abs(reduced - full).mean() < 3


def test_16_bit_jpeg_2000_is_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(64, axis=0)
    grey = np.asarray(open_image(encode(Image.fromarray(ramp), "JPEG2000")))
    assert np.abs(grey[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_a_tiff_gives_its_largest_page() -> None:
    pages = [
        Image.new("RGB", size, colour) for size, colour in (((40, 20), RED), ((300, 400), BLUE), ((90, 90), GREEN))
    ]
    small = small_image(encode(pages[0], "TIFF", save_all=True, append_images=pages[1:]), short_side=256)
    assert (small.width, small.height) == (300, 400)
    assert_colour(decode_rgb(small.jpeg), (100, 100), (0, 0, 254))


def test_a_largest_page_that_cannot_be_decoded_is_not_replaced_by_a_thumbnail() -> None:
    pages = [Image.new("L", size, 200) for size in ((40, 20), (300, 400))]
    data = bytearray(encode(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    photometric = struct.pack("<HHI", 262, 3, 1)
    struct.pack_into("<H", data, data.rindex(photometric) + 8, 32844)  # logarithmic luminance
    with pytest.raises(ImageError, match="unknown pixel mode"):
        small_image(bytes(data), short_side=256)
    data = bytearray(encode(pages[1], "TIFF", save_all=True, append_images=pages[:1]))
    struct.pack_into("<H", data, data.rindex(photometric) + 8, 32844)
    assert open_image(bytes(data)).size == (300, 400)


@pytest.mark.parametrize(("order", "compression"), [("<", "raw"), (">", "raw"), ("<", "tiff_adobe_deflate")])
def test_16_bit_grey_whose_white_is_zero(order: str, compression: str) -> None:
    ramp = np.linspace(65535, 0, 256).astype(np.uint16)[None].repeat(8, axis=0).astype(f"{order}u2")
    image = Image.frombuffer(f"I;16{'B' if order == '>' else ''}", (256, 8), ramp.tobytes())
    data = bytearray(encode(image, "TIFF", compression=compression))
    struct.pack_into(f"{order}H", data, data.index(struct.pack(f"{order}HHI", 262, 3, 1)) + 8, 0)
    grey = np.asarray(open_image(bytes(data)))
    assert np.abs(grey[0, :, 0].astype(int) - np.arange(256)).max() <= 1
