from collections.abc import Callable
from typing import Any

import pytest

from lib.fetch.image_api import Box, parse_size, picture_address
from lib.fetch.limits import Refused
from lib.fetch.records import Failure, Picture, Record
from lib.infra.errors import UserError
from tests.iiif import IiifServer, info_json

FetchPaths = Callable[..., dict[str, Record]]


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    ("level", "size", "pixels"),
    [(0, "400x300", (400, 300)), (0, "1000x800", (500, 400)), (1, "1000x800", (512, 410)), (2, "1000x800", (512, 410)),
     (2, "800x1000", (410, 512)), (1, "300x400", (300, 400)), (2, "300x400", (300, 400))],
)  # fmt: skip
def test_a_picture_comes_in_a_size_that_the_server_allows(
    server: IiifServer, fetch: FetchPaths, version: int, level: int, size: str, pixels: tuple[int, int]
) -> None:
    base = server.address(f"/iiif/{version}/level{level}/{size}/id")
    picture = fetch(f"{base}/info.json", size="!512,512")[f"{base}/info.json"]
    assert isinstance(picture, Picture), picture
    assert (picture.width, picture.height) == pixels
    assert len(server.asked) == 2


def test_the_service_s_licence_and_statement_are_kept(server: IiifServer, fetch: FetchPaths) -> None:
    server.extra = {"attribution": "<p>Museum of Invented Art</p>", "license": "https://example.org/licence"}
    address = server.address("/iiif/2/level2/90x60/id/info.json")
    picture = fetch(address)[address]
    assert isinstance(picture, Picture)
    assert (picture.rights, picture.licence) == ("Museum of Invented Art", "https://example.org/licence")
    assert picture.source == server.address("/iiif/2/level2/90x60/id/full/full/0/default.jpg")


def size_asked(box: Box | None, *, version: int = 3, level: int = 2, **more: Any) -> str:
    info = info_json("http://museum.example/1", version, level, 4000, 3000) | more
    return picture_address(info, box).removeprefix("http://museum.example/1/full/").removesuffix("/0/default.jpg")


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({}, "!1000,1000"),
        ({"version": 2}, "!1000,1000"),
        ({"maxWidth": 800}, "!800,800"),
        ({"maxWidth": 2000, "maxHeight": 500}, "!1000,500"),
        ({"maxArea": 480_000}, "!800,600"),
        ({"level": 1}, "1000,"),
        ({"level": 1, "maxWidth": 800}, "800,"),
        ({"level": 0, "extraFeatures": ["sizeByConfinedWh"]}, "!1000,1000"),
        ({"level": 0, "extraFeatures": ["sizeByH"]}, ",750"),
        ({"level": 0}, "2000,1500"),
        ({"level": 0, "version": 2}, "2000,"),
        ({"level": 0, "sizes": []}, "max"),
        ({"level": 0, "version": 2, "sizes": []}, "full"),
        ({"level": 0, "sizes": "many", "extraFeatures": "all"}, "max"),
        ({"version": 2, "profile": ["http://iiif.io/api/image/2/level0.json", {"supports": ["sizeByW"]}]}, "1000,"),
        ({"version": 2, "profile": ["http://iiif.io/api/image/2/level2.json", {"maxWidth": 600}]}, "!600,600"),
    ],
)
def test_the_size_that_is_asked_for(more: dict[str, Any], size: str) -> None:
    assert size_asked(Box(1000, 1000), **more) == size


@pytest.mark.parametrize(
    ("more", "size"), [({}, "max"), ({"version": 2}, "full"), ({"version": 2, "maxWidth": 800}, "max")]
)
def test_the_largest_picture(more: dict[str, Any], size: str) -> None:
    assert size_asked(None, **more) == size


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"@context": "http://library.stanford.edu/iiif/image-api/1.1/context.json"}, "IIIF Image API 1"),
        ({"width": None}, "no width and height"),
        ({"id": None}, "has no id"),
    ],
)
def test_what_cannot_be_asked_for(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        size_asked(Box(1000, 1000), **more)


def test_an_info_json_leads_to_no_other_network(server: IiifServer, fetch: FetchPaths) -> None:
    server.answers["/info.json"] = info_json("http://169.254.169.254/latest", 3, 2, 400, 300)
    record = fetch(server.address("/info.json"))[server.address("/info.json")]
    assert isinstance(record, Failure) and "169.254.169.254 is not in a public network" in record.reason
    assert record.reason.endswith("asked for http://169.254.169.254/latest/full/max/0/default.jpg")


def test_sizes_on_the_command_line() -> None:
    assert (parse_size("!640,480"), parse_size("max")) == (Box(640, 480), None)
    for wrong in ("640", "640,480", "!0,5", "full", "!1,2,3", ""):
        with pytest.raises(UserError, match="give the largest sides as '!1024,1024', or max"):
            parse_size(wrong)
