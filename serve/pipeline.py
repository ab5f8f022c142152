"""From uploaded files to an answer, by steps in other processes; and from the start again when one is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from ray.exceptions import ActorDiedError, ActorUnavailableError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from lib.dating.known import KnownDates
from lib.infra.errors import UserError
from serve.latest import ModelsChanged
from serve.schemas import AttributeAnswer, Rejected, SortAnswer

MOST_IN_CHUNK = 16  # files embedded by one replica at a time: several replicas share a large set


@dataclass(frozen=True)
class Embedded:
    """The embedded pictures among some files.

    embeddings: (n, dimensions) of the pictures; (0, 0) without any. hashes: (n,) perceptual hashes, which show whether
    two files are the same picture. network_probabilities: (n, artists of the head) by the artist network, None where
    there is none. reasons: why the other files are not pictures, by index of the file. version: of the models used.
    """

    embeddings: np.ndarray
    hashes: np.ndarray
    network_probabilities: np.ndarray | None
    reasons: dict[int, str]
    version: str


@dataclass(frozen=True)
class Request:
    """A set to sort. files: contents by name. mixed: attribute each work and sort the works of each artist apart."""

    files: dict[str, bytes]
    artist: str | None = None
    known: KnownDates = field(default_factory=dict)
    mixed: bool = False


@dataclass(frozen=True)
class EmbeddedSet:
    """A request whose files are embedded. names: of the pictures among them. rejected: the other files."""

    names: list[str]
    embedded: Embedded
    rejected: list[Rejected]
    artist: str | None
    known: KnownDates
    mixed: bool


@dataclass(frozen=True)
class Steps:
    """The steps of the graph, as functions that may run in other processes.

    embed: decodes and embeds files. sort, attribute: answer embedded sets with the models that embedded them.
    """

    embed: Callable[[list[bytes]], Awaitable[Embedded]]
    sort: Callable[[EmbeddedSet], Awaitable[SortAnswer]]
    attribute: Callable[[EmbeddedSet], Awaitable[AttributeAnswer]]


# A set is begun again when models change or a replica dies under it: no step has side effects.
restarted = retry(
    retry=retry_if_exception_type((ModelsChanged, ActorDiedError, ActorUnavailableError)),
    stop=stop_after_attempt(5),
    wait=wait_exponential(multiplier=0.2),
    reraise=True,
)


@restarted
async def sort_set(steps: Steps, request: Request) -> SortAnswer:
    """Sort a set.

    Raises UserError where no file is a picture, the models do not know the artist, or a mixed set is given one.
    """
    if request.artist and request.mixed:
        raise UserError("artist and mixed contradict each other; give one of them")
    return await steps.sort(await embed_set(steps, request))


@restarted
async def attribute_set(steps: Steps, request: Request) -> AttributeAnswer:
    """Attribute a set. Raises UserError where no file is a picture."""
    return await steps.attribute(await embed_set(steps, request))


async def embed_set(steps: Steps, request: Request) -> EmbeddedSet:
    """Embed the files of a request. Raises UserError where none is a picture."""
    embedded = await embed_files(steps, request.files)
    return EmbeddedSet(
        names=pictures_among(request.files, embedded),
        embedded=embedded,
        rejected=rejected_among(request.files, embedded),
        artist=request.artist,
        known=request.known,
        mixed=request.mixed,
    )


async def embed_files(steps: Steps, files: dict[str, bytes]) -> Embedded:
    """Embed files chunk by chunk. Raises UserError where none is a picture."""
    chunks = even_chunks(list(files.values()))
    embedded = joined(await asyncio.gather(*(steps.embed(chunk) for chunk in chunks)))
    if len(embedded.reasons) == len(files):
        first = rejected_among(files, embedded)[0]
        raise UserError(f"none of the {len(files)} files is a usable picture; {first.file}: {first.reason}")
    return embedded


def even_chunks(contents: list[bytes]) -> list[list[bytes]]:
    """Return so few chunks of the files, in order, that none is too large: of equal size, so that all end together."""
    count = -(-len(contents) // MOST_IN_CHUNK)
    limits = [len(contents) * number // count for number in range(count + 1)]
    return [contents[start:end] for start, end in pairwise(limits)]


def pictures_among(files: dict[str, bytes], embedded: Embedded) -> list[str]:
    """Return the names of the files that are pictures, in the order of their embeddings."""
    return [name for index, name in enumerate(files) if index not in embedded.reasons]


def rejected_among(files: dict[str, bytes], embedded: Embedded) -> list[Rejected]:
    """Return the files that are not pictures."""
    names = list(files)
    return [Rejected(file=names[index], reason=reason) for index, reason in embedded.reasons.items()]


def joined(chunks: list[Embedded]) -> Embedded:
    """Return the embedded chunks of a set as one.

    Raises ModelsChanged where the chunks were embedded with different models.
    """
    if len({chunk.version for chunk in chunks}) > 1:
        raise ModelsChanged("replicas embedded with different models")
    reasons: dict[int, str] = {}
    first = 0
    for chunk in chunks:
        reasons |= {first + index: reason for index, reason in chunk.reasons.items()}
        first += len(chunk.embeddings) + len(chunk.reasons)
    with_pictures = [chunk for chunk in chunks if len(chunk.embeddings)] or chunks[:1]
    probabilities = [chunk.network_probabilities for chunk in with_pictures if chunk.network_probabilities is not None]
    return Embedded(
        embeddings=np.concatenate([chunk.embeddings for chunk in with_pictures]),
        hashes=np.concatenate([chunk.hashes for chunk in with_pictures]),
        network_probabilities=np.concatenate(probabilities) if probabilities else None,
        reasons=reasons,
        version=chunks[0].version,
    )
