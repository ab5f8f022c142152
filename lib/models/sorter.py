"""Sort a set of paintings: name the artist by vote, then date and order the works with that artist's comparator."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image

from lib.attribution.attribute import attribute, require_known_artist, vote
from lib.attribution.model import read_artist_model
from lib.data.image_limits import ImageError
from lib.data.images import open_picture
from lib.dating.known import KnownDates
from lib.dating.order import Order, order_works
from lib.infra.errors import UserError
from lib.models.backbones import open_embedder
from lib.models.store import ModelSet


@dataclass(frozen=True)
class SortedSet:
    """A set of works sorted as works of one artist.

    shares: share of every artist in the vote, highest first. order: None where the artist has no comparator.
    """

    artist: str
    shares: pd.Series
    order: Order | None


class Sorter:
    """The models of one folder, loaded once to sort sets of paintings."""

    def __init__(self, folder: Path) -> None:
        """Load the backbones, the style space, the artist head, and the artist network if there is one.

        Raises UserError where one of the others is missing.
        """
        self.models = ModelSet.open(folder)
        self.embedder = open_embedder(self.models)
        network = self.models.network
        self.network = read_artist_model(network.folder) if network else None

    def sort(
        self, images: dict[str, Image.Image], *, artist: str | None = None, known: KnownDates | None = None
    ) -> SortedSet:
        """Sort images, by file name, as works of `artist` or of the artist with the highest share of their vote.

        known: dates that are known of some of the files.
        """
        pictures, space, head = list(images.values()), self.models.space, self.models.head
        probabilities = self.network.probabilities(pictures, head.artists) if self.network else None
        embeddings = self.embedder.embed(pictures)
        works = attribute(
            embeddings,
            list(images),
            space=space,
            head=head,
            network_probabilities=probabilities,
            ensemble=self.models.ensemble,
        )
        shares = vote(works.probabilities)
        artist = require_known_artist(artist, head.artists) if artist else str(shares.index[0])
        comparator = self.models.comparator(artist)
        order = order_works(comparator, works, known=known or {}) if comparator else None
        return SortedSet(artist=artist, shares=shares, order=order)


def require_folder(folder: Path) -> None:
    """Raise UserError where the folder of the paintings does not exist."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give one that holds the paintings")


def read_images(folder: Path, *, short_side: int) -> tuple[dict[str, Image.Image], dict[str, str]]:
    """Return the images of a folder by file name, and the reason for every file that is not a readable image.

    short_side: of the models. Raises UserError where the folder does not exist or holds no readable image.
    """
    require_folder(folder)
    images, rejected = {}, {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        try:
            images[path.name] = open_picture(path.read_bytes(), short_side=short_side)
        except (ImageError, OSError) as error:
            rejected[path.name] = str(error)
    if not images:
        raise UserError(
            f"{folder} holds no readable image among {len(rejected)} files; give the folder of the paintings"
        )
    return images, rejected
