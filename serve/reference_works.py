"""GET /v1/references: the works that the models learned from, and their pictures."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from serve.latest import LoadedModels
from serve.pictures import data_url
from serve.schemas import ModelsUsed, models_used


class ReferenceWork(BaseModel):
    """A work that the models learned from."""

    painting_id: str
    date: str = Field(description="As its catalogue writes it.")
    earliest: int | None = Field(description="First year; null where the date is open on this side.")
    latest: int | None = Field(description="Last year.")
    columns: dict[str, str] = Field(description="The catalogue's own columns.")


class ReferenceList(BaseModel):
    """The works of an artist that the models learned from."""

    artist: str
    works: list[ReferenceWork]
    models: ModelsUsed


class Thumbnails(BaseModel):
    """Small pictures of works that the models learned from."""

    thumbnails: dict[str, str] = Field(description="JPEG as data URLs, by id; {} where the models keep no pictures.")


def reference_list(loaded: LoadedModels, artist: str) -> ReferenceList:
    """Return the reference works of an artist; none for an artist whom the models do not know."""
    works = [loaded.references.work(int(row)) for row in loaded.references.of(artist)]
    described = [
        ReferenceWork(
            painting_id=work.painting_id,
            date=work.dated.text,
            earliest=work.dated.earliest,
            latest=work.dated.latest,
            columns=work.columns,
        )
        for work in works
    ]
    return ReferenceList(artist=artist, works=described, models=models_used(loaded.models))


def thumbnails_of(loaded: LoadedModels, painting_ids: Sequence[str]) -> Thumbnails:
    """Return the thumbnails of reference works by id."""
    pictures = loaded.references.thumbnails(painting_ids)
    return Thumbnails(thumbnails={name: data_url(jpeg) for name, jpeg in pictures.items()})
