import io
import platform
import sys

import imagehash
import numpy as np
import pytest
from PIL import Image
from PIL.Image import Resampling

from lib.data import resizing
from lib.data.images import JPEG_QUALITY, perceptual_hash
from lib.data.resizing import resize

LANCZOS, BICUBIC = Resampling.LANCZOS, Resampling.BICUBIC
SIZES = [((600, 800), (320, 427)), ((1279, 700), (585, 320)), ((330, 321), (320, 320)), ((321, 2000), (320, 1994))]


def detailed(width: int, height: int) -> Image.Image:
    """Return an image with edges and with detail at several scales, as photographs of paintings have."""
    numbers = np.random.default_rng(width)
    pixels = np.full((height, width, 3), 128.0)
    for scale, strength in ((1, 8), (4, 25), (32, 50), (128, 60)):
        cells = numbers.normal(128, strength, (height // scale + 1, width // scale + 1, 3)).clip(0, 255)
        enlarged = Image.fromarray(cells.astype(np.uint8)).resize((width, height), BICUBIC)
        pixels += np.asarray(enlarged, dtype=np.float64) - 128
    pixels[height // 3 : height // 2, width // 4 : width // 2] = (250, 20, 5)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def difference(one: Image.Image, other: Image.Image) -> np.ndarray:
    return np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)


@pytest.mark.parametrize("resampling", [LANCZOS, BICUBIC])
@pytest.mark.parametrize(("size", "smaller"), SIZES)
def test_the_pixels_are_those_of_pillow_within_the_noise_of_a_jpeg(
    size: tuple[int, int], smaller: tuple[int, int], resampling: Resampling
) -> None:
    image = detailed(*size)
    ours, pillows = resize(image, smaller, resampling=resampling), image.resize(smaller, resampling)
    kept = io.BytesIO()
    pillows.save(kept, "JPEG", quality=JPEG_QUALITY)
    noise = difference(Image.open(kept), pillows)
    assert ours.size == smaller
    assert np.abs(difference(ours, pillows)).mean() < min(0.5, np.abs(noise).mean() / 4)
    assert abs(difference(ours, pillows).mean()) < 0.05  # neither lighter nor darker
    hashes = [imagehash.hex_to_hash(perceptual_hash(one)) for one in (ours, pillows)]
    assert hashes[0] - hashes[1] <= 2


def test_a_box_is_what_is_seen_of_the_image() -> None:
    image, box = detailed(600, 800), (10.5, 20.25, 310.5, 700.0)
    ours = resize(image, (150, 200), resampling=BICUBIC, box=box)
    assert np.abs(difference(ours, image.resize((150, 200), BICUBIC, box))).mean() < 0.5


@pytest.mark.skipif(sys.platform == "linux" and platform.machine() != "x86_64", reason="no binary")
def test_the_library_is_installed_where_it_has_a_binary() -> None:
    image = detailed(600, 800)
    assert np.any(difference(resize(image, (320, 427), resampling=LANCZOS), image.resize((320, 427), LANCZOS)))


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "F"])
def test_other_modes_keep_their_mode(mode: str) -> None:
    image = detailed(90, 80).convert(mode)
    resized = resize(image, (45, 40), resampling=BICUBIC)
    assert resized.mode == mode
    assert resized.tobytes() == image.resize((45, 40), BICUBIC).tobytes()


def test_pillow_resizes_large_images_and_those_of_machines_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    image = detailed(600, 800)
    wanted = image.resize((320, 427), LANCZOS).tobytes()
    with monkeypatch.context() as smaller:
        smaller.setattr(resizing, "MAX_COPIED_PIXELS", 600 * 800 - 1)
        assert resize(image, (320, 427), resampling=LANCZOS).tobytes() == wanted
    monkeypatch.setattr(resizing, "_has_library", lambda: False)
    assert resize(image, (320, 427), resampling=LANCZOS).tobytes() == wanted
