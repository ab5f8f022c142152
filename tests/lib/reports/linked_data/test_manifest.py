"""Manifests of sorted sets, by the properties that the Presentation API 3.0 requires."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.attribution.verifier import KnownArtist
from lib.data.images import ImageHeader
from lib.fetch.presentation import read_document
from lib.fetch.records import Manifest
from lib.infra.errors import UserError
from lib.reports.linked_data.answer import ArtistAnswer
from lib.reports.linked_data.manifest import manifest_of
from lib.reports.linked_data.pictures import parse_site, published_picture
from tests.lib.reports.linked_data.orders import HEADER, MODELS, SITE, answer_of, pictures_of

FILES = ["a b.jpg", 'q"uo/te#?.jpg', "naïve ü%20.jpg", "d.jpg"]
# Properties that a resource must have, by type: https://iiif.io/api/presentation/3.0/#a-summary-of-property-requirements
REQUIRED = {
    "Manifest": {"id", "type", "label", "items"},
    "Canvas": {"id", "type"},
    "AnnotationPage": {"id", "type", "items"},
    "Annotation": {"id", "type", "motivation", "body", "target"},
    "Range": {"id", "type", "items"},
    "Image": {"id", "type"},
    "TextualBody": {"type", "value"},
    "ImageService3": {"id", "type"},
}
LANGUAGE_MAPS = ("label", "summary", "value")


def made(answers: list[ArtistAnswer], **columns: str) -> dict[str, Any]:
    """Return the manifest as a viewer reads it."""
    files = [work.file for answer in answers for work in answer.works]
    manifest = manifest_of(answers, pictures_of(files, **columns), site=SITE, models=MODELS)
    return json.loads(json.dumps(manifest))


def resources(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document that has a type."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for value in node.values():
            yield from resources(value)
    elif isinstance(node, list):
        for value in node:
            yield from resources(value)


def comment(canvas: dict[str, Any]) -> str:
    """Return the text of the annotation about a canvas."""
    return canvas["annotations"][0]["items"][0]["body"]["value"]


def label_of(node: dict[str, Any]) -> str:
    """Return the label of a node, which has one language."""
    ((label,),) = node["label"].values()
    return label


def assert_valid(manifest: dict[str, Any]) -> None:
    """Check what the Presentation API says that a manifest must be."""
    assert manifest["@context"] == "http://iiif.io/api/presentation/3/context.json"
    own = [node["id"] for node in resources(manifest) if "id" in node and len(node) > 2]
    assert len(own) == len(set(own))
    for node in resources(manifest):
        assert REQUIRED[node["type"]] <= set(node), node
        if "id" in node:
            address = urlsplit(node["id"])
            assert address.scheme in ("http", "https") and address.netloc
            assert re.fullmatch(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+", node["id"]), "a fragment, or not encoded"
        for name in LANGUAGE_MAPS:
            if name in node and node["type"] != "TextualBody":
                assert all(isinstance(text, str) for texts in node[name].values() for text in texts)
    canvases = {canvas["id"]: canvas for canvas in manifest["items"]}
    for canvas in canvases.values():
        assert isinstance(canvas["width"], int) and isinstance(canvas["height"], int)
        (painting,) = canvas["items"][0]["items"]
        assert (painting["motivation"], painting["target"]) == ("painting", canvas["id"])
        (said,) = canvas["annotations"][0]["items"]
        assert said["motivation"] != "painting" and said["target"] == canvas["id"]
    ranged = [node["id"] for node in resources(manifest["structures"]) if node["type"] == "Canvas"]
    assert ranged == list(canvases)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=8, unique=True))
def test_the_canvases_are_the_works_in_order_whatever_their_names(files: list[str]) -> None:
    manifest = made([answer_of(files)])
    assert_valid(manifest)
    assert [unquote(canvas["id"].removeprefix(f"{SITE.address}/canvas/")) for canvas in manifest["items"]] == files
    bodies = [canvas["items"][0]["items"][0]["body"]["id"] for canvas in manifest["items"]]
    assert [unquote(body.removeprefix(f"{SITE.address}/")) for body in bodies] == files


def test_a_canvas_shows_the_picture_and_says_the_estimate_and_what_it_rests_on() -> None:
    canvas = made([answer_of(FILES)], Title="Haystacks")["items"][0]
    assert (canvas["width"], canvas["height"], canvas["label"]) == (4000, 3000, {"none": ["Haystacks"]})
    body = canvas["items"][0]["items"][0]["body"]
    assert body == {
        "id": "https://example.org/pictures/a%20b.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": 4000,
        "height": 3000,
    }
    said = comment(canvas)
    assert said.startswith("Taken for a work by Maria Muster: about 1880, 80 % interval 1877 to 1884.")
    assert "70 % of their vote" in said and "95 % at even odds" in said and MODELS.version in said
    pairs = {
        pair["label"].get("en", pair["label"].get("none"))[0]: pair["value"]["none"][0] for pair in canvas["metadata"]
    }
    assert pairs["Estimated date (EDTF)"] == "1877/1884~"
    assert (pairs["Most similar dated work"], pairs["Title"]) == ("near/1.jpg, 1885-87", "Haystacks")


def test_only_a_date_that_the_user_gave_is_a_nav_date() -> None:
    first, *_, last = made([answer_of(FILES, known=["d.jpg"])])["items"]
    assert "navDate" not in first
    assert last["navDate"] == "1888-01-01T00:00:00Z"
    assert comment(last).startswith("The date was given: 1888 (EDTF).")


@pytest.mark.parametrize(
    ("named", "verdict", "words"),
    [
        (True, KnownArtist("known", 0.9), ("If it is by Maria Muster:", "The name was given")),
        (False, KnownArtist("uncertain", 0.5), ("If it is by Maria Muster:", "may or may not be one of those")),
        (False, KnownArtist("uncertain", None), ("If it is by Maria Muster:", "was not measured")),
        (False, KnownArtist("unknown", 0.1), ("If it is by Maria Muster:", "do not rely on the name or the years")),
    ],
)
def test_the_comment_claims_no_more_than_the_answer(named: bool, verdict: KnownArtist, words: tuple[str, ...]) -> None:
    said = comment(made([answer_of(FILES, given=named, verdict=verdict)])["items"][0])
    assert said.startswith(words[0]) and words[1] in said


def test_tie_groups_are_ranges_of_their_artist() -> None:
    manifest = made([answer_of(FILES), answer_of(["e.jpg"])])
    assert_valid(manifest)
    first, second = manifest["structures"]
    assert [len(group["items"]) for group in first["items"]] == [3, 1]
    assert [label_of(group) for group in first["items"]] == [
        "Group 1: about 1880 to 1882",
        "Group 2: about 1883",
    ]
    assert second["items"][0]["items"][0]["id"] == f"{SITE.address}/canvas/e.jpg"


@pytest.mark.parametrize("version", [2, 3])
def test_a_picture_with_an_image_service_is_shown_by_it(version: int) -> None:
    service = f"https://museum.example/iiif/{version}/77"
    manifest = made([answer_of(["a.jpg"])], Address=f"{service}/info.json")
    body = manifest["items"][0]["items"][0]["items"][0]["body"]
    assert body["id"] == f"{service}/full/max/0/default.jpg"
    own, kind = ("@id", "@type") if version == 2 else ("id", "type")
    assert body["service"] == [{own: service, kind: f"ImageService{version}"}]
    assert "width" not in body  # of the file, not of what the service sends


def test_a_manifest_can_be_fetched_again_and_no_estimate_comes_back_as_a_date() -> None:
    manifest = made([answer_of(FILES, known=["d.jpg"])])
    read = read_document(manifest, manifest["id"])
    assert isinstance(read, Manifest)
    assert [work.source for work in read.works] == [SITE.picture(file) for file in FILES]
    assert [work.columns.get("date") for work in read.works] == [None, None, None, "1888"]


def test_a_picture_elsewhere_keeps_its_address_and_what_is_no_address_is_a_column() -> None:
    def address(text: str) -> str:
        return published_picture("a.jpg", header=HEADER, site=SITE, columns={"address": text}).address

    assert address("https://x.org/1.jpg") == "https://x.org/1.jpg"
    assert address("Main Street 1") == f"{SITE.address}/a.jpg"


@pytest.mark.parametrize("text", ["pictures", "ftp://x.org/a", "https://", "https://x.org/?a=1", "https://[x", ""])
def test_what_is_no_address_of_a_folder_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--published-at .* is no address of a folder on the web"):
        parse_site(text, option="--published-at")


def test_a_file_without_a_known_media_type_is_shown_without_one() -> None:
    header = ImageHeader(width=1, height=2, media_type=None)
    picture = published_picture("a", header=header, site=SITE, columns={})
    canvas = manifest_of([answer_of(["a"])], {"a": picture}, site=SITE, models=MODELS)["items"][0]
    assert "format" not in canvas["items"][0]["items"][0]["body"]
