from pathlib import Path

import pytest
from PIL import Image

from lib.data.images import decode_rgb, small_image
from lib.models.sorter import read_images
from tests.sources import painting


@pytest.mark.parametrize("short_side", [64, 100, 500])
def test_new_pictures_are_as_large_as_the_dataset_would_store_them(tmp_path: Path, short_side: int) -> None:
    sizes = {"wide.jpg": (700, 300), "tall.png": (150, 400), "small.jpg": (90, 60)}
    for file, size in sizes.items():
        (tmp_path / file).write_bytes(painting(1, size=size))
    images, rejected = read_images(tmp_path, short_side=short_side)
    assert rejected == {}
    assert images.keys() == sizes.keys()
    for file, image in images.items():
        stored: Image.Image = decode_rgb(small_image((tmp_path / file).read_bytes(), short_side=short_side).jpeg)
        assert image.size == stored.size
        assert min(image.size) == min(short_side, *sizes[file])
