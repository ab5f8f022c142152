"""Sorted sets as linked data: a IIIF manifest, or Linked Art."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi.responses import JSONResponse

from lib.attribution.verifier import KnownArtist
from lib.data.images import read_header
from lib.dating.order import DatedWork
from lib.infra.errors import UserError
from lib.reports.linked_data.answer import AnsweredWork, ArtistAnswer, ModelsUsed, dating_of
from lib.reports.linked_data.linked_art import LINKED_ART_CONTEXT, linked_art_of
from lib.reports.linked_data.manifest import MANIFEST_CONTEXT, manifest_of
from lib.reports.linked_data.pictures import Site, parse_site, published_picture
from serve.schemas import Group, Painting, SortAnswer

Format = Literal["iiif", "linked-art"]
CONTEXTS: dict[Format, str] = {"iiif": MANIFEST_CONTEXT, "linked-art": LINKED_ART_CONTEXT}


def site_of(published_at: str | None, *, format: Format | None) -> Site | None:
    """Return where the pictures are published; None where no linked data is asked for. Raises UserError without one."""
    if format is None:
        return None
    if not published_at:
        raise UserError(f"format={format} needs published_at, the address under which the pictures are published")
    return parse_site(published_at, option="published_at")


def as_linked_data(answer: SortAnswer, files: Mapping[str, bytes], *, format: Format, site: Site) -> JSONResponse:
    """Return the sorted works as linked data. files: contents by name."""
    answers = [answer_of_group(group) for group in answer.groups]
    pictures = {
        work.file: published_picture(work.file, header=read_header(files[work.file]), site=site, columns={})
        for group in answers
        for work in group.works
    }
    models = ModelsUsed(**answer.models.model_dump())
    if format == "iiif":
        document = manifest_of(answers, pictures, site=site, models=models)
    else:
        document = linked_art_of(answers, pictures, site=site, models=models, computed=datetime.now(UTC))
    return JSONResponse(document, media_type=f'application/ld+json;profile="{CONTEXTS[format]}"')


def answer_of_group(group: Group) -> ArtistAnswer:
    """Return the answer for the works of one artist as linked data is written from it."""
    artist = group.artist
    return ArtistAnswer(
        artist=artist.name,
        given=artist.given,
        share=artist.confidence,
        known=KnownArtist(artist.verdict, artist.known_probability),
        scope=group.scope,
        works=tuple(answered(painting, ordered=group.ordered) for painting in group.paintings),
    )


def answered(painting: Painting, *, ordered: bool) -> AnsweredWork:
    """Return a work of a group as linked data is written from it."""
    row: dict[str, Any] = painting.model_dump()
    return AnsweredWork(
        file=painting.file,
        artist_probability=painting.artist_probability,
        dating=dating_of(row) if ordered else None,
        nearest=[DatedWork(**nearest) for nearest in row["nearest"]],
    )
