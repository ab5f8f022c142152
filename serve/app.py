"""python -m serve.run    (make serve; on a cluster: serve deploy serve/config.yaml)

The graph: Ingress (HTTP, checks, page) → Embedder (decodes, runs the backbone once per picture, and the artist network
where there is one) → Sorter (names the artist, dates, orders, verifies). Settings come from the environment
(serve/settings.py) or, under the same names, from `args` in the config file.
"""

import asyncio
from collections.abc import Mapping

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from serve.api import Backend, make_api
from serve.decoders import Decoders
from serve.latest import LatestModels, LoadedModels
from serve.pictures import preview_files
from serve.pipeline import Embedded, EmbeddedSet, Steps
from serve.reference_works import ReferenceList, Thumbnails, reference_list, thumbnails_of
from serve.schemas import (
    ArtistList,
    AttributeAnswer,
    ModelCard,
    ModelsUsed,
    SortAnswer,
    artist_list,
    model_card,
    models_used,
)
from serve.settings import Settings, read_settings
from serve.sorting import attribute_embedded, sort_embedded
from serve.verification import EmbeddedQuestion, VerifyAnswer, answer_question

BATCH_SIZE = 32  # pictures of several sets that pass through the backbone together


def verify_embedded(loaded: LoadedModels, question: EmbeddedQuestion) -> VerifyAnswer:
    """Verify embedded works."""
    return answer_question(loaded.models, loaded.references, question)


def latest_models(settings: Settings, *, comparators: bool = False) -> LatestModels:
    """Return the models that a replica answers with."""
    return LatestModels(settings.models, refresh_seconds=settings.refresh_seconds, comparators=comparators)


def decoders_of(settings: Settings) -> Decoders:
    """Return the processes that decode the pictures of a replica."""
    return Decoders(settings.decoders, seconds=settings.picture_seconds, megapixels=settings.megapixels)


@serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 1})
class Embedder:
    """Decodes pictures and runs the backbone, on the GPU if the replica has one."""

    def __init__(self, settings: Settings) -> None:
        """Load the models."""
        from serve.embedder import FileEmbedder  # here: it imports torch, which the other deployments do not need

        self.latest, self.embedder = latest_models(settings), FileEmbedder(decoders_of(settings))

    async def embed(self, files: list[bytes]) -> Embedded:
        """Decode and embed files."""
        return await self.embed_batch(files)

    @serve.batch(max_batch_size=BATCH_SIZE, batch_wait_timeout_s=0.0, batch_size_fn=lambda sets: sum(map(len, sets)))
    async def embed_batch(self, sets: list[list[bytes]]) -> list[Embedded]:
        """Embed the sets that arrived during the previous batch."""
        return await asyncio.to_thread(self.embed_now, sets)

    def embed_now(self, sets: list[list[bytes]]) -> list[Embedded]:
        """Embed sets with the backbone of the newest models."""
        return self.embedder.embed(sets, self.latest.newest().models)

    async def previews(self, files: list[bytes]) -> list[bytes | str]:
        """Return each file as a small JPEG, or the reason why it is no picture."""
        return await asyncio.to_thread(preview_files, self.embedder.decoders, files)

    async def ready(self) -> ModelsUsed:
        """Return the newest models. Raises NotReady where there are none."""
        return models_used(self.latest.newest().models)


@serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 0})
class Sorter:
    """Answers embedded sets with the models that embedded them; comparators of artists in use are in memory.

    One process does all that follows the embedding: to hand a set on would take longer than each of these steps.
    """

    def __init__(self, settings: Settings) -> None:
        """Load the models."""
        self.latest = latest_models(settings, comparators=True)

    async def sort(self, works: EmbeddedSet) -> SortAnswer:
        """Name the artist of a set and order it."""
        return await asyncio.to_thread(lambda: sort_embedded(self.latest.version(works.embedded.version), works))

    async def attribute(self, works: EmbeddedSet) -> AttributeAnswer:
        """Name the artist of a set."""
        return await asyncio.to_thread(lambda: attribute_embedded(self.latest.version(works.embedded.version), works))

    async def verify(self, question: EmbeddedQuestion) -> VerifyAnswer:
        """Verify embedded works."""
        return await asyncio.to_thread(
            lambda: verify_embedded(self.latest.version(question.embedded.version), question)
        )

    async def references(self, artist: str) -> ReferenceList:
        """Return the reference works of an artist."""
        return await asyncio.to_thread(reference_list, self.latest.newest(), artist)

    async def thumbnails(self, painting_ids: list[str]) -> Thumbnails:
        """Return the thumbnails of reference works."""
        return await asyncio.to_thread(thumbnails_of, self.latest.newest(), painting_ids)

    async def artists(self) -> ArtistList:
        """List the artists."""
        return artist_list(self.latest.newest())

    async def model_card(self, artist: str) -> ModelCard:
        """Return the model card of an artist."""
        return await asyncio.to_thread(model_card, self.latest.newest(), artist)

    async def ready(self) -> ModelsUsed:
        """Return the newest models. Raises NotReady where there are none."""
        return models_used(self.latest.newest().models)


@serve.deployment(max_ongoing_requests=1000, ray_actor_options={"num_cpus": 0})
@serve.ingress()
class Ingress:
    """Takes HTTP requests and sends them through the graph."""

    def __init__(self, settings: Settings, embedder: DeploymentHandle, sorter: DeploymentHandle) -> None:
        """Keep the handles of the other deployments."""
        self.settings, self.embedder, self.sorter = settings, embedder, sorter

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Return the HTTP side; Ray Serve calls this once in each replica."""
        backend = Backend(
            steps=Steps(
                embed=self.embedder.embed.remote,
                sort=self.sorter.sort.remote,
                attribute=self.sorter.attribute.remote,
            ),
            verify=self.sorter.verify.remote,
            previews=self.embedder.previews.remote,
            artists=self.sorter.artists.remote,
            model_card=self.sorter.model_card.remote,
            references=self.sorter.references.remote,
            thumbnails=self.sorter.thumbnails.remote,
            ready=self.ready,
        )
        return make_api(self.settings, backend)

    async def ready(self) -> ModelsUsed:
        """Return the newest models of all deployments. Raises NotReady where one has none."""
        deployments = (self.embedder, self.sorter)
        return (await asyncio.gather(*(deployment.ready.remote() for deployment in deployments)))[-1]


def app(arguments: Mapping[str, str]) -> serve.Application:
    """Return the graph, with settings from `arguments` and, where these say nothing, from the environment."""
    settings = read_settings(arguments)
    # mypy sees the classes, not the deployments that the decorators make of them
    deployments = [deployment.bind(settings) for deployment in (Embedder, Sorter)]  # type: ignore[union-attr]
    return Ingress.bind(settings, *deployments)  # type: ignore[attr-defined]
