"""serve run serve.app:app    (make serve; on a cluster: serve deploy serve/config.yaml)

The graph: Ingress (HTTP, checks, page) → Embedder (decode, one pass of the backbone per picture, and of the artist
network where there is one) → Attributor (artist head, vote) → Dater (the artist's comparator). Settings come from the
environment (serve/settings.py) or, under the same names, from `args` in the config file.
"""

import asyncio
import os
from collections.abc import Mapping

import numpy as np
from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from lib.dating.sets import Attribution, Known, Order, attribute, order_works
from serve.answers import ArtistList, ModelCard, ModelsUsed
from serve.api import make_api
from serve.cards import artist_list, model_card, models_used
from serve.latest import LatestModels
from serve.sets import Embedded
from serve.settings import Settings, read_settings

BATCH = 32  # pictures of several sets that go through the backbone together


def follow(settings: Settings, *, comparators: bool = False) -> LatestModels:
    """Return the models that a replica answers with."""
    return LatestModels(settings.models, refresh_seconds=settings.refresh_seconds, comparators=comparators)


@serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 1})
class Embedder:
    """Decodes pictures and runs the backbone, on the GPU where the replica has one."""

    def __init__(self, settings: Settings) -> None:
        """Load the models."""
        from serve.embed import FileEmbedder  # here, because it imports torch, which the other deployments do not need

        self.latest, self.embedder = follow(settings), FileEmbedder(megapixels=settings.megapixels)

    async def embed(self, pictures: list[bytes]) -> Embedded:
        """Decode and embed files."""
        return await self.embed_batch(pictures)

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=0.0, batch_size_fn=lambda sets: sum(map(len, sets)))
    async def embed_batch(self, sets: list[list[bytes]]) -> list[Embedded]:
        """Embed what has come in while the batch before was embedded."""
        return await asyncio.to_thread(self.embed_now, sets)

    def embed_now(self, sets: list[list[bytes]]) -> list[Embedded]:
        """Embed sets with the backbone of the newest models."""
        return self.embedder.embed(sets, self.latest.newest())

    async def ready(self) -> ModelsUsed:
        """Return the newest models. Raises NotReady where there are none."""
        return models_used(self.latest.newest())


@serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 0})
class Attributor:
    """Names the artist of works."""

    def __init__(self, settings: Settings) -> None:
        """Load the models."""
        self.latest = follow(settings)

    async def attribute(
        self, version: str, vectors: np.ndarray, named: np.ndarray | None, files: list[str]
    ) -> tuple[Attribution, ModelsUsed]:
        """Attribute embedded works."""
        models = await asyncio.to_thread(self.latest.version, version)
        return await asyncio.to_thread(attribute, models, vectors, files, named=named), models_used(models)

    async def ready(self) -> ModelsUsed:
        """Return the newest models. Raises NotReady where there are none."""
        return models_used(self.latest.newest())


@serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 0})
class Dater:
    """Orders works with the comparator of their artist; all comparators are in memory."""

    def __init__(self, settings: Settings) -> None:
        """Load the models."""
        self.latest = follow(settings, comparators=True)

    async def order(self, version: str, attribution: Attribution, artist: str, known: Known) -> Order | None:
        """Order attributed works of one artist."""
        models = await asyncio.to_thread(self.latest.version, version)
        found = models.comparators.get(artist)
        return await asyncio.to_thread(order_works, found, attribution, artist=artist, known=known)

    async def artists(self) -> ArtistList:
        """List the artists."""
        return artist_list(self.latest.newest())

    async def card(self, name: str) -> ModelCard:
        """Return the model card of an artist."""
        return model_card(self.latest.newest(), name)

    async def ready(self) -> ModelsUsed:
        """Return the newest models. Raises NotReady where there are none."""
        return models_used(self.latest.newest())


@serve.deployment(max_ongoing_requests=1000, ray_actor_options={"num_cpus": 0})
@serve.ingress()
class Ingress:
    """Takes HTTP requests and leads them through the graph."""

    def __init__(
        self, settings: Settings, embedder: DeploymentHandle, attributor: DeploymentHandle, dater: DeploymentHandle
    ) -> None:
        """Keep the handles of the other deployments."""
        self.settings, self.embedder, self.attributor, self.dater = settings, embedder, attributor, dater

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Return the HTTP side; Ray Serve calls this once in each replica."""
        return make_api(self.settings, self)

    async def embed(self, pictures: list[bytes]) -> Embedded:
        """Decode and embed files."""
        return await self.embedder.embed.remote(pictures)

    async def attribute(
        self, version: str, vectors: np.ndarray, named: np.ndarray | None, files: list[str]
    ) -> tuple[Attribution, ModelsUsed]:
        """Attribute embedded works."""
        return await self.attributor.attribute.remote(version, vectors, named, files)

    async def order(self, version: str, attribution: Attribution, artist: str, known: Known) -> Order | None:
        """Order attributed works of one artist."""
        return await self.dater.order.remote(version, attribution, artist, known)

    async def artists(self) -> ArtistList:
        """List the artists."""
        return await self.dater.artists.remote()

    async def card(self, name: str) -> ModelCard:
        """Return the model card of an artist."""
        return await self.dater.card.remote(name)

    async def ready(self) -> ModelsUsed:
        """Return the newest models of all deployments. Raises NotReady where one has none."""
        parts = (self.embedder, self.attributor, self.dater)
        return (await asyncio.gather(*(part.ready.remote() for part in parts)))[-1]


def app(arguments: Mapping[str, str]) -> serve.Application:
    """Return the graph, with settings from the environment, those in `arguments` first."""
    settings = read_settings({**os.environ, **arguments})
    # mypy sees the classes, not the deployments that the decorators make of them
    parts = [part.bind(settings) for part in (Embedder, Attributor, Dater)]  # type: ignore[union-attr]
    return Ingress.bind(settings, *parts)  # type: ignore[attr-defined]
