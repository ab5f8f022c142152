"""What invented painters paint: small colour sketches, one function for each subject."""

import numpy as np
from PIL import Image, ImageDraw

Size = tuple[int, int]  # width, height in pixels
Colour = np.ndarray  # (3,), red, green, blue, 0 to 255
Palette = np.ndarray  # (9, 3): sky above, sky below, far, middle, near, dark, light, accent, second accent


def smooth_noise(size: Size, *, cells: int, rng: np.random.Generator) -> np.ndarray:
    """Return soft random hills of about -1 to 1, (height, width), `cells` of them across."""
    coarse = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))


def mix(first: Colour, second: Colour, share: float | np.ndarray) -> Colour:
    """Return `first` with `share` of `second` in it."""
    return first + share * (second - first)


class Sketch:
    """A picture drawn in coordinates of 0 to 1, from the left and from the top."""

    def __init__(self, size: Size, rng: np.random.Generator, *, above: Colour, below: Colour, cloud: Colour) -> None:
        """Start with colours that run from `above` to `below`, and clouds of a third colour."""
        self.size, self.rng = size, rng
        down = np.linspace(0, 1, size[1])[:, None, None]
        noise = smooth_noise(size, cells=5, rng=rng) + 0.5 * smooth_noise(size, cells=11, rng=rng)
        ground = mix(mix(above, below, down**0.7), cloud, np.clip(noise, 0, 0.8)[..., None])
        self.image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * self.size[0], y * self.size[1]) for x, y in points], fill=tuple(colour.astype(int)))

    def blob(self, x: float, y: float, across: float, colour: Colour, *, tall: float = 1.0) -> None:
        """Fill an ellipse: `across` is its width as a share of the picture's, `tall` its height over its width."""
        centre_x, centre_y, half = x * self.size[0], y * self.size[1], across * self.size[0] / 2
        box = (centre_x - half, centre_y - half * tall, centre_x + half, centre_y + half * tall)
        self._draw.ellipse(box, fill=tuple(colour.astype(int)))

    def ball(self, x: float, y: float, across: float, colours: tuple[Colour, ...], *, tall: float = 1.0) -> None:
        """Draw a round thing lit from the upper left: shade, body, highlight."""
        for index, colour in enumerate(colours):
            shift = 0.13 * across * index
            self.blob(x - shift, y - shift, across * (1 - 0.32 * index), colour, tall=tall)

    def ridge(self, level: float, rough: float, colour: Colour) -> None:
        """Fill everything below a hilly line."""
        xs = np.linspace(0, 1, 24)
        hills = np.interp(xs, np.linspace(0, 1, 6), self.rng.uniform(-1, 1, 6))
        ys = level + rough * (hills + 0.15 * self.rng.uniform(-1, 1, 24))
        self.polygon([*zip(xs.tolist(), ys.tolist(), strict=True), (1.0, 1.0), (0.0, 1.0)], colour)


def _landscape(size: Size, palette: Palette, rng: np.random.Generator) -> Image.Image:
    """Sky, hills, fields that run to the horizon, trees, sometimes a sun and somebody on the path."""
    high, low, far, middle, near, dark, light, accent, second = palette
    sketch = Sketch(size, rng, above=high, below=low, cloud=light)
    horizon, vanishing, edge = rng.uniform(0.3, 0.62), rng.uniform(0.1, 0.9), -1.2
    if rng.random() < 0.5:
        _sun(sketch, y=horizon * rng.uniform(0.3, 0.8), colour=mix(light, accent, rng.uniform(0, 0.4)))
    for step, rough in enumerate((0.12, 0.08, 0.05, 0.01)):
        sketch.ridge(horizon - 0.1 + 0.05 * step, rough * rng.uniform(0.3, 1), mix(far, middle, step / 3))
    while edge < 2.2:
        wide = rng.uniform(0.12, 0.4)
        field = mix((middle, near, second, light)[rng.choice(4, p=[0.35, 0.35, 0.18, 0.12])], near, 0.3)
        sketch.polygon([(vanishing, horizon + 0.04), (edge, 1.02), (edge + wide, 1.02)], field)
        edge += wide + rng.uniform(0, 0.3)
    for _ in range(rng.integers(2, 9)):
        depth = rng.random() ** 1.5
        _tree(sketch, x=rng.random(), foot=horizon + 0.06 + 0.35 * depth, height=0.12 + 0.4 * depth, palette=palette)
    if rng.random() < 0.5:
        _person(sketch, x=rng.uniform(0.2, 0.8), foot=rng.uniform(0.75, 0.95), height=0.2, palette=palette)
    return sketch.image


def _sun(sketch: Sketch, *, y: float, colour: Colour) -> float:
    """Draw a sun or moon; return its x."""
    x, across = sketch.rng.uniform(0.15, 0.85), sketch.rng.uniform(0.06, 0.14)
    sketch.blob(x, y, across, mix(colour, np.full(3, 255.0), 0.25))
    return x


def _tree(sketch: Sketch, *, x: float, foot: float, height: float, palette: Palette) -> None:
    """Draw a trunk and a crown of dark and lit leaves."""
    dark, near, second = palette[5], palette[4], palette[8]
    rng, wide = sketch.rng, height * sketch.rng.uniform(0.2, 0.55)
    sketch.polygon([(x - 0.012, foot), (x, foot - height), (x + 0.012, foot)], mix(dark, near, 0.2))
    for step in range(9):
        spot_x, spot_y = x + rng.normal(0, 0.3 * wide), foot - height * rng.uniform(0.35, 1.0)
        leaves = mix(dark, (second, near)[step % 2], 0.15 + 0.07 * step)
        sketch.blob(spot_x - 0.015 * (step > 5), spot_y, wide * (0.75 - 0.04 * step), leaves)


def _person(sketch: Sketch, *, x: float, foot: float, height: float, palette: Palette) -> None:
    """Draw a walker: a coat, a head, a hat."""
    dark, light, accent = palette[5:8]
    half = 0.2 * height
    sketch.polygon([(x - half, foot), (x, foot - 0.8 * height), (x + half, foot)], accent)
    sketch.polygon([(x, foot), (x, foot - 0.8 * height), (x + half, foot)], mix(accent, dark, 0.5))
    sketch.blob(x, foot - 0.82 * height, 0.16 * height, mix(light, accent, 0.3))
    sketch.blob(x, foot - 0.9 * height, 0.26 * height, dark, tall=0.45)


def _marina(size: Size, palette: Palette, rng: np.random.Generator) -> Image.Image:
    """Sea under a low sun, its glitter, islands and sails."""
    high, low, far, _, _, dark, light, accent, _ = palette
    sketch = Sketch(size, rng, above=high, below=low, cloud=light)
    horizon, shine = rng.uniform(0.3, 0.66), mix(light, accent, rng.uniform(0, 0.5))
    sun = _sun(sketch, y=horizon * rng.uniform(0.35, 0.9), colour=shine)
    sketch.ridge(horizon + 0.03, rng.uniform(0.02, 0.13), mix(far, dark, rng.uniform(0, 0.3)))
    for step, share in enumerate(np.linspace(0, 1, 8)):
        sketch.ridge(horizon + (1 - horizon) * step / 8, 0.004, mix(mix(high, far, 0.5), mix(high, dark, 0.6), share))
    for _ in range(90):
        depth = rng.random()
        x = rng.choice([sun + rng.normal(0, 0.03 + 0.1 * depth), rng.random()], p=[0.6, 0.4])
        colour = shine if abs(x - sun) < 0.2 else mix(low, high, rng.random())
        sketch.blob(x, horizon + 0.01 + (1 - horizon) * depth, 0.03 + 0.08 * depth, colour, tall=0.12)
    for depth in np.sort(rng.random(rng.integers(1, 5)) ** 1.4):
        _boat(sketch, x=rng.random(), y=horizon + 0.03 + 0.35 * depth, height=0.12 + 0.45 * depth, palette=palette)
    return sketch.image


def _boat(sketch: Sketch, *, x: float, y: float, height: float, palette: Palette) -> None:
    """Draw a hull, two sails and their reflection."""
    dark, light, accent = palette[5:8]
    sail = (light, accent, mix(light, accent, 0.5))[sketch.rng.integers(3)]
    half, lean = 0.3 * height, sketch.rng.choice([-1, 1])
    sketch.blob(x, y + 0.25 * height, 0.6 * height, mix(sail, dark, 0.55), tall=0.5)
    sketch.polygon([(x, y), (x, y - height), (x + lean * half, y - 0.1 * height)], sail)
    sketch.polygon([(x, y), (x, y - 0.8 * height), (x - lean * 0.7 * half, y)], mix(sail, dark, 0.3))
    sketch.polygon([(x - half, y), (x + half, y), (x, y + 0.2 * height)], dark)


def _city(size: Size, palette: Palette, rng: np.random.Generator) -> Image.Image:
    """Houses on a slope, a street between them, walkers, sometimes a tower."""
    high, low, far, middle, near, dark, light, accent, second = palette
    sketch = Sketch(size, rng, above=high, below=low, cloud=light)
    horizon, roofs = (
        rng.uniform(0.35, 0.6),
        (mix(accent, middle, 0.25), mix(accent, dark, 0.3), mix(dark, middle, 0.25)),
    )
    sketch.ridge(horizon - 0.05, 0.1, far)
    if rng.random() < 0.6:
        x, top = rng.uniform(0.15, 0.85), horizon - rng.uniform(0.3, 0.45)
        sketch.polygon([(x - 0.05, 1), (x - 0.04, top + 0.15), (x, top), (x + 0.04, top + 0.15), (x + 0.05, 1)], dark)
    for row in range(3):
        x = -rng.uniform(0, 0.15)
        while x < 1:
            wide, wall = rng.uniform(0.08, 0.16) * (1 + 0.5 * row), (light, low, near, second)[rng.integers(4)]
            top = horizon + 0.14 * row + rng.uniform(-0.07, 0.05)
            _house(
                sketch, x=x, top=top, wide=wide, colours=(mix(far, wall, 0.5 + 0.2 * row), roofs[rng.integers(3)], dark)
            )
            x += wide * rng.uniform(0.95, 1.5)
    street = rng.uniform(0.25, 0.75)
    sketch.ridge(0.86, 0.02, mix(middle, near, 0.5))
    sketch.polygon([(street, horizon + 0.15), (street - 0.3, 1), (street + 0.3, 1)], mix(light, near, 0.3))
    for foot in np.sort(rng.uniform(0.78, 0.98, rng.integers(1, 5))):
        _person(sketch, x=street + rng.normal(0, 0.1), foot=float(foot), height=0.5 * (foot - 0.5), palette=palette)
    return sketch.image


def _house(sketch: Sketch, *, x: float, top: float, wide: float, colours: tuple[Colour, Colour, Colour]) -> None:
    """Draw a gabled house with two windows; colours of the wall, the roof and the shade."""
    wall, roof, dark = colours
    end, middle, peak = x + wide, x + 0.6 * wide, top - 0.5 * wide
    sketch.polygon([(x, 1), (x, top), (middle, top), (middle, 1)], wall)
    sketch.polygon([(middle, 1), (middle, top), (end, top), (end, 1)], mix(wall, dark, 0.4))
    sketch.polygon([(x - 0.01, top), (x + 0.3 * wide, peak), (end - 0.15 * wide, peak), (end + 0.01, top)], roof)
    for window in (x + 0.18 * wide, x + 0.42 * wide):
        sketch.blob(window, top + 0.25 * wide, 0.14 * wide, dark, tall=1.7)


def _still_life(size: Size, palette: Palette, rng: np.random.Generator) -> Image.Image:
    """A table with a cloth; on it flowers in a vase or some bottles, and fruit."""
    high, low, far, middle, near, dark, light, accent, second = palette
    wall = (mix(high, dark, 0.4), far, mix(middle, dark, 0.3))[rng.integers(3)]
    sketch = Sketch(size, rng, above=mix(wall, dark, 0.35), below=wall, cloud=mix(wall, low, 0.4))
    edge = rng.uniform(0.6, 0.72)
    sketch.polygon([(0, edge), (1, edge + rng.uniform(-0.03, 0.03)), (1, 1), (0, 1)], mix(near, middle, rng.random()))
    left, right = rng.uniform(-0.2, 0.4), rng.uniform(0.6, 1.2)
    cloth = mix(light, low, 0.3)
    sketch.polygon([(left, edge + 0.08), (right, edge + 0.05), (right + 0.1, 0.95), (left - 0.1, 0.92)], cloth)
    if flowers := rng.random() < 0.55:
        _bunch(sketch, x=rng.uniform(0.3, 0.7), spread=rng.uniform(0.1, 0.16), palette=palette)
    else:
        for x in rng.permutation([0.2, 0.4, 0.6, 0.8])[: rng.integers(1, 4)] + rng.normal(0, 0.05):
            top, narrow, foot = rng.uniform(0.2, 0.4), rng.uniform(0.02, 0.035), rng.uniform(0.04, 0.06)
            glass = mix((dark, second, far)[rng.integers(3)], dark, 0.3)
            sketch.ball(x, 0.64, 3 * foot, (mix(glass, dark, 0.5), glass, mix(glass, light, 0.4)), tall=1.6)
            sketch.polygon([(x - narrow, top), (x + narrow, top), (x + foot, 0.6), (x - foot, 0.6)], glass)
    for y in np.sort(rng.uniform(0.7, 0.88, rng.integers(0, 5) if flowers else rng.integers(4, 12))):
        x, across = rng.uniform(0.12, 0.88), rng.uniform(0.1, 0.17)
        fruit = mix((accent, second, middle, light)[rng.choice(4, p=[0.4, 0.3, 0.2, 0.1])], accent, 0.15)
        sketch.blob(x + 0.03, y + 0.4 * across, 1.2 * across, mix(dark, far, 0.3), tall=0.4)
        sketch.ball(x, y, across, (mix(fruit, dark, 0.45), fruit, mix(fruit, light, 0.5)))
    return sketch.image


def _bunch(sketch: Sketch, *, x: float, spread: float, palette: Palette) -> None:
    """Draw a vase, leaves, and flowers of mostly one colour over them."""
    high, low, _, middle, near, dark, light, accent, second = palette
    rng, vase = sketch.rng, (high, low, accent, second)[sketch.rng.integers(4)]
    sketch.ball(x, 0.72, 2 * spread, (mix(vase, dark, 0.5), vase, mix(vase, light, 0.5)), tall=1.1)
    blooms = [(accent, light, second)[index] for index in rng.permutation(3)]
    for step in range(55):
        (flower_x, flower_y), across = (x, 0.37) + rng.normal(0, (spread, 0.75 * spread)), rng.uniform(0.07, 0.14)
        if step < 25:
            sketch.blob(flower_x, flower_y + 0.05, 0.1, mix(dark, (middle, near)[step % 2], rng.uniform(0.1, 0.6)))
        else:
            bloom = mix(blooms[rng.choice(3, p=[0.6, 0.25, 0.15])], light, rng.uniform(0, 0.3))
            sketch.ball(flower_x, flower_y, across, (mix(bloom, dark, 0.3), bloom, mix(bloom, light, 0.6)))


def _portrait(size: Size, palette: Palette, rng: np.random.Generator) -> Image.Image:
    """Head and shoulders before a wall."""
    high, _, far, middle, near, dark, light, accent, second = palette
    wall = (high, far, middle, mix(second, dark, 0.3))[rng.integers(4)]
    sketch = Sketch(size, rng, above=mix(wall, dark, 0.5), below=wall, cloud=mix(wall, light, 0.25))
    x, y, across, look = rng.uniform(0.36, 0.64), rng.uniform(0.32, 0.46), rng.uniform(0.24, 0.38), rng.choice([-1, 1])
    coat, skin = (dark, accent, second, near)[rng.integers(4)], mix(light, accent, 0.22)
    hair, shade = mix(dark, (near, accent, light)[rng.integers(3)], 0.25), mix(mix(light, accent, 0.4), dark, 0.4)
    sketch.blob(x, y - 0.02, 1.25 * across, hair, tall=rng.uniform(1.15, 1.7))
    sketch.blob(x, 1.08, rng.uniform(0.85, 1.1), mix(coat, dark, 0.35), tall=0.95)
    sketch.polygon([(x - 0.08, y + 0.1), (x + 0.08, y + 0.1), (x + 0.12, y + 0.34), (x - 0.12, y + 0.34)], shade)
    sketch.polygon([(x - 0.15, 0.74), (x, rng.uniform(0.82, 1)), (x + 0.15, 0.74), (x, 0.7)], light)
    sketch.blob(x, y, across, shade, tall=1.32)
    sketch.blob(x - 0.1 * across * look, y, 0.8 * across, skin, tall=1.5)
    for side in (-1, 1):
        sketch.blob(x + (0.2 * side - 0.12 * look) * across, y - 0.02, 0.15 * across, mix(shade, dark, 0.7), tall=0.5)
    sketch.blob(x - 0.14 * across * look, y + 0.05, 0.13 * across, mix(skin, shade, 0.5), tall=1.4)
    sketch.blob(x - 0.14 * across * look, y + 0.115, 0.24 * across, mix(accent, shade, 0.4), tall=0.4)
    if rng.random() < 0.5:
        sketch.blob(x, y - 0.13, 1.5 * across, mix(coat, dark, 0.5), tall=0.28)
        sketch.blob(x, y - 0.19, 0.95 * across, mix(coat, dark, 0.3), tall=0.6)
    return sketch.image


SUBJECTS = {
    "landscape": _landscape,
    "marina": _marina,
    "cityscape": _city,
    "still life": _still_life,
    "portrait": _portrait,
}
