import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lib.features.tiles import tile_boxes


def covered(width: int, height: int, *, size: int, number: int) -> np.ndarray:
    """Return (height, width): whether a pixel is in a tile."""
    pixels = np.zeros((height, width), dtype=bool)
    for left, top, right, bottom in tile_boxes(width, height, size=size, number=number):
        pixels[top:bottom, left:right] = True
    return pixels


@given(width=st.integers(8, 60), height=st.integers(8, 60), more=st.integers(0, 5))
def test_as_many_tiles_as_fill_the_picture_cover_it(width: int, height: int, more: int) -> None:
    enough = -(-width // 8) * -(-height // 8)
    assert covered(width, height, size=8, number=enough + more).all()


@given(width=st.integers(8, 60), height=st.integers(8, 60), number=st.integers(1, 12))
def test_tiles_are_different_squares_inside_the_picture(width: int, height: int, number: int) -> None:
    boxes = tile_boxes(width, height, size=8, number=number)
    assert len(set(boxes)) == len(boxes) <= number
    for left, top, right, bottom in boxes:
        assert (right - left, bottom - top) == (8, 8)
        assert 0 <= left < right <= width and 0 <= top < bottom <= height


def test_few_tiles_are_apart_and_away_from_the_edges() -> None:
    assert tile_boxes(100, 60, size=20, number=1) == [(40, 20, 60, 40)]
    assert tile_boxes(100, 60, size=20, number=2) == [(15, 20, 35, 40), (65, 20, 85, 40)]
    assert [box[:2] for box in tile_boxes(80, 80, size=20, number=4)] == [(10, 10), (50, 10), (10, 50), (50, 50)]
    assert [box[:2] for box in tile_boxes(60, 20, size=20, number=5)] == [(0, 0), (10, 0), (20, 0), (30, 0), (40, 0)]


def test_a_picture_that_is_smaller_than_a_tile_is_its_only_tile() -> None:
    assert tile_boxes(50, 19, size=20, number=4) == [(0, 0, 50, 19)]
    assert tile_boxes(20, 20, size=20, number=4) == [(0, 0, 20, 20)]
