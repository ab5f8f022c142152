"""The JSON and CSV answers of the service: their fields, which the OpenAPI page shows, and how models fill them."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from lib.attribution.verifier import Verdict
from lib.dating.artist_comparator import ComparatorMetadata, Scope
from lib.models.store import ModelSet
from serve.latest import LoadedModels


class Problem(BaseModel):
    """The answer to every request that fails."""

    error: str = Field(description="One sentence: what is wrong and what to do.")


class Share(BaseModel):
    """An artist and this artist's share of the vote, 0 to 1."""

    name: str
    share: float


class Artist(BaseModel):
    """The artist of a group of works."""

    name: str
    confidence: float = Field(
        description="Mean probability of this artist over the works, 0 to 1, if they are by an artist whom the models "
        "know."
    )
    confidence_means: str = Field(description="The same in a sentence, with the chance that they are.")
    vote_share: float = Field(description="Fraction of the works whose most likely artist this is, 0 to 1.")
    verdict: Verdict = Field(
        description="Whether the works are by an artist whom the models know; uncertain where the odds are below two "
        "to one either way."
    )
    known_probability: float | None = Field(
        description="Probability that they are, at even odds before they were seen; null where the models know too few "
        "artists to calibrate one."
    )
    given: bool = Field(description="Whether the caller named the artist.")
    runners_up: list[Share]


class Nearest(BaseModel):
    """A dated work by the artist that the models learned from."""

    painting_id: str
    year: int = Field(description="The middle of its dates.")
    date: str = Field(description="As its catalogue writes it.")
    similarity: float = Field(description="0 to 1; 1 means the same picture.")
    columns: dict[str, str] = Field(default_factory=dict, description="The catalogue's own columns.")


class CatalogueWork(BaseModel):
    """A work that the models learned from and that shows the same picture."""

    painting_id: str
    artist: str
    date: str = Field(description="As its catalogue writes it.")
    columns: dict[str, str] = Field(description="The catalogue's own columns.")


class Painting(BaseModel):
    """A work in the order, oldest first. Without a comparator, only file, artist_probability and artists are set."""

    file: str
    position: int | None = Field(default=None, description="1 is the oldest.")
    tie_group: int | None = Field(default=None, description="The order within a group is not reliable.")
    score: float | None = Field(default=None, description="The estimated or known year, unrounded.")
    year: int | None = None
    low: float | None = Field(default=None, description="Lower end of the 80 % interval.")
    high: float | None = Field(default=None, description="Upper end of the 80 % interval.")
    edtf: str | None = Field(
        default=None, description="The interval, or the known date, in the Extended Date/Time Format: 1886/1890~."
    )
    beyond: bool | None = Field(
        default=None,
        description="Whether the interval extends beyond the years of the artist's dated works "
        "(first_year to last_year).",
    )
    doubt: str = Field(
        default="",
        description="Why the year can hardly be: outside the artist's life as the catalogue records it or, where it "
        "records none, outside the years of the artist's dated works. Empty for no doubt.",
    )
    known: bool = Field(default=False, description="Whether the caller gave the date, or the catalogue has it.")
    in_catalogue: CatalogueWork | None = None
    outlier: bool = Field(
        default=False, description="Whether the work is unlike everything that the models learned from."
    )
    artist_probability: float = Field(description="Probability of the artist that the group is sorted as, 0 to 1.")
    artists: list[Share] = Field(description="The most likely artists of this work alone.")
    nearest: list[Nearest] = []


class Group(BaseModel):
    """Works sorted as works of one artist."""

    artist: Artist
    ordered: bool = Field(description="false: this artist has no comparator, so the works are not dated.")
    scope: Scope | None = Field(
        default=None,
        description="own: the artist's own comparator made the order. all artists: the artist has too few dated works, "
        "so the order rests on the career trend shared by all artists; it is little better than chance.",
    )
    first_year: int | None = Field(default=None, description="Of the dated works that the models learned from.")
    last_year: int | None = None
    temperature: float | None = Field(
        default=None,
        description="In years: a work is older than another with the probability "
        "1 / (1 + exp((its score - the other's) / temperature)). Known dates that do not meet decide by themselves.",
    )
    dated_as: list[str] = Field(
        default=[],
        description="Artists over whom the year and the interval of a single work are averaged, likeliest first.",
    )
    paintings: list[Painting]


class Rejected(BaseModel):
    """A file that is not a usable picture."""

    file: str
    reason: str


class ModelsUsed(BaseModel):
    """The models that made the answer."""

    version: str
    dataset: str
    backbone: str


class SortAnswer(BaseModel):
    """One group; with `mixed`, one for each artist, the artist with the most works first."""

    groups: list[Group]
    rejected: list[Rejected]
    models: ModelsUsed


class AttributedWork(BaseModel):
    """The most likely artists of one work."""

    file: str
    artists: list[Share]


class AttributeAnswer(BaseModel):
    """The vote of all works together, and the artists of each work alone."""

    artist: Artist
    works: list[AttributedWork]
    rejected: list[Rejected]
    models: ModelsUsed


class ArtistSummary(BaseModel):
    """An artist known to the models. Without a comparator, only the name is set."""

    name: str
    dated: bool = Field(description="Whether there is a comparator, so that works can be ordered.")
    works: int | None = Field(default=None, description="Dated works that the comparator learned from.")
    first_year: int | None = None
    last_year: int | None = None
    pair_accuracy: float | None = Field(default=None, description="Leave-one-out; chance is 0.5.")
    error_years: float | None = Field(default=None, description="Mean absolute error, leave-one-out.")
    error_years_median: float | None = Field(
        default=None, description="Mean absolute error of the baseline that always answers the median year."
    )


class ArtistList(BaseModel):
    """All artists known to the models."""

    artists: list[ArtistSummary]
    models: ModelsUsed


class Limits(BaseModel):
    """How much one request may send."""

    files: int
    file_mib: int
    request_mib: int


class ModelCard(BaseModel):
    """The metadata of an artist's comparator, as training wrote it."""

    card: dict[str, Any]
    models: ModelsUsed


class Health(BaseModel):
    """The service runs; when ready, with these models."""

    status: Literal["ok"]
    models: ModelsUsed | None = None


def models_used(models: ModelSet) -> ModelsUsed:
    """Return what an answer says of the models that made it."""
    return ModelsUsed(version=models.version, dataset=models.provenance.dataset, backbone=models.provenance.backbone)


def artist_list(loaded: LoadedModels) -> ArtistList:
    """Return all artists known to the models."""
    summaries = [artist_summary(artist, loaded.metadata(artist)) for artist in loaded.models.head.artists]
    return ArtistList(artists=summaries, models=models_used(loaded.models))


def artist_summary(artist: str, metadata: ComparatorMetadata | None) -> ArtistSummary:
    """Return an artist with the figures of the comparator, if there is one."""
    if metadata is None:
        return ArtistSummary(name=artist, dated=False)
    figures = metadata.loo
    return ArtistSummary(
        name=artist,
        dated=True,
        works=sum(metadata.works.values()),
        first_year=metadata.first_year,
        last_year=metadata.last_year,
        pair_accuracy=figures.pair_accuracy if figures else None,
        error_years=figures.mae_years if figures else None,
        error_years_median=figures.mae_years_median_baseline if figures else None,
    )


def model_card(loaded: LoadedModels, artist: str) -> ModelCard:
    """Return the metadata of an artist's comparator; without one, the name alone."""
    comparator = loaded.comparator(artist)
    card = comparator.metadata.model_dump(mode="json") if comparator else {"artist": artist, "comparator": None}
    return ModelCard(card=card, models=models_used(loaded.models))
