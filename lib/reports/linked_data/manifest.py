"""A manifest of the IIIF Presentation API 3: the pictures of a sorted set in order, with their dates as annotations.

The manifest is written here, because iiif-prezi3 3.1.1, which could write it, allows no Pillow above 12.0.0, and Pillow
decodes the files of strangers.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from lib.reports.linked_data.answer import (
    AnsweredWork,
    ArtistAnswer,
    ModelsUsed,
    artist_sentences,
    date_sentence,
    models_sentence,
    trend_sentence,
)
from lib.reports.linked_data.pictures import Picture, Site

MANIFEST_CONTEXT = "http://iiif.io/api/presentation/3/context.json"
MANIFEST_FILE = "manifest.json"

Node = dict[str, Any]


def manifest_of(
    answers: Sequence[ArtistAnswer], pictures: Mapping[str, Picture], *, site: Site, models: ModelsUsed
) -> Node:
    """Return the manifest of sorted works, artist by artist. pictures: by file."""
    works = [(work, answer) for answer in answers for work in answer.works]
    artists = ", ".join(answer.artist for answer in answers)
    return {
        "@context": MANIFEST_CONTEXT,
        "id": site.of(MANIFEST_FILE),
        "type": "Manifest",
        "label": text(f"{len(works)} works in order, sorted as works of {artists}"),
        "summary": text(" ".join([*map(artist_sentences, answers), models_sentence(models)])),
        "metadata": [
            pair("Models", models.version),
            pair("Dataset", models.dataset),
            pair("Backbone", models.backbone),
        ],
        "items": [canvas_of(work, answer, pictures[work.file], site=site, models=models) for work, answer in works],
        "structures": [range_of_artist(answer, number, site=site) for number, answer in enumerate(answers, start=1)],
    }


def canvas_of(work: AnsweredWork, answer: ArtistAnswer, picture: Picture, *, site: Site, models: ModelsUsed) -> Node:
    """Return the canvas of a work: its picture, what is known of it, and its date as an annotation."""
    own, header = canvas_id(work, site), picture.header
    title = next((value for name, value in picture.columns.items() if name.lower() == "title" and value), work.file)
    canvas = {
        "id": own,
        "type": "Canvas",
        "label": text(title, language="none"),
        "width": header.width,
        "height": header.height,
        "metadata": list(pairs_of(work, answer, picture)),
        "items": [page(f"{own}/page", painting(f"{own}/picture", body_of(picture), target=own))],
        "annotations": [page(f"{own}/dates", comment_of(work, answer, own=own, models=models))],
    }
    if nav_date := nav_date_of(work):
        canvas["navDate"] = nav_date
    return canvas


def nav_date_of(work: AnsweredWork) -> str | None:
    """Return the year of a work as a navDate, where the user gave it.

    An estimate gets none: readers of manifests take a navDate for the work's date.
    """
    dating = work.dating
    if dating is None or not dating.known or not dating.edtf.isdecimal():
        return None
    return f"{dating.edtf}-01-01T00:00:00Z"


def pairs_of(work: AnsweredWork, answer: ArtistAnswer, picture: Picture) -> Iterator[Node]:
    """Yield what is known of a work as labels and values: the answer's first, then the user's own columns."""
    yield pair("File", work.file)
    yield pair("Sorted as a work of", answer.artist)
    if work.artist_probability is not None:
        yield pair("Probability of this artist, among those whom the models know", f"{work.artist_probability:.2f}")
    if work.dating:
        yield pair("Date given (EDTF)" if work.dating.known else "Estimated date (EDTF)", work.dating.edtf)
    for nearest in work.nearest[:1]:
        yield pair("Most similar dated work", f"{nearest.painting_id}, {nearest.date}")
    for name, value in picture.columns.items():
        if value:
            yield {"label": text(name, language="none"), "value": text(value, language="none")}


def comment_of(work: AnsweredWork, answer: ArtistAnswer, *, own: str, models: ModelsUsed) -> Node:
    """Return the annotation that says when a work was made, and what that rests on."""
    sentences = [date_sentence(work, answer), artist_sentences(answer)]
    if work.dating and not work.dating.known:
        sentences.append(trend_sentence(answer))
    sentences.append(models_sentence(models))
    body = {"type": "TextualBody", "format": "text/plain", "language": "en", "value": " ".join(filter(None, sentences))}
    return {"id": f"{own}/date", "type": "Annotation", "motivation": "commenting", "body": body, "target": own}


def body_of(picture: Picture) -> Node:
    """Return the picture as the body of an annotation. What a service sends at full size is not known, so not said."""
    body: Node = {"id": picture.address, "type": "Image"}
    if picture.service:
        return body | {"format": "image/jpeg", "service": [service_of(picture.service)]}
    if picture.header.media_type:
        body["format"] = picture.header.media_type
    return body | {"width": picture.header.width, "height": picture.header.height}


def service_of(address: str) -> Node:
    """Return an image service, of version 3 where its address says so and else of version 2, the commonest.

    Viewers go by what the service says of itself.
    """
    if "/3/" in address:
        return {"id": address, "type": "ImageService3"}
    return {"@id": address, "@type": "ImageService2"}


def range_of_artist(answer: ArtistAnswer, number: int, *, site: Site) -> Node:
    """Return the range of an artist's works: a range for each tie group, in order; without dates the works alone."""
    if not all(work.dating for work in answer.works):
        return range_node(site.of("range", str(number)), f"{answer.artist}: not dated", references(answer.works, site))
    by_group = groupby(answer.works, key=lambda work: work.dating.tie_group if work.dating else 0)
    groups = [
        range_node(site.of("range", str(number), str(group)), group_label(group, list(works)), references(works, site))
        for group, works in ((group, list(works)) for group, works in by_group)
    ]
    label = f"{answer.artist}, oldest first; within a group the order is not supported"
    return range_node(site.of("range", str(number)), label, groups)


def group_label(group: int, works: Sequence[AnsweredWork]) -> str:
    """Return the number of a tie group with the years of its first and last work."""
    years = [work.dating.year for work in works if work.dating]
    return f"Group {group}: about {years[0]}" + (f" to {years[-1]}" if years[-1] != years[0] else "")


def references(works: Sequence[AnsweredWork], site: Site) -> list[Node]:
    """Return references to the canvases of works."""
    return [{"id": canvas_id(work, site), "type": "Canvas"} for work in works]


def canvas_id(work: AnsweredWork, site: Site) -> str:
    """Return the identifier of a work's canvas, which a work keeps when the set is sorted again."""
    return site.of("canvas", work.file)


def range_node(own: str, label: str, items: list[Node]) -> Node:
    """Return a range."""
    return {"id": own, "type": "Range", "label": text(label), "items": items}


def painting(own: str, body: Node, *, target: str) -> Node:
    """Return the annotation that puts a picture on its canvas."""
    return {"id": own, "type": "Annotation", "motivation": "painting", "body": body, "target": target}


def page(own: str, annotation: Node) -> Node:
    """Return a page of one annotation."""
    return {"id": own, "type": "AnnotationPage", "items": [annotation]}


def pair(label: str, value: str) -> Node:
    """Return an English label with a value of no language."""
    return {"label": text(label), "value": text(value, language="none")}


def text(value: str, *, language: str = "en") -> Node:
    """Return a text as a language map."""
    return {language: [value]}
