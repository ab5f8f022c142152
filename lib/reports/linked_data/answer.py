"""What is said of sorted works, in the one form that the manifest and Linked Art are written from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib.attribution.verifier import KnownArtist
from lib.dating.artist_comparator import Scope
from lib.dating.order import DatedWork, Order
from lib.models.store import ModelSet


@dataclass(frozen=True)
class Dating:
    """When a work was made. The fields are columns of Order.works; tie_group counts within the artist's works."""

    tie_group: int
    year: int
    low: float
    high: float
    edtf: str
    known: bool
    beyond: bool

    @property
    def first_year(self) -> int:
        """Return the first whole year of the interval; as in `edtf`, its ends are rounded outwards."""
        return math.floor(self.low)

    @property
    def last_year(self) -> int:
        """Return the last whole year of the interval."""
        return math.ceil(self.high)


@dataclass(frozen=True)
class AnsweredWork:
    """A work of a sorted set.

    artist_probability: of the artist by this work alone; None where it was not kept. dating: None where the artist has
    no comparator. nearest: the evidence for it.
    """

    file: str
    artist_probability: float | None
    dating: Dating | None
    nearest: Sequence[DatedWork]


@dataclass(frozen=True)
class ArtistAnswer:
    """Works that are sorted as works of one artist, in order.

    given: whether the artist was named to the models. share: the artist's share of the vote. known: whether the works
    are by an artist whom the models know. scope: of the comparator.
    """

    artist: str
    given: bool
    share: float
    known: KnownArtist
    scope: Scope | None
    works: Sequence[AnsweredWork]

    @property
    def is_doubtful(self) -> bool:
        """Return whether nobody named the artist and the models do not say that it is one whom they know."""
        return not self.given and self.known.verdict != "known"

    @property
    def is_averaged(self) -> bool:
        """Return whether the date is one over the likely artists, as that of a single work is."""
        return not self.given and len(self.works) == 1

    @property
    def is_refuted(self) -> bool:
        """Return whether the models say that the works are by none of the artists whom they know."""
        return self.known.verdict == "unknown"


@dataclass(frozen=True)
class ModelsUsed:
    """The models that made an answer. dataset: the fingerprint of what they learned from."""

    version: str
    dataset: str
    backbone: str


def models_of(models: ModelSet) -> ModelsUsed:
    """Return what an answer says of the models that made it."""
    return ModelsUsed(version=models.version, dataset=models.provenance.dataset, backbone=models.provenance.backbone)


def answer_of_order(order: Order, *, artist: str, given: bool, share: float, known: KnownArtist) -> ArtistAnswer:
    """Return what an order says of its works. share: of `artist` in the vote, 0 to 1."""
    works = tuple(
        AnsweredWork(
            file=row["file"],
            artist_probability=row["artist_probability"],
            dating=dating_of(row),
            nearest=order.nearest[row["file"]],
        )
        for row in order.works.to_dict("records")
    )
    return ArtistAnswer(artist=artist, given=given, share=share, known=known, scope=order.scope, works=works)


def dating_of(row: dict[Any, Any]) -> Dating:
    """Return the dating in a row of Order.works."""
    return Dating(
        tie_group=row["tie_group"],
        year=row["year"],
        low=row["low"],
        high=row["high"],
        edtf=row["edtf"],
        known=row["known"],
        beyond=row["beyond"],
    )


def date_sentence(work: AnsweredWork, answer: ArtistAnswer) -> str:
    """Return the date of a work in one sentence, with the condition under which it holds."""
    dating = work.dating
    if dating is None:
        return f"Not dated: the models cannot date works by {answer.artist}."
    if dating.known:
        return f"The date was given: {dating.edtf} (EDTF)."
    interval = f"{dating.first_year} to {dating.last_year}"
    beyond = ", which leaves the years of the artist's dated works" if dating.beyond else ""
    return f"{condition_of(answer)}: about {dating.year}, 80 % interval {interval}{beyond}."


def condition_of(answer: ArtistAnswer) -> str:
    """Return the condition under which the dates of an answer hold, as the beginning of a sentence."""
    if answer.is_averaged:
        return "Averaged over its likely artists"
    return f"{'If it is' if answer.given or answer.is_doubtful else 'Taken for a work'} by {answer.artist}"


def artist_sentences(answer: ArtistAnswer) -> str:
    """Return who the artist is taken to be, and how far that can be relied on."""
    if answer.given:
        named = f"The name was given; the models give {answer.artist} {percent(answer.share)} of their vote."
    else:
        named = (
            f"The models name {answer.artist}, with {percent(answer.share)} of their vote among the artists they know."
        )
    if answer.known.probability is None:
        return f"{named} Whether the artist is one of those was not measured."
    verdicts = {
        "known": "is probably one of those whom the models know",
        "unknown": "is probably none of those whom the models know: do not rely on the name or the years",
    }
    verdict = verdicts.get(answer.known.verdict, "may or may not be one of those whom the models know")
    return f"{named} The artist {verdict} (probability {percent(answer.known.probability)} at even odds)."


def trend_sentence(answer: ArtistAnswer) -> str:
    """Return what to expect of a date that rests on the shared trend; nothing for a comparator of the artist's own."""
    if answer.scope != "all artists":
        return ""
    return f"{answer.artist} has too few dated works: the years rest on the career trend shared by all artists."


def models_sentence(models: ModelsUsed) -> str:
    """Return what made the answer."""
    return f"Computed by oeuvre with models {models.version} ({models.backbone}), trained on dataset {models.dataset}."


def percent(share: float) -> str:
    """Return a share, 0 to 1, in whole percent."""
    return f"{100 * share:.0f} %"
