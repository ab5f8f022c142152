"""From uploaded files to embeddings. Importing this module imports torch, which only the embedder needs."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from PIL import Image

from lib.attribution.model import ArtistModel, read_artist_model
from lib.data.images import ImageError
from lib.features.embedder import Embedder
from lib.models.snapshots import Models
from lib.models.sorter import open_picture
from serve.sets import Embedded


def open_or_reason(data: bytes, *, megapixels: int) -> Image.Image | str:
    """Return the picture, or why it is none."""
    try:
        return open_picture(data, megapixels=megapixels)
    except ImageError as error:
        return str(error)


def reasons_of(files: list[Image.Image | str]) -> dict[int, str]:
    """Return why some of the files are no pictures, by place."""
    return {place: one for place, one in enumerate(files) if isinstance(one, str)}


class FileEmbedder:
    """The backbone and the artist network of the newest models seen, for files as they are uploaded."""

    def __init__(self, *, megapixels: int) -> None:
        """Refuse larger pictures before they are decoded."""
        self.open = partial(open_or_reason, megapixels=megapixels)
        self.backbones: dict[str, Embedder] = {}
        self.networks: dict[str, ArtistModel | None] = {}

    def backbone(self, name: str) -> Embedder:
        """Return the backbone of this name, in place of the one before."""
        if name not in self.backbones:
            self.backbones = {name: Embedder(name)}
        return self.backbones[name]

    def network(self, models: Models) -> ArtistModel | None:
        """Return the artist network of these models, in place of the one before; None where they have none."""
        if models.version not in self.networks:
            self.networks = {models.version: read_artist_model(models.network) if models.network else None}
        return self.networks[models.version]

    def embed(self, sets: Sequence[Sequence[bytes]], models: Models) -> list[Embedded]:
        """Embed several sets of files in one go of the backbone of these models."""
        with ThreadPoolExecutor() as pool:
            opened = [list(pool.map(self.open, files)) for files in sets]
        pictures = [one for files in opened for one in files if not isinstance(one, str)]
        embedder, network = self.backbone(models.provenance.backbone), self.network(models)
        embeddings = embedder.embed(pictures) if pictures else np.empty((0, 0), dtype=np.float16)
        named = network.probabilities(pictures, models.head.artists) if pictures and network else None
        ends = np.cumsum([sum(not isinstance(one, str) for one in files) for files in opened])
        by_set = [None] * len(sets) if named is None else np.split(named, ends[:-1])
        return [
            Embedded(vectors, who, reasons_of(files), models.version)
            for vectors, who, files in zip(np.split(embeddings, ends[:-1]), by_set, opened, strict=True)
        ]
