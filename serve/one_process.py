"""The graph of serve/app.py in one process, without Ray: a baseline for benchmarks and tests."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from serve.api import Backend
from serve.app import decoders_of, verify_embedded
from serve.latest import LoadedModels
from serve.pictures import preview_files
from serve.pipeline import Embedded, Steps
from serve.reference_works import reference_list, thumbnails_of
from serve.schemas import artist_list, model_card, models_used
from serve.settings import Settings
from serve.sorting import attribute_embedded, sort_embedded


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

    def of_models(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        return in_thread(partial(function, loaded))

    steps = Steps(embed=embed, sort=of_models(sort_embedded), attribute=of_models(attribute_embedded))
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
