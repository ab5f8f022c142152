"""Invented painters: each has a palette, a brush, favourite subjects and a style that drifts over a career.

A picture is sketched small (a subject in the painter's colours), then covered with brush strokes, broad
ones first, that follow the painter's direction field and take their colour from the sketch.
"""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from lib.synthetic.sketches import SUBJECTS, Palette, smooth_noise

# Style of painting; stroke length, width, angle, swirl, contour, relief and jitter (see Brush); palette.
SCHOOLS = (
    ("Post-Impressionism", (24, 4.0, 0.3, 1.1, 0.5, 0.9, 15), "3f74a8e9d9b07d8faeb9a04ac9822e3a3420f3e3b3c4492b5f7d3a"),
    ("Realism", (14, 4.0, 0.0, 0.3, 0.9, 0.3, 6), "94866ae0cc9e8575586b57344f3d2624190ff0e0b885301e5c6a42"),
    ("Fauvism", (18, 5.2, 1.1, 0.4, 0.7, 0.5, 13), "2f9cc0f7b6a07e57a53aa06ae8a02e27325ffbe9c0e2413ad65a9a"),
    ("Tonalism", (26, 4.4, 0.0, 0.2, 0.4, 0.5, 7), "27406b6a8cae3a557833565a2a4546121c2cf0d98ad9913c7fb0b0"),
    ("Pointillism", (4, 3.6, 0.8, 1.5, 0.2, 0.4, 21), "8fb0e0f4d8c4a79bc98fb58a6c9a5844486ffbf3e0e5805de7c65b"),
    ("Naturalism", (16, 3.3, 1.4, 0.3, 0.7, 0.6, 9), "5c7796cfd6d66d7f8c566b5e3e4b3d1f2629ece9dc9c3b30c9a35c"),
    ("Intimism", (11, 4.6, 0.8, 0.7, 0.6, 0.5, 9), "b9a9a6e8d2c2a48f949a8f7080604a3d2f33f5e9dca5485a4f6d70"),
    ("Impressionism", (12, 3.8, 2.5, 0.3, 0.2, 0.7, 17), "4fa3b0dcead04d8b8c2f7a4a7f9a2c14352cf4f0c4d7a51fb8483f"),
)  # fmt: skip
NAMES = (
    "Odile Marchetaud", "Anselm Wredenhof", "Ilse Tormundsen", "Casimir Duvalliac", "Tobias Halvergate",
    "Marguerite Soulanges", "Henrik Aalvand", "Beatrix Lindqvorst", "Emilio Orsolani", "Rosalind Peverell-Ash",
    "Lucien Tavernoy", "Greta Moosbrecht", "Aurelie Castagnoux", "Joost Vantongel", "Edmund Kestrelby",
    "Fiona Brannochar", "Milena Zelinkova", "Walter Dunmarrow", "Chiara Fiorventi", "Sigrid Haldrengaard",
    "Oskar Ravenstok", "Celestine Quillerie", "Matthias Ostervalder", "Harriet Ymberton",
)  # fmt: skip
MOST_PAINTERS = len(NAMES)


@dataclass(frozen=True)
class Brush:
    """How strokes are laid. Lengths are pixels of the finished picture, angles radians."""

    length: float
    width: float
    angle: float  # of strokes that nothing else leads
    swirl: float  # how far, in radians, smooth noise turns them
    contour: float  # how much they follow outlines, 0 to 1
    relief: float  # how deep the bristles mark the paint
    jitter: float  # how far colours stray from the sketch, 0 to 255


@dataclass(frozen=True)
class Drift:
    """How much a painter changes from the first to the last year of a career."""

    lightness: float  # added to the colours, 0 to 255
    saturation: float  # natural logarithm of a factor
    warmth: float  # added to red and taken from blue, 0 to 255
    breadth: float  # natural logarithm of a factor on the stroke width


@dataclass(frozen=True)
class Painter:
    """One invented artist in the middle of the career; `drift` tells how they change around it."""

    name: str
    school: str
    first_year: int
    last_year: int
    palette: Palette
    brush: Brush
    drift: Drift
    taste: np.ndarray  # probability of each of SUBJECTS


def make_painters(count: int, *, seed: int) -> list[Painter]:
    """Invent `count` painters, at most MOST_PAINTERS."""
    rng = np.random.default_rng([seed, 1])
    schools = rng.permutation(len(SCHOOLS))
    names = rng.permutation(NAMES)
    return [
        _make_painter(
            name=str(names[index]),
            school=int(schools[index % len(SCHOOLS)]),
            generation=index // len(SCHOOLS),
            rng=rng,
        )
        for index in range(count)
    ]


def _make_painter(*, name: str, school: int, generation: int, rng: np.random.Generator) -> Painter:
    """Draw a painter of a school; later generations turn the hues, so that no two share a palette."""
    style, brush, colours = SCHOOLS[school]
    palette = np.frombuffer(bytes.fromhex(colours), dtype=np.uint8).reshape(9, 3).astype(float)
    palette = np.clip(_turn_hues(palette, 1.3 * generation) + rng.normal(0, 6, palette.shape), 0, 255)
    first_year = int(rng.integers(1780, 1896))
    signs = rng.choice([-1, 1], 4)
    return Painter(
        name=name,
        school=style,
        first_year=first_year,
        last_year=first_year + int(rng.integers(26, 44)),
        palette=palette,
        brush=Brush(*(value * float(np.exp(rng.normal(0, 0.08))) for value in brush)),
        drift=Drift(*(signs * rng.uniform([24, 0.3, 18, 0.4], [38, 0.6, 30, 0.7])).tolist()),
        taste=rng.dirichlet(np.full(len(SUBJECTS), 3.0)),
    )


def paint(painter: Painter, *, year: int, subject: str, seed: list[int]) -> Image.Image:
    """Paint one work: RGB, about 82,000 pixels in varying proportions. The same arguments give the same picture."""
    rng = np.random.default_rng(seed)
    size = _choose_size(subject, rng)
    palette, brush = _style_in(painter, year, rng)
    small = (size[0] // 2, size[1] // 2)
    sketch = np.asarray(SUBJECTS[subject](small, palette, rng), dtype=np.float32)
    angles = _direction_field(sketch, brush, rng)
    image = Image.fromarray(sketch.astype(np.uint8)).resize((2 * size[0], 2 * size[1]), Image.Resampling.BILINEAR)
    for breadth, coverage, detail in ((2.2, 1.2, 0.0), (1.4, 1.0, 0.3), (0.85, 1.0, 0.8)):
        layer = replace(brush, width=brush.width * breadth, length=brush.length * breadth**0.5)
        _lay_strokes(image, sketch, angles, brush=layer, coverage=coverage, detail=detail, rng=rng)
    return _add_relief(image.reduce(2), angles, brush.relief, rng)


def _choose_size(subject: str, rng: np.random.Generator) -> tuple[int, int]:
    """Return width and height in even pixels: portraits upright, most others wide."""
    upright = rng.random() < {"portrait": 1.0, "still life": 0.4}.get(subject, 0.1)
    aspect = float(np.exp(rng.normal(-0.2 if upright else 0.24, 0.08)))
    height = (320 * 256 / aspect) ** 0.5
    return 2 * round(height * aspect / 2), 2 * round(height / 2)


def _style_in(painter: Painter, year: int, rng: np.random.Generator) -> tuple[Palette, Brush]:
    """Return palette and brush of one work: the painter's, moved by the drift so far and by the day's mood."""
    drift = painter.drift
    phase = (year - painter.first_year) / (painter.last_year - painter.first_year) - 0.5 + rng.normal(0, 0.09)
    lightness = drift.lightness * phase + rng.normal(0, 7)
    saturation = np.exp(drift.saturation * phase + rng.normal(0, 0.12))
    warmth = drift.warmth * phase + rng.normal(0, 6)
    breadth = np.exp(drift.breadth * phase + rng.normal(0, 0.16))
    length = breadth**0.5 * np.exp(rng.normal(0, 0.25))
    colours = _turn_hues(painter.palette, rng.normal(0, 0.25)) + rng.normal(0, 9, painter.palette.shape)
    grey = colours.mean(axis=1, keepdims=True)
    palette = grey + saturation * (colours - grey) + lightness + warmth * np.array([1.0, 0.1, -1.0])
    brush = replace(painter.brush, width=painter.brush.width * breadth, length=painter.brush.length * length)
    return np.clip(palette, 4, 251), brush


def _turn_hues(colours: np.ndarray, angle: float) -> np.ndarray:
    """Rotate colours around the grey axis by `angle` radians."""
    axis = np.full(3, 3**-0.5)
    along = np.outer(colours @ axis, axis)
    return along + np.cos(angle) * (colours - along) + np.sin(angle) * np.cross(axis, colours)


def _direction_field(sketch: np.ndarray, brush: Brush, rng: np.random.Generator) -> np.ndarray:
    """Return the stroke angle at each pixel of the sketch, (height, width): the brush's own, turned along outlines."""
    height, width = sketch.shape[:2]
    angles = brush.angle + brush.swirl * smooth_noise((width, height), cells=4, rng=rng)
    grey = Image.fromarray(sketch @ np.full(3, 1 / 3, dtype=np.float32)).resize(
        (width // 8, height // 8), Image.Resampling.BOX
    )
    down, right = np.gradient(np.asarray(grey.resize((width, height), Image.Resampling.BICUBIC)))
    strength = np.hypot(down, right)
    weight = brush.contour * np.clip(strength / 2.5, 0, 1)
    along = np.arctan2(right, -down)
    # Angles that differ by half a turn are the same stroke, so they are averaged doubled.
    return 0.5 * np.arctan2(
        (1 - weight) * np.sin(2 * angles) + weight * np.sin(2 * along),
        (1 - weight) * np.cos(2 * angles) + weight * np.cos(2 * along),
    )


def _lay_strokes(
    image: Image.Image,
    sketch: np.ndarray,
    angles: np.ndarray,
    *,
    brush: Brush,
    coverage: float,
    detail: float,
    rng: np.random.Generator,
) -> None:
    """Cover `image` (4 times the sketch each way) with one layer of strokes, drawn as tapered ribbons.

    coverage: strokes per place, on average. detail: share of the strokes kept to where the sketch changes.
    """
    height, width = sketch.shape[:2]
    length, breadth = brush.length / 2, brush.width / 2  # in pixels of the sketch
    count = int(coverage * height * width / ((length + breadth) * breadth))
    xy = rng.uniform(0, 1, (count, 2)) * (width, height)
    colours = _look_up(sketch, xy)
    ahead = _look_up(sketch, xy + rng.normal(0, 2 * breadth, xy.shape))
    keep = (np.abs(colours - ahead).sum(axis=1) > 40) | (rng.random(count) > detail)
    xy, colours = xy[keep], colours[keep]
    ribbons = _follow(xy, sketch, angles, brush=brush, rng=rng)
    tone = rng.normal(0, brush.jitter, (len(xy), 1)) + rng.normal(0, 0.6 * brush.jitter, (len(xy), 3))
    inks = np.clip(colours + tone, 0, 255).astype(int)
    draw = ImageDraw.Draw(image)
    for ribbon, ink in zip((4 * ribbons).tolist(), inks.tolist(), strict=True):
        draw.polygon(ribbon, fill=tuple(ink))


def _follow(
    xy: np.ndarray, sketch: np.ndarray, angles: np.ndarray, *, brush: Brush, rng: np.random.Generator
) -> np.ndarray:
    """Walk strokes along the angles from their starts, (n, 2); return their outlines, (n, 20), in sketch pixels.

    A stroke stops where the sketch no longer has its colour, so that outlines stay readable.
    """
    colours = _look_up(sketch, xy)
    profile = np.array([0.55, 1.0, 1.05, 0.9, 0.4]) * brush.width / 4
    reach = brush.length / 2 * rng.uniform(0.6, 1.3, (len(xy), 1)) / (len(profile) - 1)
    thickness = rng.uniform(0.75, 1.25, (len(xy), 1))
    wobble = rng.normal(0, 0.12, len(xy))
    left, right = [], []
    for half in profile:
        turn = _look_up(angles, xy) + wobble
        step = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        side = step[:, ::-1] * (-1, 1) * half * thickness
        left.append(xy + side)
        right.append(xy - side)
        same = np.abs(_look_up(sketch, xy + step * reach) - colours).sum(axis=1, keepdims=True) < 50
        xy = xy + step * np.where(same, reach, 0.08 * brush.width)
    return np.concatenate(left + right[::-1], axis=1)


def _look_up(field: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Return the values of `field`, (height, width, …), at points, (n, 2), held inside the picture."""
    columns = np.clip(xy[:, 0].astype(int), 0, field.shape[1] - 1)
    rows = np.clip(xy[:, 1].astype(int), 0, field.shape[0] - 1)
    return field[rows, columns]


def _add_relief(image: Image.Image, angles: np.ndarray, relief: float, rng: np.random.Generator) -> Image.Image:
    """Light the paint from the upper left: edges of strokes and bristle marks along the angles."""
    height, width = angles.shape
    right, down = np.cos(angles), np.sin(angles)
    rows, columns = np.indices((height, width), dtype=np.float32)
    bristles = rng.standard_normal((height, width), dtype=np.float32)
    for distance in (1, 2, 4):  # each pass doubles the length of the smear
        there_y = (rows + distance * down).astype(np.intp).clip(0, height - 1)
        there_x = (columns + distance * right).astype(np.intp).clip(0, width - 1)
        bristles = bristles + bristles[there_y, there_x]
    marks = np.asarray(Image.fromarray(bristles).resize(image.size, Image.Resampling.BILINEAR))
    thickness = np.asarray(image.convert("L"), dtype=np.float32) / 3 + 3.5 * marks
    light = np.zeros_like(thickness)
    light[1:, 1:] = thickness[1:, 1:] - thickness[:-1, :-1]
    shaded = np.asarray(image, dtype=np.float32) + relief * light.clip(-26, 26)[..., None]
    return Image.fromarray(shaded.clip(0, 255).astype(np.uint8))
