"""Answers of the service as linked data, without Ray and without models."""

import json
from typing import Any

import pytest

from lib.infra.errors import UserError
from serve.linked_data import Format, as_linked_data, site_of
from serve.schemas import Artist, Group, ModelsUsed, Nearest, Painting, SortAnswer
from tests.sources import painting as picture

FILES = {"a b.jpg": picture(1), "c/d.jpg": picture(2), "e.jpg": picture(3)}
NEAREST = Nearest(painting_id="n", year=1885, date="1885", similarity=0.9)
DATED: dict[str, Any] = {"tie_group": 1, "score": 1886.2, "year": 1886, "low": 1884.0, "high": 1890.0, "beyond": False}


def artist_of(name: str) -> Artist:
    return Artist(
        name=name,
        confidence=0.7,
        confidence_means="",
        vote_share=1,
        verdict="uncertain",
        known_probability=0.5,
        given=False,
        runners_up=[],
    )


def work_of(file: str, **more: Any) -> Painting:
    return Painting(file=file, artist_probability=0.7, artists=[], **more)


@pytest.fixture(scope="module")
def answer() -> SortAnswer:
    """Two works of an artist in order, and one of an artist without a comparator."""
    first = work_of("c/d.jpg", position=1, edtf="1884/1890~", nearest=[NEAREST], **DATED)
    second = work_of("a b.jpg", position=2, edtf="1888", known=True, **DATED)
    groups = [
        Group(artist=artist_of("A"), ordered=True, scope="own", paintings=[first, second]),
        Group(artist=artist_of("B"), ordered=False, paintings=[work_of("e.jpg")]),
    ]
    return SortAnswer(groups=groups, rejected=[], models=ModelsUsed(version="v", dataset="d", backbone="b"))


def document(answer: SortAnswer, format: Format) -> dict[str, Any]:
    site = site_of("https://example.org/set", format=format)
    assert site is not None
    return json.loads(bytes(as_linked_data(answer, FILES, format=format, site=site).body))


def test_a_manifest_has_the_works_of_every_group_in_order(answer: SortAnswer) -> None:
    manifest = document(answer, "iiif")
    bodies = [canvas["items"][0]["items"][0]["body"]["id"] for canvas in manifest["items"]]
    assert bodies == [f"https://example.org/set/{name}" for name in ("c/d.jpg", "a%20b.jpg", "e.jpg")]
    said = [canvas["annotations"][0]["items"][0]["body"]["value"] for canvas in manifest["items"]]
    assert said[0].startswith("If it is by A: about 1886, 80 % interval 1884 to 1890.")
    assert said[1].startswith("The date was given: 1888 (EDTF).")
    assert said[2].startswith("Not dated: the models cannot date works by B.")
    assert manifest["structures"][1]["label"] == {"en": ["B: not dated"]}


def test_linked_art_asserts_dates_only_where_they_were_computed(answer: SortAnswer) -> None:
    works = document(answer, "linked-art")["@graph"][:3]
    properties = [
        [assertion["assigned_property"] for assertion in work["produced_by"]["attributed_by"]] for work in works
    ]
    assert properties == [["carried_out_by", "timespan"], ["carried_out_by"], ["carried_out_by"]]


@pytest.mark.parametrize(
    ("published_at", "sentence"),
    [(None, "format=iiif needs published_at"), ("", "needs published_at"), ("here", "is no address of a folder")],
)
def test_linked_data_needs_the_address_of_the_pictures(published_at: str | None, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        site_of(published_at, format="iiif")
    assert site_of(published_at, format=None) is None
