"""The real service over the models that the jobs trained."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.browser import CHROMIUM, opened_browser, opened_page
from tests.conftest import Trained

PORT = 8765  # not the one of a service that may be running


@pytest.fixture(scope="session")
def catalogue(trained: Trained) -> Path:
    """Return the catalogue that the models learned from, with unseen works of one of its artists."""
    return trained.catalogue


@pytest.fixture(scope="session")
def models(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the models, which tests change under the running service."""
    folder = tmp_path_factory.mktemp("serve") / "models"
    shutil.copytree(trained.models, folder, ignore=shutil.ignore_patterns("artist_networks", ".*"))
    return folder


@pytest.fixture(scope="session")
def pictures(catalogue: Path) -> dict[str, bytes]:
    """Return the unseen works by file name."""
    return {path.name: path.read_bytes() for path in sorted((catalogue / "unseen").glob("*.jpg"))}


@pytest.fixture(scope="session")
def service(models: Path, ray_cluster: None) -> Iterator[str]:
    """Run the service on this machine; yield its address."""
    from ray import serve

    from serve.app import app

    serve.start(http_options={"host": "127.0.0.1", "port": PORT})
    settings = {"OEUVRE_MODELS": str(models), "OEUVRE_FILES": "20", "OEUVRE_FILE_MIB": "1", "OEUVRE_QUEUE": "12"}
    serve.run(app({**settings, "OEUVRE_REQUEST_MIB": "8", "OEUVRE_MEGAPIXELS": "4", "OEUVRE_REFRESH_SECONDS": "1"}))
    yield f"http://127.0.0.1:{PORT}"
    serve.shutdown()


@pytest.fixture
def client(service: str) -> Iterator[httpx.Client]:
    """Yield a client of the service."""
    with httpx.Client(base_url=service, timeout=120) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a browser. It belongs to one module, because no event loop may run in the others beside its own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install Debian's package chromium")
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def page(service: str, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Yield the page, 1280 pixels wide unless the test says another width."""
    with opened_page(browser, service, width=getattr(request, "param", 1280)) as page:
        yield page
