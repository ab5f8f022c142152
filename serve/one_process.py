"""The graph of serve/app.py in one process, without Ray: a baseline for benchmarks and tests."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from lib.attribution.attribute import Attribution
from lib.attribution.verifier import KnownArtist
from lib.dating.known import KnownDates
from lib.dating.order import Order
from serve.api import Backend
from serve.app import attribute_embedded, decoders_of, known_artist_of_set, order_attributed, verify_embedded
from serve.latest import LoadedModels
from serve.pictures import preview_files
from serve.pipeline import Embedded, Steps
from serve.reference_works import reference_list, thumbnails_of
from serve.schemas import artist_list, model_card, models_used
from serve.settings import Settings


def in_one_process(folder: Path, *, megapixels: int) -> Backend:
    """Return the graph in this process. folder: of the models. megapixels: larger pictures are refused."""
    from serve.embedder import FileEmbedder

    decoders = decoders_of(Settings(megapixels=megapixels))
    loaded, embedder = LoadedModels.read(folder, comparators=True), FileEmbedder(decoders)
    one_at_a_time = asyncio.Lock()  # concurrent passes of the backbone would compete for the cores

    async def embed(files: list[bytes]) -> Embedded:
        async with one_at_a_time:
            [embedded] = await asyncio.to_thread(embedder.embed, [files], loaded.models)
        return embedded

    def known_artist(_: str, works: Attribution) -> KnownArtist:
        return known_artist_of_set(loaded.models, works)

    def order(_: str, works: Attribution, artist: str, known: KnownDates, given: bool) -> Order | None:
        return order_attributed(loaded, works, artist, known, given)

    def of_models(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        return in_thread(partial(function, loaded))

    steps = Steps(
        embed=embed,
        attribute=of_models(attribute_embedded),
        known_artist=in_thread(known_artist),
        order=in_thread(order),
    )
    return Backend(
        steps=steps,
        verify=of_models(verify_embedded),
        previews=in_thread(partial(preview_files, decoders)),
        artists=of_models(artist_list),
        model_card=of_models(model_card),
        references=of_models(reference_list),
        thumbnails=of_models(thumbnails_of),
        ready=in_thread(lambda: models_used(loaded.models)),
    )


def in_thread(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Return the function as one that runs in a thread."""

    async def call(*arguments: Any) -> Any:
        return await asyncio.to_thread(function, *arguments)

    return call
