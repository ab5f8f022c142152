"""From uploaded files to an answer: embed, attribute, order; and start again when a step is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np
from ray.exceptions import ActorDiedError, ActorUnavailableError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from lib.attribution.attribute import Attribution, split_by_artist, vote
from lib.attribution.verifier import KnownArtist
from lib.dating.known import KnownDates
from lib.dating.order import Order
from lib.infra.errors import UserError
from lib.models.recognise import Recognised, dates_of
from serve.answers import artist_of, first_shares, group_of
from serve.latest import ModelsChanged
from serve.schemas import AttributeAnswer, AttributedWork, ModelsUsed, Rejected, SortAnswer

CHUNK = 16  # files embedded by one replica at a time: several replicas share a large set


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


Attributed = tuple[Attribution, Recognised, ModelsUsed]


@dataclass(frozen=True)
class Steps:
    """The steps of the graph, as functions that may run in other processes.

    embed: decodes and embeds files. attribute: attributes embedded works with these file names, and recognises those
    that are in the catalogue. known_artist: whether works of one artist are by an artist whom the models of a version
    know. order: dates and orders the works as works of an artist, with the models of a version, and is told whether the
    caller named the artist; None where the artist has no comparator.
    """

    embed: Callable[[list[bytes]], Awaitable[Embedded]]
    attribute: Callable[[Embedded, list[str]], Awaitable[Attributed]]
    known_artist: Callable[[str, Attribution], Awaitable[KnownArtist]]
    order: Callable[[str, Attribution, str, KnownDates, bool], Awaitable[Order | None]]


@dataclass(frozen=True)
class Request:
    """A set to sort. files: contents by name. mixed: attribute each work and sort the works of each artist apart."""

    files: dict[str, bytes]
    artist: str | None = None
    known: KnownDates = field(default_factory=dict)
    mixed: bool = False


@dataclass(frozen=True)
class AttributedSet:
    """The attributed works among the files of a set, those in the catalogue, and the files that are not pictures."""

    attribution: Attribution
    recognised: Recognised
    rejected: list[Rejected]
    models: ModelsUsed


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
    attributed = await attribute_files(steps, request.files)
    by_artist = split_by_artist(attributed.attribution, artist=request.artist, mixed=request.mixed)
    version, given, recognised = attributed.models.version, request.artist is not None, attributed.recognised
    known = {**dates_of(recognised), **request.known}
    orders = await asyncio.gather(
        *(steps.order(version, works, artist, known, given) for artist, works in by_artist.items())
    )
    answers = await asyncio.gather(*(steps.known_artist(version, works) for works in by_artist.values()))
    groups = [
        group_of(works, order, artist=artist, known_artist=known_artist, given=given, recognised=recognised)
        for (artist, works), order, known_artist in zip(by_artist.items(), orders, answers, strict=True)
    ]
    return SortAnswer(groups=groups, rejected=attributed.rejected, models=attributed.models)


@restarted
async def attribute_set(steps: Steps, request: Request) -> AttributeAnswer:
    """Attribute a set. Raises UserError where no file is a picture."""
    attributed = await attribute_files(steps, request.files)
    probabilities = attributed.attribution.probabilities
    known_artist = await steps.known_artist(attributed.models.version, attributed.attribution)
    artist = str(vote(probabilities).index[0])
    return AttributeAnswer(
        artist=artist_of(probabilities, artist=artist, known_artist=known_artist, given=False),
        works=[
            AttributedWork(file=str(file), artists=first_shares(row.sort_values(ascending=False)))
            for file, row in probabilities.iterrows()
        ],
        rejected=attributed.rejected,
        models=attributed.models,
    )


async def attribute_files(steps: Steps, files: dict[str, bytes]) -> AttributedSet:
    """Embed files and attribute the pictures among them. Raises UserError where there are none."""
    embedded = await embed_files(steps, files)
    attribution, recognised, models = await steps.attribute(embedded, pictures_among(files, embedded))
    return AttributedSet(attribution, recognised, rejected_among(files, embedded), models)


async def embed_files(steps: Steps, files: dict[str, bytes]) -> Embedded:
    """Embed files chunk by chunk. Raises UserError where none is a picture."""
    contents = list(files.values())
    chunks = [contents[start : start + CHUNK] for start in range(0, len(contents), CHUNK)]
    embedded = joined(await asyncio.gather(*(steps.embed(chunk) for chunk in chunks)))
    if len(embedded.reasons) == len(files):
        first = rejected_among(files, embedded)[0]
        raise UserError(f"none of the {len(files)} files is a usable picture; {first.file}: {first.reason}")
    return embedded


def pictures_among(files: dict[str, bytes], embedded: Embedded) -> list[str]:
    """Return the names of the files that are pictures, in the order of their embeddings."""
    return [name for index, name in enumerate(files) if index not in embedded.reasons]


def rejected_among(files: dict[str, bytes], embedded: Embedded) -> list[Rejected]:
    """Return the files that are not pictures."""
    names = list(files)
    return [Rejected(file=names[index], reason=reason) for index, reason in embedded.reasons.items()]


def joined(chunks: list[Embedded]) -> Embedded:
    """Return the embedded chunks of a set, each of CHUNK files but the last, as one.

    Raises ModelsChanged where the chunks were embedded with different models.
    """
    if len({chunk.version for chunk in chunks}) > 1:
        raise ModelsChanged("replicas embedded with different models")
    reasons = {}
    for number, chunk in enumerate(chunks):
        for index, reason in chunk.reasons.items():
            reasons[number * CHUNK + index] = reason
    with_pictures = [chunk for chunk in chunks if len(chunk.embeddings)] or chunks[:1]
    probabilities = [chunk.network_probabilities for chunk in with_pictures if chunk.network_probabilities is not None]
    return Embedded(
        embeddings=np.concatenate([chunk.embeddings for chunk in with_pictures]),
        hashes=np.concatenate([chunk.hashes for chunk in with_pictures]),
        network_probabilities=np.concatenate(probabilities) if probabilities else None,
        reasons=reasons,
        version=chunks[0].version,
    )
