"""Sort a set of paintings: name the artist by vote, then date and order the works with that artist's comparator."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image

from lib.attribution.linear_head import vote
from lib.attribution.model import read_artist_model
from lib.data.images import MAX_MEGAPIXELS, SHORT_SIDE, ImageError, open_image, shrink
from lib.dating.sets import Order, attribute, known_artist, order_works
from lib.features.embedder import Embedder
from lib.infra.errors import UserError
from lib.models.snapshots import read_models
from lib.models.store import ModelSet


@dataclass(frozen=True)
class SortedSet:
    """A set of works under one artist's name.

    shares: part of the vote of every artist, most first. order: None where the artist has no comparator.
    """

    artist: str
    shares: pd.Series
    order: Order | None


def open_picture(data: bytes, *, megapixels: int = MAX_MEGAPIXELS) -> Image.Image:
    """Decode an image file of at most `megapixels`, as small as embedding it allows.

    Raises ImageError with the reason where it is none.
    """
    return shrink(open_image(data, short_side=SHORT_SIDE, megapixels=megapixels))


class Sorter:
    """The models of one folder, loaded once to sort sets of paintings."""

    def __init__(self, folder: Path) -> None:
        """Load the backbone, the style space, the artist head, and the artist network if there is one.

        Raises UserError where one of the others is missing.
        """
        self.folder, self.models = folder, read_models(folder, comparators=False)
        self.embedder = Embedder(self.models.provenance.backbone)
        self.network = read_artist_model(self.models.network) if self.models.network else None

    def sort(self, images: dict[str, Image.Image], *, artist: str | None = None) -> SortedSet:
        """Sort images by file name, as works of `artist`, or of the artist with most of their votes."""
        pictures = list(images.values())
        named = self.network.probabilities(pictures, self.models.head.artists) if self.network else None
        attribution = attribute(self.models, self.embedder.embed(pictures), list(images), named=named)
        shares = vote(attribution.probabilities)
        artist = known_artist(artist, list(shares.index)) if artist else str(shares.index[0])
        found = ModelSet.open(self.folder).comparator(artist)
        order = order_works(found, attribution, artist=artist, known={})
        return SortedSet(artist=artist, shares=shares, order=order)


def read_images(folder: Path) -> tuple[dict[str, Image.Image], dict[str, str]]:
    """Return the images of a folder by file name, and the reason for every file that is not a readable image.

    Raises UserError where the folder does not exist or holds no readable image.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give one that holds the paintings")
    images, rejected = {}, {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        try:
            images[path.name] = open_picture(path.read_bytes())
        except (ImageError, OSError) as error:
            rejected[path.name] = str(error)
    if not images:
        raise UserError(f"{folder} holds no readable image, of {len(rejected)} files; give the folder of the paintings")
    return images, rejected
