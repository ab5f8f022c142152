import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from lib.data.image_limits import ImageError
from lib.data.images import ImageHeader, decode_rgb, open_image, read_header, shrink, small_image, to_jpeg
from tests.nodes import REPOSITORY
from tests.pictures import BLUE, GREEN, RED, WHITE, assert_colour, encode, halves, noise


def test_a_large_jpeg_is_shrunk_to_a_short_side_of_256() -> None:
    small = small_image(encode(noise(1500, 1000), "JPEG"), short_side=256)
    assert (small.width, small.height) == (1500, 1000)
    assert decode_rgb(small.jpeg).size == (384, 256)
    assert len(small.phash) == 16


def test_the_phash_survives_size_and_compression() -> None:
    image = noise(12, 9).resize((1200, 900), Image.Resampling.BICUBIC)
    large, small = (
        small_image(encode(copy, "JPEG", quality=70), short_side=256) for copy in (image, image.resize((600, 450)))
    )
    assert (int(large.phash, 16) ^ int(small.phash, 16)).bit_count() <= 4


def test_reduced_decoding_looks_like_full_decoding() -> None:
    data = encode(noise(60, 40).resize((3000, 2000), Image.Resampling.BICUBIC), "JPEG", quality=95)
    reduced = np.asarray(decode_rgb(small_image(data, short_side=256).jpeg), dtype=float)
    full = np.asarray(decode_rgb(to_jpeg(shrink(open_image(data), short_side=256))), dtype=float)
    assert np.abs(reduced - full).mean() < 3


def test_a_small_plain_jpeg_keeps_its_bytes() -> None:
    data = encode(noise(300, 200), "JPEG", quality=75)
    assert small_image(data, short_side=256).jpeg == data


def test_nothing_is_enlarged() -> None:
    assert decode_rgb(small_image(encode(noise(30, 20), "PNG"), short_side=256).jpeg).size == (30, 20)
    assert shrink(noise(30, 20), short_side=256).size == (30, 20)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_exif_rotation_is_applied(orientation: int) -> None:
    upright = halves(RED, BLUE)
    turned = upright.rotate({3: 180, 6: 90, 8: -90}[orientation], expand=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(turned, "JPEG", exif=exif, quality=95, subsampling=0)
    small = small_image(data, short_side=256)
    assert (small.width, small.height) == (40, 20)
    assert small.jpeg != data
    assert_colour(decode_rgb(small.jpeg), (5, 10), (254, 0, 0))
    assert_colour(open_image(data), (35, 10), (0, 0, 254))


@pytest.mark.parametrize(
    ("format", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("MPO", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("TIFF", "image/tiff"),
        ("AVIF", "image/avif"),
        ("HEIF", "image/heif"),
    ],
)
def test_a_header_says_the_upright_size_and_the_media_type(format: str, media_type: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {"save_all": True, "append_images": [noise(8, 8)]} if format == "MPO" else {}
    data = encode(noise(300, 200), format, exif=exif.tobytes(), **options)
    assert read_header(data) == ImageHeader(width=200, height=300, media_type=media_type)
    kept = small_image(data, short_side=100)
    assert (kept.width, kept.height) == (200, 300)


@pytest.mark.parametrize(("data", "reason"), [(b"", "empty"), (b"text", "not an image")])
def test_a_header_that_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        read_header(data)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_reject_the_picture() -> None:
    data = encode(halves(RED, BLUE), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff broken")
    assert open_image(data).size == (40, 20)


def test_cmyk_becomes_rgb() -> None:
    data = encode(halves((0, 255, 255, 0), (255, 255, 0, 0), mode="CMYK"), "JPEG", quality=95)
    assert_colour(decode_rgb(small_image(data, short_side=256).jpeg), (5, 10), RED)
    assert_colour(open_image(data), (35, 10), BLUE)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(format: str) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(8, axis=0)
    grey = np.asarray(open_image(encode(Image.fromarray(ramp), format)))
    assert np.abs(grey[0, :, 0].astype(int) - np.arange(256)).max() <= 1
    assert (grey[..., 0] == grey[..., 2]).all()


def test_a_palette_becomes_rgb() -> None:
    data = encode(halves(RED, GREEN).convert("P", palette=Image.Palette.ADAPTIVE), "PNG")
    assert_colour(open_image(data), (5, 10), RED)
    assert_colour(open_image(data), (35, 10), GREEN)


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    image = halves((255, 0, 0, 0), (0, 0, 255, 255), mode="RGBA").convert(mode)
    assert_colour(open_image(encode(image, "PNG")), (5, 10), WHITE)
    assert_colour(open_image(encode(image, "PNG")), (35, 10), BLUE)


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_gives_its_first_frame(format: str) -> None:
    frames = [Image.new("RGB", (40, 20), colour) for colour in (RED, BLUE)]
    options = {"lossless": True} if format == "WEBP" else {}
    assert_colour(
        open_image(encode(frames[0], format, save_all=True, append_images=frames[1:], **options)), (5, 10), RED
    )


def test_a_foreign_colour_profile_is_converted() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))
    plain, odd = (encode(halves(RED, BLUE), "JPEG", icc_profile=profile, quality=95) for profile in (srgb, swapped))
    assert_colour(open_image(odd), (5, 10), BLUE)
    assert small_image(odd, short_side=256).jpeg != odd
    assert small_image(plain, short_side=256).jpeg == plain


def test_an_unreadable_colour_profile_is_left_out() -> None:
    assert_colour(open_image(encode(halves(RED, BLUE), "PNG", icc_profile=b"nonsense")), (5, 10), RED)


def test_a_100_megapixel_jpeg() -> None:
    small = small_image(encode(Image.new("L", (12500, 8000), 200), "JPEG"), short_side=256)
    assert (small.width, small.height) == (12500, 8000)
    assert decode_rgb(small.jpeg).size == (400, 256)
    assert_colour(decode_rgb(small.jpeg), (200, 100), (200, 200, 200))


def test_a_100_megapixel_png() -> None:
    small = small_image(encode(Image.new("L", (12500, 8000), 200), "PNG", compress_level=1), short_side=256)
    assert decode_rgb(small.jpeg).size == (400, 256)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "L", "CMYK"])
def test_large_images_are_reduced_without_seams(mode: str) -> None:
    large = noise(9, 7).resize((2311, 1733), Image.Resampling.BICUBIC)
    reduced = np.asarray(decode_rgb(small_image(encode(large.convert(mode), "TIFF"), short_side=256).jpeg), dtype=float)
    full = np.asarray(decode_rgb(to_jpeg(shrink(large.convert(mode).convert("RGB"), short_side=256))), dtype=float)
    assert reduced.shape == full.shape
    assert np.abs(reduced - full).mean() < 3


def test_beyond_the_limit_of_pillow_there_is_a_reason() -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 14000, 13000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for chunk in (header, b"IDAT" + bytes(100)):
        data += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(ImageError, match="more than 178 megapixels"):
        small_image(data, short_side=256)


def test_broken_files_have_a_reason() -> None:
    jpeg, png = encode(noise(400, 300), "JPEG"), encode(noise(400, 300), "PNG")
    for data, reason in (
        (b"", "empty"),
        (b"not an image at all", "not an image"),
        (b"\xff\xd8\xff\xe0" + bytes(1000), "not an image"),
        (jpeg[: len(jpeg) // 2], "truncated"),
        (png[: len(png) // 2], "broken"),
        (png[:2000] + bytes(500) + png[2500:], "broken"),
        (encode(Image.new("F", (40, 20)), "TIFF"), "floating point"),
    ):
        with pytest.raises(ImageError, match=reason):
            small_image(data, short_side=256)


def test_a_small_truncated_jpeg_does_not_keep_its_bytes() -> None:
    data = encode(noise(200, 100), "JPEG")
    with pytest.raises(ImageError, match="truncated"):
        small_image(data[:-200], short_side=256)


def test_a_very_long_image() -> None:
    assert decode_rgb(small_image(encode(noise(5000, 3), "PNG"), short_side=256).jpeg).size == (5000, 3)
    assert decode_rgb(small_image(encode(noise(3, 3000), "JPEG"), short_side=256).jpeg).size == (3, 3000)


def test_to_jpeg_gives_rgb_jpeg() -> None:
    with Image.open(io.BytesIO(to_jpeg(noise(20, 10)))) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (20, 10))


DECODE_LARGE = """
import re, sys
from pathlib import Path
from lib.data.images import small_image

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

data = sys.stdin.buffer.read()
small_image(b"P5 4 4 255 " + bytes(16), short_side=256)  # loads the libraries
before = peak()
small = small_image(data, short_side=256)
print(small.width, small.height, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not tell the memory of a process")
def test_a_225_megapixel_jpeg_is_decoded_at_a_reduced_scale_in_little_memory() -> None:
    large = Image.new("L", (15000, 15000), 250)
    large.paste(20, (0, 0, 7500, 7500))
    data = encode(large, "JPEG")
    image = open_image(data, short_side=256)
    assert image.width == image.height >= 256
    assert_colour(image, (10, 10), (20, 20, 20))
    assert_colour(image, (image.width - 10, 10), (250, 250, 250))
    command = [sys.executable, "-c", DECODE_LARGE]
    ended = subprocess.run(command, input=data, capture_output=True, cwd=REPOSITORY, check=True)
    width, height, kibibytes = map(int, ended.stdout.split())
    assert (width, height) == (15000, 15000)
    assert kibibytes < 50 * 1024  # 220 MiB at full scale
    with pytest.raises(ImageError, match="more than 178 megapixels"):
        open_image(data, short_side=256, megapixels=178)
