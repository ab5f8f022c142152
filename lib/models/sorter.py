"""Sort a set of paintings: name the artist by vote, then date and order the works with that artist's comparator."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from lib.attribution.attribute import attribute, known_artist_of, split_by_artist, vote
from lib.attribution.model import ArtistModel, read_artist_model
from lib.attribution.verifier import KnownArtist
from lib.data.image_limits import ImageError
from lib.data.images import open_picture, perceptual_hash
from lib.dating.known import KnownDates
from lib.dating.likely_artists import order_as
from lib.dating.order import Order
from lib.features.embedder import Embedder
from lib.infra.errors import UserError
from lib.infra.progress import progress, track
from lib.models.backbones import open_embedder
from lib.models.folders import require_folder
from lib.models.questioned import QuestionedWorks
from lib.models.recognise import Recognised, dates_of, recognise
from lib.models.references import read_references
from lib.models.store import ModelSet

AT_ONCE = 64  # pictures that are embedded before the progress is shown: whole batches of every device


@dataclass(frozen=True)
class SortedSet:
    """Works sorted as works of one artist.

    files: their names. shares: share of every artist in the vote, highest first. known: whether the works are by an
    artist whom the models know. outliers: files unlike everything that the models learned from. recognised: files that
    show the picture of a reference work. order: None where the artist has no comparator.
    """

    artist: str
    files: list[str]
    shares: pd.Series
    known: KnownArtist
    outliers: list[str]
    recognised: Recognised
    order: Order | None


class Sorter:
    """The models of one folder, loaded once to sort sets of paintings."""

    def __init__(self, folder: Path) -> None:
        """Load the backbones, the style space, the artist head, its references, and the artist network if there is one.

        Raises UserError where one of the others is missing.
        """
        self.models = ModelSet.open(folder)
        self.embedder = open_embedder(self.models)
        self.references = read_references(folder, provenance=self.models.provenance)
        network = self.models.network
        self.network = read_artist_model(network.folder) if network else None

    def sort(
        self,
        images: dict[str, Image.Image],
        *,
        artist: str | None = None,
        known: KnownDates | None = None,
        mixed: bool = False,
    ) -> list[SortedSet]:
        """Sort images, by file name, as works of `artist` or of the artist with the highest share of their vote.

        known: dates that are known of some files. Pictures of the catalogue have the catalogue's date. mixed: sort
        the works of each likeliest artist apart, most works first; otherwise there is one set.
        """
        pictures, head = list(images.values()), self.models.head
        hashes = hashes_of(pictures)
        attribution = attribute(
            embed_pictures(self.embedder, pictures),
            list(images),
            hashes=hashes,
            space=self.models.space,
            head=head,
            usual=self.models.usual,
            network_probabilities=name_pictures(self.network, pictures, head.artists) if self.network else None,
            ensemble=self.models.ensemble,
        )
        recognised = recognise(self.references, list(images), hashes)
        dates = {**dates_of(recognised), **(known or {})}
        by_artist = split_by_artist(attribution, artist=artist, mixed=mixed)
        return [
            SortedSet(
                artist=name,
                files=list(works.probabilities.index),
                shares=vote(works.probabilities),
                known=known_artist_of(works, head=head, verifier=self.models.verifier),
                outliers=[file for file, odd in zip(works.probabilities.index, works.outliers, strict=True) if odd],
                recognised={file: work for file, work in recognised.items() if file in works.probabilities.index},
                order=order_as(name, works, comparators=self.models.comparator, known=dates, given=artist is not None),
            )
            for name, works in by_artist.items()
        ]


def questioned_works(models: ModelSet, embedder: Embedder, images: dict[str, Image.Image]) -> QuestionedWorks:
    """Return images, by file name, as works to verify."""
    pictures = list(images.values())
    positions = models.space.positions(embed_pictures(embedder, pictures))
    return QuestionedWorks(list(images), positions, hashes_of(pictures))


def embed_pictures(embedder: Embedder, pictures: Sequence[Image.Image]) -> np.ndarray:
    """Return float16 embeddings (pictures, dimensions), and show the progress; at least one picture."""
    return np.concatenate([embedder.embed(batch) for batch in shown_batches(pictures, "embedding")])


def name_pictures(network: ArtistModel, pictures: Sequence[Image.Image], artists: list[str]) -> np.ndarray:
    """Return the network's probabilities (pictures, artists), and show the progress; at least one picture."""
    batches = shown_batches(pictures, "artist network")
    return np.concatenate([network.probabilities(batch, artists) for batch in batches])


def shown_batches(pictures: Sequence[Image.Image], label: str) -> Iterator[Sequence[Image.Image]]:
    """Yield the pictures, AT_ONCE together, and show how many are done."""
    with progress(label, total=len(pictures), unit="pictures", brief=True) as advance:
        for first in range(0, len(pictures), AT_ONCE):
            yield pictures[first : first + AT_ONCE]
            advance(len(pictures[first : first + AT_ONCE]))


def hashes_of(pictures: Sequence[Image.Image]) -> np.ndarray:
    """Return the perceptual hashes (n,), as 64-bit numbers, of pictures as the dataset stores them."""
    return np.array([int(perceptual_hash(picture), 16) for picture in pictures], dtype=np.uint64)


def read_images(folder: Path, *, short_side: int) -> tuple[dict[str, Image.Image], dict[str, str]]:
    """Return the images of a folder and of those in it, by path below it, and the reason for each file that is none.

    Hidden files and folders are not looked at. short_side: of the models. Raises UserError where the folder does not
    exist or holds no readable image.
    """
    require_folder(folder)
    images, rejected = {}, {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in track(paths, "reading pictures", total=len(paths), unit="files", brief=True):
        below = path.relative_to(folder)
        if any(part.startswith(".") for part in below.parts):
            continue
        name = below.as_posix()
        try:
            name.encode()
            images[name] = open_picture(path.read_bytes(), short_side=short_side)
        except UnicodeEncodeError:
            rejected[name.encode(errors="replace").decode()] = "its name is not UTF-8; rename it"
        except (ImageError, OSError) as error:
            rejected[name] = str(error)
    if not images:
        raise UserError(
            f"{folder} holds no readable image among {len(rejected)} files; give the folder of the paintings"
        )
    return images, rejected
