"""Sort a set of paintings: name the artist by vote, then date and order the works with that artist's comparator."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from lib.attribution import vote
from lib.embeddings import Embedder
from lib.errors import UserError
from lib.images import SHORT_SIDE, ImageError, open_image, shrink
from lib.models import find_comparator, read_artist_head, read_style_space


@dataclass(frozen=True)
class Order:
    """The order of a set.

    works: one row per work, oldest first, with file, position (1 is the oldest), score (the estimated
    year, unrounded), year, low and high (80 % interval, in years), artist_probability.
    first_year, last_year: of the dated works that the artist's comparator learned from.
    """

    works: pd.DataFrame
    first_year: int
    last_year: int


@dataclass(frozen=True)
class SortedSet:
    """A set of works under one artist's name.

    shares: part of the vote of every artist, most first. order: None where the artist has no comparator.
    """

    artist: str
    shares: pd.Series
    order: Order | None


class Sorter:
    """The models of one folder, loaded once to sort sets of paintings."""

    def __init__(self, models: Path) -> None:
        """Load the backbone, the style space and the artist head. Raises UserError where they are missing."""
        self.models = models
        self.space, _, self.recipe = read_style_space(models)
        self.head = read_artist_head(models)
        self.embedder = Embedder(self.recipe["backbone"])

    def sort(self, images: dict[str, Image.Image], *, artist: str | None = None) -> SortedSet:
        """Sort images by file name, as works of `artist`, or of the artist with most of their votes."""
        positions = self.space.positions(self.embedder.embed(list(images.values())))
        probabilities = pd.DataFrame(self.head.probabilities(positions), columns=self.head.artists, index=list(images))
        shares = vote(probabilities)
        artist = artist or str(shares.index[0])
        if artist not in shares.index:
            raise UserError(f"the models know no artist {artist!r}; did you mean {', '.join(nearest(artist, shares))}?")
        found = find_comparator(self.models, artist, recipe=self.recipe)
        if found is None:
            return SortedSet(artist=artist, shares=shares, order=None)
        comparator, card = found
        works = lay_out(list(images), *comparator.estimate(positions), probabilities[artist].to_numpy())
        order = Order(works=works, first_year=card["first_year"], last_year=card["last_year"])
        return SortedSet(artist=artist, shares=shares, order=order)


def lay_out(
    files: list[str], years: np.ndarray, half_widths: np.ndarray, artist_probability: np.ndarray
) -> pd.DataFrame:
    """Return the works, oldest first; works of equal score keep the order of their file names."""
    order = pd.DataFrame(
        {
            "file": files,
            "score": years.round(3),
            "year": years.round().astype(int),
            "low": (years - half_widths).round(1),
            "high": (years + half_widths).round(1),
            "artist_probability": artist_probability.round(4),
        }
    ).sort_values(["score", "file"], ignore_index=True)
    order.insert(1, "position", np.arange(1, len(order) + 1))
    return order


def nearest(artist: str, shares: pd.Series) -> list[str]:
    """Return the three artists of a vote whose names are spelt most like `artist`."""
    return get_close_matches(artist, list(shares.index), n=3, cutoff=0.0)


def read_images(folder: Path) -> tuple[dict[str, Image.Image], dict[str, str]]:
    """Return the images of a folder by file name, and the reason for every file that is not a readable image.

    Raises UserError where the folder does not exist or holds no readable image.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give one that holds the paintings")
    images, rejected = {}, {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        try:
            images[path.name] = shrink(open_image(path.read_bytes(), short_side=SHORT_SIDE))
        except (ImageError, OSError) as error:
            rejected[path.name] = str(error)
    if not images:
        raise UserError(f"{folder} holds no readable image, of {len(rejected)} files; give the folder of the paintings")
    return images, rejected
