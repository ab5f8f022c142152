"""What refuses requests before the work, and how models are picked up: without Ray."""

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from lib.infra.atomic import find_json, write_json
from lib.infra.errors import UserError
from lib.infra.tracking import use_experiment
from lib.models.registry import fetch_champion, register_champion
from lib.models.store import version_of
from serve.api import PAGE, Backend, make_api
from serve.app import in_one_process
from serve.latest import LatestModels, ModelsChanged, NotReady
from serve.pipeline import Embedded, Steps
from serve.settings import Settings, read_settings

FILE = {"files": ("a.jpg", b"text")}


class Stuck:
    """Steps that hold every set until `go` is set, and then fail with `failure`."""

    def __init__(self, failure: Exception) -> None:
        self.failure, self.go, self.entered = failure, asyncio.Event(), asyncio.Semaphore(0)

    def backend(self) -> Backend:
        steps = Steps(embed=self.embed, attribute=self.never, known_artist=self.never, order=self.never)
        return Backend(steps=steps, verify=self.never, artists=self.never, model_card=self.never, ready=self.ready)

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
        api = make_api(Settings(**settings), steps.backend() if isinstance(steps, Stuck) else steps)
        transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await talk(client)

    return asyncio.run(run())


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
    steps = Stuck(NotReady("there are no models yet"))
    assert ask(steps, talk) == (503, "there are no models yet")
    assert ask(steps, lambda client: client.get("/readyz")).status_code == 503


def test_the_token_is_asked_for_under_v1_only() -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "s3cret"}):
            answer = await client.post("/v1/sort", files=FILE, headers=headers)
            assert answer.status_code == 401
            assert "token" in answer.json()["error"]
        assert (
            await client.post("/v1/sort", files=FILE, headers={"Authorization": "Bearer s3cret"})
        ).status_code == 422
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/healthz")).status_code == 200

    steps = Stuck(UserError("no picture"))
    steps.go.set()
    ask(steps, talk, token="s3cret")


def test_the_page_asks_no_other_host() -> None:
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        files = [f"/page/{path.name}" for path in sorted(PAGE.iterdir())]
        return [await client.get(path) for path in ("/", *files)]

    answers = ask(Stuck(UserError("")), talk)
    assert "default-src 'self'" in answers[0].headers["content-security-policy"]
    for answer in answers:
        assert answer.status_code == 200
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", answer.text)


def test_settings_come_from_the_environment() -> None:
    settings = read_settings({"OEUVRE_FILES": "7", "OEUVRE_TOKEN": "x", "OEUVRE_MODELS": "champion", "HOME": "/"})
    assert settings == Settings(files=7, token="x", models="champion")
    for value in ("0", "-1", "many", "nan"):
        with pytest.raises(UserError, match="OEUVRE_QUEUE"):
            read_settings({"OEUVRE_QUEUE": value})


def test_newer_models_are_picked_up_and_broken_ones_are_not(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    latest = LatestModels(str(folder), refresh_seconds=3600, comparators=True)
    with pytest.raises(NotReady, match="holds no models"):
        latest.newest()
    shutil.copytree(models, folder)
    latest.refresh()
    first = latest.newest()
    card = find_json(folder / "artist" / "model.json")
    assert card is not None
    write_json(folder / "artist" / "model.json", {**card, "works": card["works"] + 1})
    second = latest.version(version_of(folder))
    assert second.models.version != first.models.version
    assert latest.version(first.models.version) is first  # for requests that began with it
    write_json(folder / "artist" / "model.json", {**card, "provenance": "another"})
    latest.refresh()
    assert latest.newest() is second
    with pytest.raises(ModelsChanged):
        latest.version("never seen")


def test_the_champion_is_followed(models: Path, tracking_store: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    use_experiment("champions")
    with pytest.raises(UserError, match="champion"):
        fetch_champion()
    register_champion(models)
    latest = LatestModels("champion", refresh_seconds=3600, comparators=True)
    assert latest.newest().models.version == version_of(models)
    changed = tmp_path / "changed"
    shutil.copytree(models, changed)
    card = find_json(changed / "artist" / "model.json")
    assert card is not None
    write_json(changed / "artist" / "model.json", {**card, "works": card["works"] + 1})
    register_champion(changed)
    latest.refresh()
    assert latest.newest().models.version == version_of(changed)


def test_one_process_answers_as_the_graph_does(models: Path) -> None:
    steps = in_one_process(models, megapixels=10)
    answer = ask(steps, lambda client: client.post("/v1/sort", files=FILE))
    assert (answer.status_code, "none of the 1 files" in answer.json()["error"]) == (422, True)
