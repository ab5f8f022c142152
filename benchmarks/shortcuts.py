"""python benchmarks/shortcuts.py --dataset DATASET

Do comparators read the style, or the scan? Comparators learn from unchanged train works; the val works are then dated
in grey, strongly compressed, at half the size, and with the colours of another scan. Prints how well each variant is
ordered and how far its order is from that of the unchanged works. Test works are not used.
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

from lib.data.dataset import Dataset
from lib.data.embeddings import Embeddings, embeddings_folder
from lib.data.images import decode_rgb
from lib.data.paintings import read_part
from lib.dating.comparator import Comparator, fit_comparator
from lib.features.embedder import Embedder
from lib.features.style_space import TILT, StyleSpace
from lib.models.train import fit_space_and_kernel
from lib.reports.markdown import percent, table
from lib.stats.metrics import order_quality
from lib.stats.years import Years


def compressed(image: Image.Image) -> Image.Image:
    """Return the image after JPEG compression at quality 20."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=20)
    return Image.open(buffer)


def halved(image: Image.Image) -> Image.Image:
    """Return the image at half its size."""
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.LANCZOS)


def yellowed(image: Image.Image) -> Image.Image:
    """Return the image a tenth darker and yellower, as another scan or old varnish shows it."""
    red, green, blue = ImageEnhance.Brightness(image).enhance(0.9).split()
    return Image.merge("RGB", (red, green, blue.point(lambda value: int(value * 0.85))))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "unchanged": lambda image: image,
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
    """Artists with fewer train works than this are skipped."""


def main(config: Shortcuts) -> None:
    """Print a row for each change of the val works."""
    dataset = Dataset.open(config.dataset)
    embeddings = dataset.embeddings()
    space, comparators = fit_comparators(embeddings, min_works=config.min_works)
    works, images = val_works(dataset, artists=list(comparators))
    manifest, years = embeddings.manifest, works["year"].to_numpy(dtype=np.float64)
    embedder = Embedder.restore(
        manifest.backbones,
        folder=embeddings_folder(config.dataset, manifest.backbone),
        parts=manifest.parts,
    )
    original: np.ndarray | None = None
    header = ["val works", "pair accuracy", "error, years", "tau with the original order", "shift of the mean year"]
    print(table(header, []))
    for name, change in CHANGES.items():
        positions = space.positions(embedder.embed([change(image) for image in images]))
        estimates = np.empty(len(works))
        for artist, rows in works.groupby("artist").indices.items():
            estimates[rows] = comparators[str(artist)].estimate(positions[rows])[0]
        original = estimates if original is None else original
        changed = [
            figures_of(estimates[rows], original[rows], years[rows])
            for rows in works.groupby("artist").indices.values()
            if len(set(years[rows])) > 1
        ]
        accuracy, error, tau, shift = np.mean(changed, axis=0)
        print(f"| {name} | {percent(accuracy)} | {error:.2f} | {tau:.2f} | {shift:+.1f} |", flush=True)
    print(f"{len(works)} works of {len(changed)} artists; chance orders 50 % of the pairs")


def fit_comparators(embeddings: Embeddings, *, min_works: int) -> tuple[StyleSpace, dict[str, Comparator]]:
    """Return the style space of the train works, and a comparator of each artist with at least `min_works` of them."""
    train = embeddings.where((embeddings.paintings["split"] == "train").to_numpy())
    space, kernel = fit_space_and_kernel(train, tilt=TILT)
    positions, years = space.positions(train.matrix), train.paintings["year"].to_numpy(dtype=np.float64)
    return space, {
        str(artist): fit_comparator(positions[rows], Years.exact(years[rows]), kernel=kernel).comparator
        for artist, rows in train.paintings.groupby("artist").indices.items()
        if len(rows) >= min_works and np.ptp(years[rows]) > 0
    }


def figures_of(estimates: np.ndarray, original: np.ndarray, years: np.ndarray) -> tuple[float, float, float, float]:
    """Return pair accuracy, error in years, tau with the original estimates, and mean shift of one artist's years."""
    accuracy = order_quality(estimates, Years.exact(years)).pair_accuracy or 0.0
    error, tau = mean_absolute_error(years, estimates), kendalltau(estimates, original).statistic
    return accuracy, float(error), float(tau), float((estimates - original).mean())


def val_works(dataset: Dataset, *, artists: list[str]) -> tuple[pd.DataFrame, list[Image.Image]]:
    """Return artist and year of the val works of these artists, and their images."""
    columns = ["artist", "year", "image"]
    parts = [read_part(part, columns=columns, splits=["val"], artists=artists).to_pandas() for part in dataset.parts()]
    works = pd.concat(parts, ignore_index=True)
    return works.drop(columns="image"), [decode_rgb(jpeg) for jpeg in works["image"]]


if __name__ == "__main__":
    main(tyro.cli(Shortcuts, description=__doc__))
