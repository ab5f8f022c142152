"""From uploaded files to embeddings. Importing this module imports torch, which only the embedder needs."""

from collections.abc import Hashable, Sequence
from itertools import chain, islice

import numpy as np
from PIL import Image

from lib.attribution.model import ArtistModel, read_artist_model
from lib.features.embedder import Embedder
from lib.models.backbones import open_embedder
from lib.models.sorter import hashes_of
from lib.models.store import ModelSet
from serve.decoders import Decoders
from serve.pipeline import Embedded


class FileEmbedder:
    """Embeds uploaded files with the backbones and the artist network of the models it was last called with."""

    def __init__(self, decoders: Decoders) -> None:
        """Let `decoders` decode the files."""
        self.decoders = decoders
        self.embedders: dict[Hashable, Embedder] = {}
        self.networks: dict[str, ArtistModel | None] = {}

    def embedder(self, models: ModelSet) -> Embedder:
        """Return the embedder with the backbones of these models, which replaces the previous one."""
        backbones = (models.provenance.backbones, models.provenance.parts)
        if backbones not in self.embedders:
            self.embedders = {backbones: open_embedder(models)}
        return self.embedders[backbones]

    def network(self, models: ModelSet) -> ArtistModel | None:
        """Return the artist network of these models, which replaces the previous one; None where they have none."""
        if models.version not in self.networks:
            network = models.network
            self.networks = {models.version: read_artist_model(network.folder) if network else None}
        return self.networks[models.version]

    def embed(self, sets: Sequence[Sequence[bytes]], models: ModelSet) -> list[Embedded]:
        """Embed several sets of files in one pass of the backbones of these models."""
        flat = iter(self.decoders.open(list(chain(*sets)), short_side=models.provenance.short_side))
        opened = [list(islice(flat, len(files))) for files in sets]
        pictures = [file for files in opened for file in files if isinstance(file, Image.Image)]
        embedder, network = self.embedder(models), self.network(models)
        embeddings = embedder.embed(pictures) if pictures else np.empty((0, 0), dtype=np.float16)
        hashes = hashes_of(pictures)
        probabilities = network.probabilities(pictures, models.head.artists) if pictures and network else None
        results, start = [], 0
        for files in opened:
            reasons = {index: file for index, file in enumerate(files) if isinstance(file, str)}
            rows = slice(start, start + len(files) - len(reasons))
            of_set = None if probabilities is None else probabilities[rows]
            results.append(Embedded(embeddings[rows], hashes[rows], of_set, reasons, models.version))
            start = rows.stop
        return results
