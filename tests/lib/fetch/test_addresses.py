import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from lib.fetch.addresses import checked_url, is_public
from lib.fetch.limits import Refused
from lib.fetch.records import Failure, Picture, Record
from tests.iiif import IiifServer
from tests.sources import painting

FetchPaths = Callable[..., dict[str, Record]]
PUBLIC = "8.8.8.8"


def reason(record: Record) -> str:
    assert isinstance(record, Failure), record
    return record.reason


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "2130706433", "127.1", "example.org", "",
    ],
)  # fmt: skip
def test_networks_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_public_networks(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "ftp://example.org/a.jpg", "data:image/png;base64,AAAA", "gopher://example.org", "a.jpg",
        "//example.org/a.jpg", "http://", "http:///a.jpg", "", "javascript:alert(1)", "http://[::1", "http://a:99999/",
    ],
)  # fmt: skip
def test_only_http_addresses_are_taken(address: str) -> None:
    with pytest.raises(Refused, match="not an address"):
        checked_url(address, allowed_hosts=())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "2130706433", "127.1", "[::ffff:10.0.0.1]", "169.254.169.254", "127.0.0.1."]
)
def test_numbers_of_private_networks_are_refused_before_anything_is_asked(host: str) -> None:
    for address in (f"http://{host}:8000/a.jpg", f"https://museum.example:x@{host}/a.jpg"):
        with pytest.raises(Refused, match="is not in a public network; if you mean it, name it with --allow-host"):
            checked_url(address, allowed_hosts=("localhost", "museum.example"))


def test_a_host_that_the_user_names_is_asked() -> None:
    assert checked_url("http://127.0.0.1/a#part", allowed_hosts=("127.0.0.1",)).path == "/a"
    assert checked_url("http://[::1]/a", allowed_hosts=("[::1]",)).host == "::1"
    assert checked_url(" https://museum.example/a b.jpg ", allowed_hosts=()).raw_path == "/a%20b.jpg"


def test_a_name_that_leads_to_this_machine_is_refused(server: IiifServer, fetch: FetchPaths) -> None:
    server.answers["/a.jpg"] = painting(1)
    addresses = [server.address("/a.jpg", host=host) for host in ("localhost", "LOCALHOST", "0x7f.1")]
    for record in fetch(*addresses, allowed_hosts=(), attempts=1).values():
        assert "is not in a public network" in reason(record)
    assert server.asked == []


def test_an_allowed_name_does_not_allow_where_it_redirects_to(server: IiifServer, fetch: FetchPaths) -> None:
    async def redirect(request: web.Request, number: int) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": server.address("/secret.jpg")})

    server.answers |= {"/a.jpg": painting(1), "/b.jpg": redirect, "/secret.jpg": painting(2)}
    good, bad = (server.address(path, host="localhost") for path in ("/a.jpg", "/b.jpg"))
    records = fetch(good, bad, allowed_hosts=("localhost",))
    assert isinstance(records[good], Picture)
    assert "127.0.0.1 is not in a public network" in reason(records[bad])
    assert server.times("/secret.jpg") == 0


def test_what_is_connected_to_is_what_was_checked(
    server: IiifServer, fetch: FetchPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name gives a public address beside a private one, and only private ones to all who ask once more."""
    answers, connected = [[PUBLIC, "127.0.0.1"]], []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        assert host == "rebinding.example"
        found = answers.pop() if answers else ["127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    async def sock_connect(_: Any, __: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address[0])
        raise ConnectionRefusedError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", sock_connect)
    address = server.address("/a.jpg", host="rebinding.example")
    assert "the server does not answer" in reason(fetch(address, attempts=1)[address])
    assert connected == [PUBLIC]
    assert "is not in a public network" in reason(fetch(address, attempts=1)[address])
    assert connected == [PUBLIC] and server.asked == []
