"""Files that are small and would cost much: each is refused before it is decoded."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from lib.data.image_limits import MAX_MEMORY, MAX_SCANS, MAX_SIDE, ImageError
from lib.data.images import open_picture, small_image
from tests.pictures import encode


def noise(mode: str = "RGB") -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).convert(mode)


def resized(jpeg: bytes, side: int) -> bytes:
    """A JPEG whose header says that it has sides of so many pixels."""
    frame = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    return jpeg[: frame + 5] + struct.pack(">HH", side, side) + jpeg[frame + 9 :]


def with_scans(jpeg: bytes, scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated until it has so many."""
    last = jpeg.rindex(b"\xff\xda")
    missing = scans - jpeg.count(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * missing + jpeg[-2:]


def png_header(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for chunk in (header, b"IDAT" + zlib.compress(bytes(100))):
        data += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data


def refused(data: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        small_image(data, short_side=256)
    with pytest.raises(ImageError, match=reason):
        open_picture(data, short_side=256, megapixels=10**6)


def test_a_jpeg_may_have_many_scans_but_not_more() -> None:
    jpeg = encode(noise("L"), "JPEG", progressive=True)
    assert small_image(with_scans(jpeg, MAX_SCANS), short_side=256).width == 64
    refused(with_scans(jpeg, MAX_SCANS + 1), "more than 100 scans")


def test_a_large_jpeg_may_have_fewer_scans() -> None:
    jpeg = encode(Image.new("L", (64, 64)), "JPEG", progressive=True)
    refused(resized(with_scans(jpeg, 20), 15000), "20 scans of 225 megapixels")


def test_scans_are_counted_where_the_decoder_counts_them() -> None:
    jpeg = encode(noise("L"), "JPEG", progressive=True)
    comment = b"\xff\xfe" + struct.pack(">H", 2 + 400) + b"\xff\xda" * 200
    assert small_image(jpeg[:2] + comment + jpeg[2:], short_side=256).width == 64  # none of them is a scan
    assert small_image(jpeg + b"\xff\xda" * 200, short_side=256).width == 64  # behind the end
    refused(jpeg[:2] + comment + with_scans(jpeg, 200)[2:], "more than 100 scans")
    padded = with_scans(jpeg, 200).replace(b"\xff\xda", b"\xff\xff\xff\xda")
    refused(padded, "more than 100 scans")


@pytest.mark.parametrize("progressive", [True, False])
@pytest.mark.parametrize(("mode", "side"), [("RGB", 15000), ("CMYK", 13000)])
def test_a_jpeg_in_scans_that_take_too_much_memory(progressive: bool, mode: str, side: int) -> None:
    data = encode(noise(mode), "JPEG", progressive=progressive, subsampling=0)
    if not progressive:  # the first scan with one of the components
        scan = data.index(b"\xff\xda")
        length = 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")
        data = data[:scan] + b"\xff\xda\x00\x08\x01\x01\x00" + data[scan + length - 3 :]
    refused(resized(data, side), "megapixels in several scans take more than 1024 MiB")


@pytest.mark.parametrize(("width", "height"), [(MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (170_000_000, 1)])
def test_a_side_is_limited(width: int, height: int) -> None:
    refused(png_header(width, height), "a side is longer than 65,500 pixels")


def test_a_long_side_within_the_limit() -> None:
    picture = open_picture(encode(Image.new("RGB", (MAX_SIDE, 1)), "PNG"), short_side=256)
    assert picture.size == (MAX_SIDE, 1)


@pytest.mark.parametrize(
    ("format", "box", "layout", "megapixels"),
    [("JPEG2000", b"ihdr", ">II", 54), ("AVIF", b"ispe", ">4xII", 108), ("HEIF", b"ispe", ">4xII", 108)],
)
def test_formats_whose_decoders_need_much_memory(format: str, box: bytes, layout: str, megapixels: int) -> None:
    data = bytearray(encode(noise().resize((400, 300)), format))
    struct.pack_into(layout, data, data.index(box) + 4, 10_000, megapixels * 100)
    refused(bytes(data), f"{megapixels} megapixels as {format} take more than 1024 MiB")


def test_a_webp_of_a_few_bytes() -> None:
    refused(encode(Image.new("RGB", (8300, 8300)), "WEBP", lossless=True, method=0), "69 megapixels as WEBP")


def test_a_tiff_in_one_strip_takes_its_memory_twice() -> None:
    assert 12_000**2 * 4 < MAX_MEMORY < 12_000**2 * 8
    data = bytearray(encode(Image.new("RGBA", (64, 64)), "TIFF"))
    for tag in (256, 257, 278):  # width, height, rows of a strip
        entry = data.index(struct.pack("<HH", tag, 4)) if struct.pack("<HH", tag, 4) in data else -1
        kind = 4 if entry >= 0 else 3
        entry = data.index(struct.pack("<HHI", tag, kind, 1))
        struct.pack_into("<I" if kind == 4 else "<H", data, entry + 8, 12_000)
    refused(bytes(data), "144 megapixels as TIFF")
