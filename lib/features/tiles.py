"""Tiles of a picture at its own resolution, which keep brushwork that is lost where the whole is scaled down."""

import numpy as np

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


def tile_boxes(width: int, height: int, *, size: int, number: int) -> list[Box]:
    """Return the boxes of `number` square tiles of a side of `size` pixels, spread evenly over a picture, row by row.

    They cover as much of the picture as so many rows and columns can. Equal boxes are returned once, and for a picture
    that is lower or narrower than a tile only that of the whole picture.
    """
    if min(width, height) < size:
        return [(0, 0, width, height)]
    rows = number_of_rows(width, height, size=size, number=number)
    columns = [len(tiles) for tiles in np.array_split(np.arange(number), rows)]
    tops = spread(height, size=size, number=rows)
    corners = [
        (left, top)
        for top, in_row in zip(tops, columns, strict=True)
        for left in spread(width, size=size, number=in_row)
    ]
    return [(left, top, left + size, top + size) for left, top in dict.fromkeys(corners)]


def number_of_rows(width: int, height: int, *, size: int, number: int) -> int:
    """Return into how many rows tiles are laid: so that they cover most, and then so that they are evenly apart."""

    def quality(rows: int) -> tuple[int, float]:
        columns = number // rows
        covered = min(width, columns * size) * min(height, rows * size)
        return covered, -max((width - size) / columns, (height - size) / rows)

    return max(range(1, number + 1), key=quality)


def spread(length: int, *, size: int, number: int) -> list[int]:
    """Return where `number` tiles begin along a side: edge to edge where they cover it, else with equal gaps."""
    margin = max(0.0, length / number - size) / 2
    return [round(start) for start in np.linspace(margin, length - size - margin, number).tolist()]
