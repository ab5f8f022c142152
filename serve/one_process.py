"""The steps of the graph in one process: what benchmarks and tests compare the service with."""

import asyncio

import numpy as np

from lib.dating.sets import Attribution, Known, Order, attribute, order_works
from lib.models.snapshots import Models
from serve.answers import ArtistList, ModelCard, ModelsUsed
from serve.cards import artist_list, model_card, models_used
from serve.embed import FileEmbedder
from serve.sets import Embedded


class OneProcess:
    """The whole graph in this process, without Ray: what benchmarks and tests compare the service with."""

    def __init__(self, models: Models, *, megapixels: int) -> None:
        """Answer with these models."""
        self.models, self.embedder = models, FileEmbedder(megapixels=megapixels)
        self.turn = asyncio.Lock()  # side by side, passes of the backbone would fight for the cores

    async def embed(self, pictures: list[bytes]) -> Embedded:
        """Decode and embed files."""
        async with self.turn:
            [done] = await asyncio.to_thread(self.embedder.embed, [pictures], self.models)
        return done

    async def attribute(
        self, _: str, vectors: np.ndarray, named: np.ndarray | None, files: list[str]
    ) -> tuple[Attribution, ModelsUsed]:
        """Attribute embedded works."""
        return attribute(self.models, vectors, files, named=named), models_used(self.models)

    async def order(self, _: str, attribution: Attribution, artist: str, known: Known) -> Order | None:
        """Order attributed works of one artist."""
        return order_works(self.models.comparators.get(artist), attribution, artist=artist, known=known)

    async def artists(self) -> ArtistList:
        """List the artists."""
        return artist_list(self.models)

    async def card(self, name: str) -> ModelCard:
        """Return the model card of an artist."""
        return model_card(self.models, name)

    async def ready(self) -> ModelsUsed:
        """Return the models in use."""
        return models_used(self.models)
