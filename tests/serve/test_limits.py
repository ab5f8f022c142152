"""What refuses requests before the work. Without Ray."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from ray.exceptions import RayTaskError

from lib.infra.errors import UserError
from serve.api import PAGE, Backend, make_api
from serve.latest import NotReady
from serve.limits import MAX_UPLOADS
from serve.one_process import in_one_process
from serve.pipeline import Embedded, Steps
from serve.settings import Settings

FILE = {"files": ("a.jpg", b"text")}


class Stuck:
    """Steps that hold every set until `go` is set, and then fail with `failure`."""

    others = ("verify", "previews", "artists", "model_card", "references", "thumbnails")

    def __init__(self, failure: Exception) -> None:
        self.failure, self.go, self.entered = failure, asyncio.Event(), asyncio.Semaphore(0)

    def backend(self) -> Backend:
        steps = Steps(embed=self.embed, sort=self.never, attribute=self.never)
        return Backend(steps=steps, ready=self.ready, **dict.fromkeys(self.others, self.never))

    async def never(self, *_: Any) -> Any:
        raise AssertionError("no set comes this far")

    async def embed(self, pictures: list[bytes]) -> Embedded:
        self.entered.release()
        await self.go.wait()
        raise self.failure

    async def ready(self) -> Any:
        raise self.failure


def ask(steps: Any, talk: Callable[[httpx.AsyncClient], Any], **settings: Any) -> Any:
    """Run `talk` with a client of the HTTP side alone."""

    async def run() -> Any:
        api = make_api(
            Settings(**{"hosts": "service", **settings}), steps.backend() if isinstance(steps, Stuck) else steps
        )
        transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await talk(client)

    return asyncio.run(run())


def of_another_process(error: Exception) -> Exception:
    """The error that Ray raises here for one that a task raised there."""
    return RayTaskError("embed", "Traceback: secret", error).as_instanceof_cause()


def test_a_full_queue_is_told_and_recovers() -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        held = [asyncio.create_task(client.post("/v1/sort", files=FILE)) for _ in range(2)]
        for _ in held:
            await steps.entered.acquire()
        refused = await client.post("/v1/sort", files=FILE)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert "busy" in refused.json()["error"]
        assert (await client.get("/healthz")).status_code == 200
        steps.go.set()
        assert [answer.status_code for answer in await asyncio.gather(*held)] == [422, 422]
        assert (await client.post("/v1/sort", files=FILE)).status_code == 422

    steps = Stuck(UserError("no picture"))
    ask(steps, talk, queue=2)


def test_a_client_that_hangs_up_frees_its_place() -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        held = asyncio.create_task(client.post("/v1/sort", files=FILE))
        await steps.entered.acquire()
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held
        steps.go.set()
        assert (await client.post("/v1/sort", files=FILE)).status_code == 422

    steps = Stuck(UserError("no picture"))
    ask(steps, talk, queue=1)


def test_failures_are_one_sentence_and_never_a_trace() -> None:
    async def talk(client: httpx.AsyncClient) -> tuple[int, str]:
        steps.go.set()
        answer = await client.post("/v1/sort", files=FILE)
        return answer.status_code, answer.json()["error"]

    steps = Stuck(ZeroDivisionError("secret"))
    assert ask(steps, talk) == (500, "internal error; see the log of the service")
    steps = Stuck(of_another_process(ZeroDivisionError("secret")))
    assert ask(steps, talk) == (500, "internal error; see the log of the service")
    steps = Stuck(of_another_process(UserError("no picture")))
    assert ask(steps, talk) == (422, "no picture")
    steps = Stuck(of_another_process(NotReady("there are no models yet")))
    assert ask(steps, talk) == (503, "there are no models yet")
    steps = Stuck(NotReady("there are no models yet"))
    assert ask(steps, talk) == (503, "there are no models yet")
    assert ask(steps, lambda client: client.get("/readyz")).status_code == 503


def posted(steps: Stuck, *, host: str = "service", content: Any = None, **settings: Any) -> httpx.Response:
    """Return the answer to one set, whose body may be given as the chunks of a form."""
    steps.go.set()
    headers = {"Host": host}
    body: dict[str, Any] = {"files": FILE}
    if content is not None:
        headers["Content-Type"] = "multipart/form-data; boundary=x"
        body = {"content": content}
    headers |= settings.pop("headers", {})
    return ask(steps, lambda client: client.post("/v1/sort", headers=headers, **body), **settings)


@pytest.mark.parametrize("token", ["s3cret", "schlüssel", "鍵"])
def test_the_token_is_asked_for_under_v1_only(token: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("the body is read")
        yield b""

    steps = Stuck(UserError("no picture"))
    for wrong in (b"", b"Bearer wrong", b"Bearer", token.encode(), b"Basic " + token.encode()):
        answer = posted(steps, content=body(), headers={"Authorization": wrong}, token=token)
        assert answer.status_code == 401
        assert "token" in answer.json()["error"]
    for right in (b"Bearer " + token.encode(), b"bearer " + token.encode(), b"BEARER  " + token.encode()):
        assert posted(steps, headers={"Authorization": right}, token=token).status_code == 422

    async def open_paths(client: httpx.AsyncClient) -> list[int]:
        return [(await client.get(path)).status_code for path in ("/", "/healthz")]

    assert ask(steps, open_paths, token=token) == [200, 200]


def test_browsers_send_a_token_in_latin_1() -> None:
    header = "Bearer schlüssel".encode("latin-1")
    steps = Stuck(UserError("no picture"))
    assert posted(steps, headers={"Authorization": header}, token="schlüssel").status_code == 422


@pytest.mark.parametrize(
    "host", ["service", "SERVICE:8000", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "10.1.2.3"]
)
def test_a_request_to_the_service_s_name_or_address(host: str) -> None:
    assert posted(Stuck(UserError("no picture")), host=host).status_code == 422


@pytest.mark.parametrize(
    "host", ["evil.example", "service.evil.example:8000", "127.0.0.1.evil.example", "", "[", "a@b:c"]
)
def test_a_request_to_another_name_is_refused(host: str) -> None:
    steps = Stuck(UserError("no picture"))
    answer = posted(steps, host=host)
    assert (answer.status_code, "OEUVRE_HOSTS" in answer.json()["error"]) == (421, True)
    assert ask(steps, lambda client: client.get("/", headers={"Host": host})).status_code == 421
    assert ask(steps, lambda client: client.get("/healthz", headers={"Host": host})).status_code == 200  # of monitors


async def stands_still() -> AsyncIterator[bytes]:
    """Begin a form and send no more of it."""
    yield b"--x\r\n"
    await asyncio.Event().wait()


async def crawls() -> AsyncIterator[bytes]:
    """Go on for ever, with nothing."""
    while True:
        yield b""
        await asyncio.sleep(0)


@pytest.mark.parametrize("body", [stands_still, crawls])
def test_idle_and_slow_bodies_are_cut_off(body: Callable[[], AsyncIterator[bytes]]) -> None:
    answer = posted(Stuck(UserError("no picture")), content=body(), idle_seconds=0.05)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert "stood still" in answer.json()["error"]


def test_uploads_share_their_bytes() -> None:
    file = {"files": ("a.jpg", bytes(2**20 * 3 // 5))}

    async def talk(client: httpx.AsyncClient) -> None:
        held = asyncio.create_task(client.post("/v1/sort", files=file))
        await steps.entered.acquire()
        refused = await client.post("/v1/sort", files=file)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        parts = chunks(httpx.Request("POST", "http://service", files=file).read())
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        assert (await client.post("/v1/sort", content=parts, headers=headers)).status_code == 503  # without a length
        assert (await client.get("/healthz")).status_code == 200
        steps.go.set()
        assert (await held).status_code == 422
        assert (await client.post("/v1/sort", files=file)).status_code == 422

    steps = Stuck(UserError("no picture"))
    ask(steps, talk, uploads_mib=1, request_mib=1)


async def chunks(body: bytes) -> AsyncIterator[bytes]:
    """Yield the body of a form with the boundary x, in two parts."""
    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n' + body + b"\r\n--x--\r\n"
    yield form[: len(form) // 2]
    yield form[len(form) // 2 :]


def test_so_many_uploads_at_once() -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        begun = asyncio.Semaphore(0)

        async def body() -> AsyncIterator[bytes]:
            yield b"--x\r\n"
            begun.release()
            await asyncio.Event().wait()

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        post = client.post
        held = [asyncio.create_task(post("/v1/sort", content=body(), headers=headers)) for _ in range(MAX_UPLOADS)]
        for _ in held:
            await begun.acquire()
        assert (await post("/v1/sort", files=FILE)).status_code == 503
        assert (await client.get("/healthz")).status_code == 200
        held[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await held[0]
        assert (await post("/v1/sort", files=FILE)).status_code == 422
        for one in held[1:]:
            one.cancel()

    steps = Stuck(UserError("no picture"))
    steps.go.set()
    ask(steps, talk, idle_seconds=600)


def test_errors_repeat_no_megabyte() -> None:
    steps = Stuck(UserError(f"the models know no artist {'x' * 10**6}; did you mean y?"))
    answer = posted(steps)
    assert answer.json()["error"].endswith("did you mean y?")
    long = "x" * 300
    steps.go.set()

    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [
            await client.post("/v1/sort", files=FILE, data={"artist": long}),
            await client.post("/v1/sort", files=FILE, data={"known": long * 400}),
            await client.post("/v1/sort", files={"files": (long, b"")}),
            await client.get(f"/v1/artists/{long}"),
        ]

    for answer in ask(steps, talk):
        assert answer.status_code == 422
        assert len(answer.text) < 500


def test_the_page_asks_no_other_host() -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        files = [f"/page/{path.name}" for path in sorted(PAGE.iterdir())]
        return [await client.get(path) for path in ("/", *files)]

    answers = ask(Stuck(UserError("")), talk)
    assert "default-src 'self'" in answers[0].headers["content-security-policy"]
    for answer in answers:
        assert answer.status_code == 200
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", answer.text)


def test_one_process_answers_as_the_graph_does(models: Path) -> None:
    steps = in_one_process(models, megapixels=10)
    answer = ask(steps, lambda client: client.post("/v1/sort", files=FILE))
    assert (answer.status_code, "none of the 1 files" in answer.json()["error"]) == (422, True)
