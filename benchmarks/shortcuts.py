"""python benchmarks/shortcuts.py --dataset DATASET

Do comparators read the style, or the scan? Comparators learn from train works as they are; the val works are then asked
in grey, strongly compressed, at half the size, and with the colours of another scan. Prints how well each is ordered
and how far the order moves from that of the untouched works; no test work is touched.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tyro
from PIL import Image, ImageEnhance
from scipy.stats import kendalltau
from sklearn.metrics import mean_absolute_error

from lib.data.dataset import painting_parts, read_embeddings, read_part
from lib.data.images import decode_rgb
from lib.dating.comparator import fit_comparator
from lib.features.embedder import Embedder
from lib.features.style_space import TILT
from lib.models.train import fit_space_and_kernel
from lib.stats.metrics import order_quality


def compressed(image: Image.Image) -> Image.Image:
    """Return the image after JPEG compression at quality 20."""
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=20)
    return Image.open(kept)


def halved(image: Image.Image) -> Image.Image:
    """Return the image at half its size."""
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.LANCZOS)


def yellowed(image: Image.Image) -> Image.Image:
    """Return the image a tenth darker and yellower, as another scan or an old varnish might show it."""
    red, green, blue = ImageEnhance.Brightness(image).enhance(0.9).split()
    return Image.merge("RGB", (red, green, blue.point(lambda value: int(value * 0.85))))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "grey": lambda image: image.convert("L").convert("RGB"),
    "JPEG quality 20": compressed,
    "half the size": halved,
    "darker and yellower": yellowed,
}


@dataclass
class Shortcuts:
    """Options of benchmarks/shortcuts.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    min_works: int = 40
    """Artists with fewer train works than this are left out."""


def main(config: Shortcuts) -> None:
    """Print a row for each change of the val works."""
    seen = read_embeddings(config.dataset, "efficientnet_lite0").outside_test()
    train = seen.where((seen.paintings["split"] == "train").to_numpy())
    space, kernel = fit_space_and_kernel(train, tilt=TILT)
    positions, years = space.positions(train.matrix), train.paintings["year"].to_numpy(dtype=np.float64)
    comparators = {
        str(artist): fit_comparator(positions[rows], years[rows], kernel=kernel).comparator
        for artist, rows in train.paintings.groupby("artist").indices.items()
        if len(rows) >= config.min_works and np.ptp(years[rows]) > 0
    }
    works, images = val_works(config.dataset, artists=list(comparators))
    embedder, untouched = Embedder("efficientnet_lite0"), None
    print("| val works | pair accuracy | error, years | tau with the untouched order | shift of the mean year |")
    print("|---|---|---|---|---|")
    for name, change in CHANGES.items():
        places = space.positions(embedder.embed([change(image) for image in images]))
        rows = []
        for artist, own in works.groupby("artist").indices.items():
            told, truth = comparators[str(artist)].estimate(places[own])[0], works["year"].to_numpy(dtype=float)[own]
            before = told if untouched is None else untouched[own]
            quality = order_quality(told, truth)
            if quality.pair_accuracy is not None:
                moved = kendalltau(told, before).statistic
                rows.append([quality.pair_accuracy, mean_absolute_error(truth, told), moved, (told - before).mean()])
        if untouched is None:
            untouched = np.empty(len(works))
            for artist, own in works.groupby("artist").indices.items():
                untouched[own] = comparators[str(artist)].estimate(places[own])[0]
        accuracy, error, tau, shift = np.mean(rows, axis=0)
        print(f"| {name} | {100 * accuracy:.1f} % | {error:.2f} | {tau:.2f} | {shift:+.1f} |", flush=True)
    print(f"{len(works)} works of {len(rows)} artists; a coin orders 50 % of the pairs")


def val_works(dataset: Path, *, artists: list[str]) -> tuple[pd.DataFrame, list[Image.Image]]:
    """Return artist and year of the val works of these artists, and their images."""
    columns, paths = ["artist", "year", "image"], painting_parts(dataset)
    parts = [read_part(path, columns=columns, splits=["val"], artists=artists).to_pandas() for path in paths]
    works = pd.concat(parts, ignore_index=True)
    return works.drop(columns="image"), [decode_rgb(jpeg) for jpeg in works["image"]]


if __name__ == "__main__":
    main(tyro.cli(Shortcuts, description=__doc__))
