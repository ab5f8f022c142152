"""The shapes of the answers, which the OpenAPI page shows."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """The answer to every request that fails."""

    error: str = Field(description="One sentence: what is wrong, and what to do.")


class Share(BaseModel):
    """An artist and a part of the vote, 0 to 1."""

    name: str
    share: float


class Artist(BaseModel):
    """Who the works of a group are by."""

    name: str
    confidence: float = Field(description="Mean probability of this artist over the works, 0 to 1.")
    vote_share: float = Field(description="Part of the works whose likeliest artist this is, 0 to 1.")
    verdict: Literal["known", "unknown"] = Field(
        description="unknown: the likeliest artist is too unlikely; it may be somebody the models do not know."
    )
    given: bool = Field(description="The caller named the artist.")
    runners_up: list[Share]


class Nearest(BaseModel):
    """A dated work of the artist that the models learned from."""

    painting_id: str
    year: int
    similarity: float = Field(description="0 to 1, 1 being the same picture.")


class Painting(BaseModel):
    """A work in the order, oldest first. Without a comparator for the artist all but file and artists are null."""

    file: str
    position: int | None = Field(default=None, description="1 is the oldest.")
    tie_group: int | None = Field(default=None, description="Works of one group have no supported order.")
    score: float | None = Field(default=None, description="The estimated or known year, unrounded.")
    year: int | None = None
    low: float | None = Field(default=None, description="Begin of the 80 % interval.")
    high: float | None = Field(default=None, description="End of the 80 % interval.")
    beyond: bool | None = Field(
        default=None, description="The interval leaves the years of the artist's dated works (first_year to last_year)."
    )
    known: bool = Field(default=False, description="The caller gave the year.")
    artist_probability: float = Field(description="Of the artist that the group is sorted as, 0 to 1.")
    artists: list[Share] = Field(description="The likeliest artists of this work alone.")
    nearest: list[Nearest] = []


class Group(BaseModel):
    """Works sorted as works of one artist."""

    artist: Artist
    ordered: bool = Field(description="false: this artist has no comparator, so the works are not dated.")
    scope: Literal["own", "all artists"] | None = Field(
        default=None,
        description="own: by this artist's comparator. all artists: the artist has too few dated works, so the order "
        "is by what the careers of all artists have in common, little better than chance.",
    )
    first_year: int | None = Field(default=None, description="Of the dated works that the models learned from.")
    last_year: int | None = None
    paintings: list[Painting]


class Rejected(BaseModel):
    """A file that is not a usable picture."""

    file: str
    reason: str


class ModelsUsed(BaseModel):
    """What an answer was made with."""

    version: str
    dataset: str
    backbone: str


class SortAnswer(BaseModel):
    """One group, or with `mixed` one for each artist, most works first."""

    groups: list[Group]
    rejected: list[Rejected]
    models: ModelsUsed


class Attributed(BaseModel):
    """The artists of one work."""

    file: str
    artists: list[Share]


class AttributeAnswer(BaseModel):
    """The vote of all works, and each work on its own."""

    artist: Artist
    works: list[Attributed]
    rejected: list[Rejected]
    models: ModelsUsed


class ArtistLine(BaseModel):
    """An artist the models know. Without a comparator only the name is given."""

    name: str
    dated: bool = Field(description="There is a comparator, so works can be ordered.")
    works: int | None = Field(default=None, description="Dated works that the comparator learned from.")
    first_year: int | None = None
    last_year: int | None = None
    pair_accuracy: float | None = Field(default=None, description="Leave-one-out; a coin gives 0.5.")
    error_years: float | None = Field(default=None, description="Mean absolute error, leave-one-out.")
    error_years_median: float | None = Field(default=None, description="The same for always answering the median.")


class ArtistList(BaseModel):
    """All artists the models know."""

    artists: list[ArtistLine]
    models: ModelsUsed


class ModelCard(BaseModel):
    """The card of an artist's comparator as training wrote it."""

    card: dict[str, Any]
    models: ModelsUsed


class Health(BaseModel):
    """Alive, or ready with these models."""

    status: Literal["ok"]
    models: ModelsUsed | None = None
