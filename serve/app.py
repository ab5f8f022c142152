"""python -m serve.run    (make serve; on a cluster: serve deploy serve/config.yaml)

The graph: Ingress (HTTP, checks, page) → Embedder (decodes, runs the backbone once per picture, and the artist network
where there is one) → Attributor (artist head, vote) → Dater (the artist's comparator). Settings come from the
environment (serve/settings.py) or, under the same names, from `args` in the config file.
"""

import asyncio
from collections.abc import Mapping

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from lib.attribution.attribute import Attribution, attribute, known_artist_of
from lib.attribution.verifier import KnownArtist
from lib.dating.known import KnownDates
from lib.dating.likely_artists import order_as
from lib.dating.order import Order
from lib.models.recognise import recognise
from lib.models.store import ModelSet
from serve.api import Backend, make_api
from serve.decoders import Decoders
from serve.latest import LatestModels, LoadedModels
from serve.pictures import preview_files
from serve.pipeline import Attributed, Embedded, Steps
from serve.reference_works import ReferenceList, Thumbnails, reference_list, thumbnails_of
from serve.schemas import ArtistList, ModelCard, ModelsUsed, artist_list, model_card, models_used
from serve.settings import Settings, read_settings
from serve.verification import EmbeddedQuestion, VerifyAnswer, answer_question

BATCH_SIZE = 32  # pictures of several sets that pass through the backbone together


def attribute_embedded(loaded: LoadedModels, embedded: Embedded, files: list[str]) -> Attributed:
    """Attribute embedded works with these file names, and recognise those that are in the catalogue."""
    models = loaded.models
    attribution = attribute(
        embedded.embeddings,
        files,
        hashes=embedded.hashes,
        space=models.space,
        head=models.head,
        usual=models.usual,
        network_probabilities=embedded.network_probabilities,
        ensemble=models.ensemble,
    )
    return attribution, recognise(loaded.references, files, embedded.hashes), models_used(models)


def known_artist_of_set(models: ModelSet, works: Attribution) -> KnownArtist:
    """Return whether the models know the artist of works by one artist."""
    return known_artist_of(works, head=models.head, verifier=models.verifier)


def verify_embedded(loaded: LoadedModels, question: EmbeddedQuestion) -> VerifyAnswer:
    """Verify embedded works."""
    return answer_question(loaded.models, loaded.references, question)


def order_attributed(
    loaded: LoadedModels, works: Attribution, artist: str, known: KnownDates, given: bool
) -> Order | None:
    """Order works as works of `artist`, whom the caller may have given; None where the artist has no comparator."""
    return order_as(artist, works, comparators=loaded.comparators.get, known=known, given=given)


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
class Attributor:
    """Names the artist of works."""

    def __init__(self, settings: Settings) -> None:
        """Load the models."""
        self.latest = latest_models(settings)

    async def attribute(self, embedded: Embedded, files: list[str]) -> Attributed:
        """Attribute embedded works with the models that embedded them."""
        loaded = await asyncio.to_thread(self.latest.version, embedded.version)
        return await asyncio.to_thread(attribute_embedded, loaded, embedded, files)

    async def known_artist(self, version: str, works: Attribution) -> KnownArtist:
        """Return whether the models of this version know the artist of works by one artist."""
        loaded = await asyncio.to_thread(self.latest.version, version)
        return await asyncio.to_thread(known_artist_of_set, loaded.models, works)

    async def verify(self, question: EmbeddedQuestion) -> VerifyAnswer:
        """Verify embedded works with the models that embedded them."""
        loaded = await asyncio.to_thread(self.latest.version, question.embedded.version)
        return await asyncio.to_thread(verify_embedded, loaded, question)

    async def references(self, artist: str) -> ReferenceList:
        """Return the reference works of an artist."""
        return await asyncio.to_thread(reference_list, self.latest.newest(), artist)

    async def thumbnails(self, painting_ids: list[str]) -> Thumbnails:
        """Return the thumbnails of reference works."""
        return await asyncio.to_thread(thumbnails_of, self.latest.newest(), painting_ids)

    async def ready(self) -> ModelsUsed:
        """Return the newest models. Raises NotReady where there are none."""
        return models_used(self.latest.newest().models)


@serve.deployment(max_ongoing_requests=64, ray_actor_options={"num_cpus": 0})
class Dater:
    """Orders works with the comparator of their artist; all comparators are in memory."""

    def __init__(self, settings: Settings) -> None:
        """Load the models."""
        self.latest = latest_models(settings, comparators=True)

    async def order(
        self, version: str, works: Attribution, artist: str, known: KnownDates, given: bool
    ) -> Order | None:
        """Order works as works of `artist` with the models of this version."""
        loaded = await asyncio.to_thread(self.latest.version, version)
        return await asyncio.to_thread(order_attributed, loaded, works, artist, known, given)

    async def artists(self) -> ArtistList:
        """List the artists."""
        return artist_list(self.latest.newest())

    async def model_card(self, artist: str) -> ModelCard:
        """Return the model card of an artist."""
        return model_card(self.latest.newest(), artist)

    async def ready(self) -> ModelsUsed:
        """Return the newest models. Raises NotReady where there are none."""
        return models_used(self.latest.newest().models)


@serve.deployment(max_ongoing_requests=1000, ray_actor_options={"num_cpus": 0})
@serve.ingress()
class Ingress:
    """Takes HTTP requests and sends them through the graph."""

    def __init__(
        self, settings: Settings, embedder: DeploymentHandle, attributor: DeploymentHandle, dater: DeploymentHandle
    ) -> None:
        """Keep the handles of the other deployments."""
        self.settings, self.embedder, self.attributor, self.dater = settings, embedder, attributor, dater

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Return the HTTP side; Ray Serve calls this once in each replica."""
        steps = Steps(
            embed=self.embedder.embed.remote,
            attribute=self.attributor.attribute.remote,
            known_artist=self.attributor.known_artist.remote,
            order=self.dater.order.remote,
        )
        backend = Backend(
            steps=steps,
            verify=self.attributor.verify.remote,
            previews=self.embedder.previews.remote,
            artists=self.dater.artists.remote,
            model_card=self.dater.model_card.remote,
            references=self.attributor.references.remote,
            thumbnails=self.attributor.thumbnails.remote,
            ready=self.ready,
        )
        return make_api(self.settings, backend)

    async def ready(self) -> ModelsUsed:
        """Return the newest models of all deployments. Raises NotReady where one has none."""
        deployments = (self.embedder, self.attributor, self.dater)
        return (await asyncio.gather(*(deployment.ready.remote() for deployment in deployments)))[-1]


def app(arguments: Mapping[str, str]) -> serve.Application:
    """Return the graph, with settings from `arguments` and, where these say nothing, from the environment."""
    settings = read_settings(arguments)
    # mypy sees the classes, not the deployments that the decorators make of them
    deployments = [deployment.bind(settings) for deployment in (Embedder, Attributor, Dater)]  # type: ignore[union-attr]
    return Ingress.bind(settings, *deployments)  # type: ignore[attr-defined]
