"""From uploaded files to an answer: the steps of the graph in their order, and what to do when one is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
from ray.exceptions import ActorDiedError, ActorUnavailableError

from lib.attribution.linear_head import KNOWN_SHARE, vote
from lib.dating.sets import Attribution, Known, Order, known_artist
from lib.infra.errors import UserError
from serve.answers import (
    Artist,
    ArtistList,
    AttributeAnswer,
    Attributed,
    Group,
    ModelCard,
    ModelsUsed,
    Nearest,
    Painting,
    Rejected,
    Share,
    SortAnswer,
)
from serve.latest import ModelsChanged

CHUNK = 16  # pictures handed to one replica of the embedder: a large set is embedded by several
ATTEMPTS = 5  # of a set whose models changed or whose replica died under it
RUNNERS_UP = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Embedded:
    """embeddings: (n, dimensions) of the pictures. reasons: of the others, by place in the list of files.

    named: probabilities (n, artists of the head) by the artist network; None where there is none. version: of the
    models that were used.
    """

    embeddings: np.ndarray
    named: np.ndarray | None
    reasons: dict[int, str]
    version: str


@dataclass(frozen=True)
class Request:
    """A set to sort. files: bytes by name. mixed: attribute each work and sort each artist's works on their own."""

    files: dict[str, bytes]
    artist: str | None = None
    known: Known = field(default_factory=dict)
    mixed: bool = False


class Steps(Protocol):
    """What the deployments do, wherever it is done. Arguments are given by place."""

    async def embed(self, pictures: list[bytes], /) -> Embedded:
        """Decode and embed files."""

    async def attribute(
        self, version: str, vectors: np.ndarray, named: np.ndarray | None, files: list[str], /
    ) -> tuple[Attribution, ModelsUsed]:
        """Attribute works."""

    async def order(self, version: str, attribution: Attribution, artist: str, known: Known, /) -> Order | None:
        """Date and order works of one artist."""

    async def artists(self) -> ArtistList:
        """List the artists the models know."""

    async def card(self, name: str) -> ModelCard:
        """Return the model card of an artist."""

    async def ready(self) -> ModelsUsed:
        """Return the models in use. Raises NotReady where there are none."""


class NoPicture(UserError):
    """None of the files is a picture."""


@dataclass(frozen=True)
class Opened:
    """The attributed works of a request, and the files that are no pictures."""

    attribution: Attribution
    rejected: list[Rejected]
    models: ModelsUsed


async def persist(work: Callable[[], Awaitable[T]]) -> T:
    """Return what `work` does, begun again when models change or a replica dies under it: it has no side effect."""
    for attempt in range(ATTEMPTS):
        try:
            return await work()
        except (ModelsChanged, ActorDiedError, ActorUnavailableError):
            if attempt == ATTEMPTS - 1:
                raise
            await asyncio.sleep(0.2 * 2**attempt)
    raise AssertionError("unreachable")


async def sort_set(steps: Steps, request: Request) -> SortAnswer:
    """Sort a set. Raises UserError where no file is a picture or the artist is not known."""
    return await persist(lambda: _sort_set(steps, request))


async def attribute_set(steps: Steps, request: Request) -> AttributeAnswer:
    """Attribute a set. Raises UserError where no file is a picture."""
    opened = await persist(lambda: open_set(steps, request))
    probabilities = opened.attribution.probabilities
    works = [
        Attributed(file=str(file), artists=shares(row.sort_values(ascending=False)))
        for file, row in probabilities.iterrows()
    ]
    who = about_artist(probabilities, artist=None)
    return AttributeAnswer(artist=who, works=works, rejected=opened.rejected, models=opened.models)


async def open_set(steps: Steps, request: Request) -> Opened:
    """Embed and attribute the files of a request."""
    names, pictures = list(request.files), list(request.files.values())
    chunks = [range(start, min(start + CHUNK, len(names))) for start in range(0, len(names), CHUNK)]
    parts = await asyncio.gather(*(steps.embed([pictures[row] for row in chunk]) for chunk in chunks))
    if len({part.version for part in parts}) > 1:
        raise ModelsChanged("replicas embedded with different models")
    reasons = {
        names[chunk[row]]: why for chunk, part in zip(chunks, parts, strict=True) for row, why in part.reasons.items()
    }
    good = [name for name in names if name not in reasons]
    if not good:
        first = next(iter(reasons))
        raise NoPicture(f"none of the {len(names)} files is a usable picture; {first}: {reasons[first]}")
    some = [part for part in parts if len(part.embeddings)]
    embeddings = np.concatenate([part.embeddings for part in some])
    by_network = [part.named for part in some if part.named is not None]
    named = np.concatenate(by_network) if by_network else None
    attribution, models = await steps.attribute(parts[0].version, embeddings, named, good)
    return Opened(attribution, [Rejected(file=file, reason=why) for file, why in reasons.items()], models)


async def _sort_set(steps: Steps, request: Request) -> SortAnswer:
    opened = await open_set(steps, request)
    parts = split(opened.attribution, artist=request.artist, mixed=request.mixed)
    version = opened.models.version
    orders = await asyncio.gather(*(steps.order(version, part, name, request.known) for name, part in parts.items()))
    groups = [
        about_group(part, order, artist=name, request=request)
        for (name, part), order in zip(parts.items(), orders, strict=True)
    ]
    return SortAnswer(groups=groups, rejected=opened.rejected, models=opened.models)


def split(attribution: Attribution, *, artist: str | None, mixed: bool) -> dict[str, Attribution]:
    """Return the works by artist: all under one name, or with `mixed` each under its likeliest, most works first."""
    probabilities = attribution.probabilities
    if not mixed:
        name = known_artist(artist, list(probabilities.columns)) if artist else str(vote(probabilities).index[0])
        return {name: attribution}
    likeliest = probabilities.idxmax(axis=1).to_numpy()
    names = pd.Series(likeliest).value_counts().sort_index().sort_values(ascending=False, kind="stable").index
    rows = {str(name): likeliest == name for name in names}
    return {name: Attribution(attribution.positions[row], probabilities[row]) for name, row in rows.items()}


def shares(votes: pd.Series) -> list[Share]:
    """Return the first artists of a vote."""
    return [Share(name=str(name), share=round(float(part), 4)) for name, part in votes.head(RUNNERS_UP).items()]


def about_artist(probabilities: pd.DataFrame, *, artist: str | None) -> Artist:
    """Return what works × artists say about `artist`, or about the one with most of the vote."""
    votes = vote(probabilities)
    name = artist or str(votes.index[0])
    return Artist(
        name=name,
        confidence=round(float(votes[name]), 4),
        vote_share=round(float((probabilities.idxmax(axis=1) == name).mean()), 4),
        verdict="known" if votes[name] >= KNOWN_SHARE else "unknown",
        given=False,
        runners_up=shares(votes.drop(name)),
    )


def about_group(attribution: Attribution, order: Order | None, *, artist: str, request: Request) -> Group:
    """Return the answer for the works of one artist."""
    probabilities = attribution.probabilities
    who = about_artist(probabilities, artist=artist).model_copy(update={"given": request.artist is not None})
    records = order.works.to_dict("records") if order else [{"file": file} for file in probabilities.index]
    paintings = [
        Painting(
            **{str(key): value for key, value in record.items() if key != "artist_probability"},
            known=bool(order) and record["file"] in request.known,
            artist_probability=round(float(probabilities[artist][record["file"]]), 4),
            artists=shares(probabilities.loc[record["file"]].sort_values(ascending=False)),
            nearest=[Nearest(**asdict(work)) for work in order.nearest[record["file"]]] if order else [],
        )
        for record in records
    ]
    about: dict[str, Any] = (
        {"first_year": order.first_year, "last_year": order.last_year, "scope": order.scope} if order else {}
    )
    return Group(artist=who, ordered=order is not None, paintings=paintings, **about)
