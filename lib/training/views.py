"""Views of a painting: the full view, or the random views that a network learns from.

Ray tasks draw them: what this module imports, each of their processes imports. So it does without torch.
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image, ImageEnhance, ImageOps

from lib.data.images import decode_rgb, square
from lib.data.paintings import read_part
from lib.data.resizing import Box, resize
from lib.training.cached_views import PartRows, with_labels

SMALLEST_CROP = 0.35  # of the painting's area
CROP_RATIOS = (3 / 4, 4 / 3)  # of the sides of a crop of a painting that is stretched to a square
TRIES = 10  # to draw a crop that lies inside the painting
COLOUR_CHANGE = 0.1  # at most, of brightness, contrast and saturation
COLOURS = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)


def full_view(jpeg: bytes, *, size: int) -> np.ndarray:
    """Return the whole painting as uint8 (size, size, 3)."""
    return square(decode_rgb(jpeg), size=size)


def random_view(jpeg: bytes, *, size: int, seed: str) -> np.ndarray:
    """Return a random view as uint8 (size, size, 3), always the same one for `seed`: cropped, mirrored, recoloured."""
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))
    image = decode_rgb(jpeg)
    left, top, right, bottom = random_crop(random)
    box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    view = resize(image, (size, size), resampling=Image.Resampling.BICUBIC, box=box)
    if random.random() < 0.5:
        view = ImageOps.mirror(view)
    for change in random.permutation(len(COLOURS)):
        view = COLOURS[change](view).enhance(random.uniform(1 - COLOUR_CHANGE, 1 + COLOUR_CHANGE))
    return np.asarray(view)


def random_crop(random: np.random.Generator) -> Box:
    """Return left, top, right and bottom of a crop, as shares of the painting's sides, as Szegedy et al. 2015 draw it.

    Its area is at least SMALLEST_CROP; its sides are of CROP_RATIOS where the painting is stretched to a square.
    """
    for _ in range(TRIES):
        area = random.uniform(SMALLEST_CROP, 1)
        ratio = math.exp(random.uniform(math.log(CROP_RATIOS[0]), math.log(CROP_RATIOS[1])))
        width, height = math.sqrt(area * ratio), math.sqrt(area / ratio)
        if max(width, height) <= 1:
            left, top = random.uniform(0, 1 - width), random.uniform(0, 1 - height)
            return left, top, min(left + width, 1.0), min(top + height, 1.0)
    return 0.0, 0.0, 1.0, 1.0


def draw_views(
    rows: PartRows, *, paintings: Path, splits: Sequence[str], artists: Sequence[str], size: int, seed: str
) -> pa.Table:
    """Return `input` (pixels) and `label` of the works of these splits and artists in one part of the paintings.

    paintings: folder of the parts. seed: the random views depend on it and on the painting's id.
    """
    columns = ["painting_id", "artist", "image"]
    table = read_part(paintings / rows.part, columns=columns, splits=splits, artists=artists)
    table = table.slice(rows.first, rows.last - rows.first)
    works = zip(table["painting_id"].to_pylist(), table["image"].to_pylist(), strict=True)
    pixels = [
        random_view(jpeg, size=size, seed=f"{name} {seed}") if rows.view else full_view(jpeg, size=size)
        for name, jpeg in works
    ]
    inputs = pa.array([view.tobytes() for view in pixels], pa.binary())
    return with_labels(table.append_column("input", inputs), artists=artists)
