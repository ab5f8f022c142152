"""From uploaded files to embeddings. Importing this module imports torch, which only the embedder needs."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from PIL import Image

from lib.embeddings import Embedder
from lib.images import ImageError
from lib.snapshots import Models
from lib.sorting import open_picture
from serve.sets import Embedded


def open_or_reason(data: bytes, *, megapixels: int) -> Image.Image | str:
    """Return the picture, or why it is none."""
    try:
        return open_picture(data, megapixels=megapixels)
    except ImageError as error:
        return str(error)


class FileEmbedder:
    """The backbone of the newest models seen, for files as they are uploaded."""

    def __init__(self, *, megapixels: int) -> None:
        """Refuse larger pictures before they are decoded."""
        self.open = partial(open_or_reason, megapixels=megapixels)
        self.backbones: dict[str, Embedder] = {}

    def backbone(self, name: str) -> Embedder:
        """Return the backbone of this name, in place of the one before."""
        if name not in self.backbones:
            self.backbones = {name: Embedder(name)}
        return self.backbones[name]

    def embed(self, sets: Sequence[Sequence[bytes]], models: Models) -> list[Embedded]:
        """Embed several sets of files in one go of the backbone of these models."""
        with ThreadPoolExecutor() as pool:
            opened = [list(pool.map(self.open, files)) for files in sets]
        pictures = [one for files in opened for one in files if not isinstance(one, str)]
        embedder = self.backbone(models.recipe["backbone"])
        embeddings = embedder.embed(pictures) if pictures else np.empty((0, 0), dtype=np.float16)
        ends = np.cumsum([sum(not isinstance(one, str) for one in files) for files in opened])
        return [
            Embedded(part, {place: one for place, one in enumerate(files) if isinstance(one, str)}, models.version)
            for part, files in zip(np.split(embeddings, ends[:-1]), opened, strict=True)
        ]
