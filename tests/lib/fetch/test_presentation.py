from typing import Any

import pytest

from lib.fetch.presentation import read_document
from lib.fetch.records import Collection, Manifest, Work
from lib.fetch.texts import columns_of, pairs_of, text_of
from tests.iiif import canvas_2, canvas_3, manifest_2, manifest_3

AT = "https://museum.example/manifest"
SERVICE = "https://museum.example/iiif/1"


def works_of(document: dict[str, Any]) -> tuple[Work, ...]:
    manifest = read_document(document, AT)
    assert isinstance(manifest, Manifest)
    return manifest.works


def test_a_manifest_of_version_2() -> None:
    document = manifest_2(
        AT,
        [canvas_2(SERVICE, label="recto"), canvas_2(f"{SERVICE}b", metadata=[{"label": "Date", "value": "1851"}])],
        label=["View of a Mill"],
        attribution='<a href="https://museum.example">Museum</a> of\nInvented Art &amp; Design',
        license="https://creativecommons.org/publicdomain/zero/1.0/",
        metadata=[
            {"label": "Maker", "value": ["Edith Harrow", "Tobias Sorrel"]},
            {"label": [{"@value": "Datum", "@language": "de"}, {"@value": "Date", "@language": "en"}], "value": "1850"},
            {"label": "Medium", "value": {"@value": "<span>oil</span> on canvas", "@language": "en"}},
            {"label": "", "value": "nothing"},
            {"label": "Empty", "value": ""},
            "no pair",
        ],
    )
    first, second = works_of(document)
    assert first == Work(
        source=f"{SERVICE}/info.json",
        columns={
            "title": "View of a Mill", "artist": "Edith Harrow; Tobias Sorrel", "date": "1850",
            "Medium": "oil on canvas", "manifest": AT, "label": "View of a Mill", "canvas": "recto",
        },
        licence="https://creativecommons.org/publicdomain/zero/1.0/",
        rights="Museum of Invented Art & Design",
    )  # fmt: skip
    assert second.columns["date"] == "1851"  # the canvas knows better


def test_a_manifest_of_version_3() -> None:
    document = manifest_3(
        AT,
        [canvas_3(SERVICE, label={"none": ["1"]})],
        label={"de": ["Inv. 7"], "en": ["Inv. no. 7"]},
        rights="http://rightsstatements.org/vocab/NoC-NC/1.0/",
        requiredStatement={"label": {"en": ["Attribution"]}, "value": {"en": ["Museum of Invented Art"]}},
        navDate="1850-01-01T00:00:00Z",
        metadata=[
            {"label": {"de": ["Künstler/in"]}, "value": {"de": ["Edith Harrow"]}},
            {"label": {"de": ["Titel"]}, "value": {"de": ["Die Mühle"]}},
            {"label": {"en": ["Label"]}, "value": {"en": ["of the frame"]}},
        ],
    )
    (work,) = works_of(document)
    assert work == Work(
        source=f"{SERVICE}/info.json",
        columns={
            "title": "Die Mühle", "artist": "Edith Harrow", "metadata Label": "of the frame", "date": "1850",
            "manifest": AT, "label": "Inv. no. 7", "canvas": "1", "navDate": "1850-01-01T00:00:00Z",
        },
        licence="http://rightsstatements.org/vocab/NoC-NC/1.0/",
        rights="Museum of Invented Art",
    )  # fmt: skip


BROKEN: list[Any] = [
    None, 7, "canvas", [], {}, {"@id": "c", "images": []}, {"@id": "c", "images": [{}]}, {"images": {"resource": 3}},
    {"items": [{"items": [{"body": {"type": "Video", "id": "v.mp4"}}]}]}, {"id": "c", "items": "many"},
    {"images": [{"resource": {"@type": "oa:Choice", "default": None}}]},
]  # fmt: skip


@pytest.mark.parametrize("version", [2, 3])
def test_a_broken_canvas_is_a_failure_of_its_own(version: int) -> None:
    make, good = (manifest_2, canvas_2(SERVICE)) if version == 2 else (manifest_3, canvas_3(SERVICE))
    manifest = read_document(make(AT, [good, *BROKEN, good]), AT)
    assert isinstance(manifest, Manifest)
    assert len(manifest.works) == 2
    assert [each.reason for each in manifest.without] == ["its canvas has no picture"] * len(BROKEN)
    assert len({each.address for each in manifest.without}) > len(BROKEN) / 2  # by id, else by number


@pytest.mark.parametrize(
    ("canvas", "source"),
    [
        ({"images": [{"resource": {"@id": "http://a/1.jpg"}}]}, "http://a/1.jpg"),
        ({"images": [{"resource": {"@id": "http://a/1.jpg", "service": {"@id": "http://a/auth"}}}]}, "http://a/1.jpg"),
        (
            {"images": [{"resource": {"@type": "oa:Choice", "default": {"@id": "http://a/1.jpg"}, "item": []}}]},
            "http://a/1.jpg",
        ),
        (
            {"items": [{"items": [{"body": {"type": "Choice", "items": [{"type": "Image", "id": "http://a/2"}]}}]}]},
            "http://a/2",
        ),
        (
            {"items": [{"items": [{"body": {"type": "Image", "service": [{"@id": "s/", "@type": "ImageService2"}]}}]}]},
            "s/info.json",
        ),
    ],
)
def test_the_picture_of_a_canvas(canvas: dict, source: str) -> None:
    make = manifest_2 if "images" in canvas else manifest_3
    assert [work.source for work in works_of(make(AT, [canvas]))] == [source]


def test_a_manifest_without_canvases_says_so() -> None:
    documents: list[dict[str, Any]] = [
        {"sequences": []},
        {"sequences": None, "items": None},
        {"items": {}, "sequences": [None]},
    ]
    for broken in documents:
        manifest = read_document(manifest_2(AT, []) | broken, AT)
        assert isinstance(manifest, Manifest) and not manifest.works and manifest.without


def test_collections() -> None:
    version_2 = {
        "@type": "sc:Collection",
        "collections": [{"@id": "c1", "@type": "sc:Collection"}],
        "manifests": [{"@id": "m1"}, "m2", {"@id": "m1"}, None, {}],
        "first": "page1",
    }
    version_3 = {"type": "Collection", "items": [{"id": "m1", "type": "Manifest"}, {"id": "c1", "type": "Collection"}]}
    assert read_document(version_2, AT) == Collection(address=AT, members=("c1", "m1", "m2"), pages=("page1",))
    assert read_document(version_3, AT) == Collection(address=AT, members=("m1", "c1"))
    assert read_document({"type": "AnnotationPage"}, AT) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"), (1850, "1850"), (None, ""), ([], ""), ({}, ""), (["a", "b"], "a; b"),
        ({"fr": ["un"], "en": ["one", "two"]}, "one; two"), ({"fr": ["un"]}, "un"), ({"@none": ["x"]}, "x"),
        ({"@value": "a", "@language": "en"}, "a"), ([{"@value": "eins", "@language": "de"}], "eins"),
        ([{"@value": "eins", "@language": "de"}, {"@value": "one", "@language": "en"}], "one"),
        ([{"@value": "a", "@language": "en"}, {"@value": "b", "@language": "en"}], "a; b"),
        ("<p>a<br/>b</p>\n &lt;c&gt;", "a b <c>"), ({"en": None}, ""), ([[["deep"]]], "deep"),
    ],
)  # fmt: skip
def test_texts(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_pairs_become_columns() -> None:
    pairs = pairs_of(
        [{"label": "Created", "value": "c. 1850"}, {"label": "Date:", "value": "1851"},
         {"label": "Künstler", "value": "E"}, {"label": "Medium", "value": "oil"},
         {"label": "medium", "value": "canvas"}]
    )  # fmt: skip
    assert columns_of(pairs) == {"artist": "E", "date": "1851", "Created": "c. 1850", "Medium": "oil; canvas"}
