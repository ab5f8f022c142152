"""From uploaded files to an answer: embed, attribute, order; and start again when a step is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from ray.exceptions import ActorDiedError, ActorUnavailableError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from lib.attribution.attribute import Attribution, require_known_artist, vote
from lib.attribution.verifier import KnownArtist
from lib.dating.known import KnownDates
from lib.dating.order import Order
from lib.infra.errors import UserError
from serve.latest import ModelsChanged
from serve.schemas import (
    Artist,
    AttributeAnswer,
    AttributedWork,
    Group,
    ModelsUsed,
    Nearest,
    Painting,
    Rejected,
    Share,
    SortAnswer,
)

CHUNK = 16  # files embedded by one replica at a time: several replicas share a large set
SHOWN_ARTISTS = 5  # of a vote


@dataclass(frozen=True)
class Embedded:
    """The embedded pictures among some files.

    embeddings: (n, dimensions) of the pictures; (0, 0) without any. network_probabilities: (n, artists of the head) by
    the artist network, None where there is none. reasons: why the other files are not pictures, by index of the file.
    version: of the models used.
    """

    embeddings: np.ndarray
    network_probabilities: np.ndarray | None
    reasons: dict[int, str]
    version: str


@dataclass(frozen=True)
class Steps:
    """The steps of the graph, as functions that may run in other processes.

    embed: decodes and embeds files. attribute: attributes embedded works with these file names. known_artist: whether
    works of one artist are by an artist whom the models of a version know. order: dates and orders the works as works
    of an artist, with the models of a version; None where the artist has no comparator.
    """

    embed: Callable[[list[bytes]], Awaitable[Embedded]]
    attribute: Callable[[Embedded, list[str]], Awaitable[tuple[Attribution, ModelsUsed]]]
    known_artist: Callable[[str, Attribution], Awaitable[KnownArtist]]
    order: Callable[[str, Attribution, str, KnownDates], Awaitable[Order | None]]


@dataclass(frozen=True)
class Request:
    """A set to sort. files: contents by name. mixed: attribute each work and sort the works of each artist apart."""

    files: dict[str, bytes]
    artist: str | None = None
    known: KnownDates = field(default_factory=dict)
    mixed: bool = False


@dataclass(frozen=True)
class AttributedSet:
    """The attributed works among the files of a set, and the files that are not pictures."""

    attribution: Attribution
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
    """Sort a set. Raises UserError where no file is a picture or the models do not know the artist."""
    attributed = await attribute_files(steps, request.files)
    by_artist = split_by_artist(attributed.attribution, artist=request.artist, mixed=request.mixed)
    version, known = attributed.models.version, request.known
    orders = await asyncio.gather(*(steps.order(version, works, artist, known) for artist, works in by_artist.items()))
    answers = await asyncio.gather(*(steps.known_artist(version, works) for works in by_artist.values()))
    groups = [
        group_of(works, order, artist=artist, known_artist=known_artist, request=request)
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
    """Embed files chunk by chunk and attribute the pictures among them. Raises UserError where there are none."""
    names, contents = list(files), list(files.values())
    chunks = [contents[start : start + CHUNK] for start in range(0, len(contents), CHUNK)]
    embedded = joined(await asyncio.gather(*(steps.embed(chunk) for chunk in chunks)))
    rejected = [Rejected(file=names[index], reason=reason) for index, reason in embedded.reasons.items()]
    pictures = [name for index, name in enumerate(names) if index not in embedded.reasons]
    if not pictures:
        raise UserError(f"none of the {len(names)} files is a usable picture; {rejected[0].file}: {rejected[0].reason}")
    attribution, models = await steps.attribute(embedded, pictures)
    return AttributedSet(attribution, rejected, models)


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
        network_probabilities=np.concatenate(probabilities) if probabilities else None,
        reasons=reasons,
        version=chunks[0].version,
    )


def split_by_artist(attribution: Attribution, *, artist: str | None, mixed: bool) -> dict[str, Attribution]:
    """Return the works by artist: all as works of `artist`, or of the artist with the highest share of the vote.

    With `mixed`, each work goes to its most likely artist, and the artist with the most works comes first.
    """
    probabilities = attribution.probabilities
    if not mixed:
        if artist:
            return {require_known_artist(artist, list(probabilities.columns)): attribution}
        return {str(vote(probabilities).index[0]): attribution}
    artists = probabilities.idxmax(axis=1).to_numpy()
    names = pd.Series(artists).value_counts().sort_index().sort_values(ascending=False, kind="stable").index
    rows = {str(name): artists == name for name in names}
    return {name: Attribution(attribution.positions[row], probabilities[row]) for name, row in rows.items()}


def group_of(
    attribution: Attribution, order: Order | None, *, artist: str, known_artist: KnownArtist, request: Request
) -> Group:
    """Return the answer for the works of one artist."""
    probabilities = attribution.probabilities
    who = artist_of(probabilities, artist=artist, known_artist=known_artist, given=request.artist is not None)
    if order is None:
        unordered = [painting_of({"file": file}, probabilities, artist=artist) for file in probabilities.index]
        return Group(artist=who, ordered=False, paintings=unordered)
    paintings = [
        painting_of(
            work,
            probabilities,
            artist=artist,
            nearest=[Nearest(**asdict(dated)) for dated in order.nearest[work["file"]]],
        )
        for work in order.works.drop(columns="artist_probability").to_dict("records")
    ]
    return Group(
        artist=who,
        ordered=True,
        scope=order.scope,
        first_year=order.first_year,
        last_year=order.last_year,
        paintings=paintings,
    )


def painting_of(work: dict[Any, Any], probabilities: pd.DataFrame, *, artist: str, **more: Any) -> Painting:
    """Return the answer for a work with its `file` and, where it is ordered, its other columns of Order.works."""
    artists = probabilities.loc[work["file"]]
    return Painting(
        **work,
        artist_probability=round(float(artists[artist]), 4),
        artists=first_shares(artists.sort_values(ascending=False)),
        **more,
    )


def artist_of(probabilities: pd.DataFrame, *, artist: str, known_artist: KnownArtist, given: bool) -> Artist:
    """Return what the probabilities (works × artists) say of `artist` as the artist of the works."""
    votes = vote(probabilities)
    return Artist(
        name=artist,
        confidence=round(float(votes[artist]), 4),
        vote_share=round(float((probabilities.idxmax(axis=1) == artist).mean()), 4),
        verdict=known_artist.verdict,
        known_probability=rounded(known_artist.probability),
        confidence_means=confidence_means(known_artist, artists=probabilities.shape[1]),
        given=given,
        runners_up=first_shares(votes.drop(artist)),
    )


def confidence_means(known_artist: KnownArtist, *, artists: int) -> str:
    """Return what the confidence in an artist says, in one sentence."""
    among = f"Among the {artists} artists whom the models know"
    if known_artist.probability is None:
        return f"{among}; whether it is one of them was not measured."
    return f"{among}; that it is one of them has a probability of {known_artist.probability:.0%}, at even odds before."


def rounded(probability: float | None) -> float | None:
    """Return a probability to four digits."""
    return None if probability is None else round(probability, 4)


def first_shares(ordered: pd.Series) -> list[Share]:
    """Return the first artists of shares that are in order, highest first."""
    return [Share(name=str(name), share=round(float(share), 4)) for name, share in ordered.head(SHOWN_ARTISTS).items()]
