"""A real browser that shows the page of the service."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Yield the Chromium of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened_page(browser: Browser, service: str, *, width: int) -> Iterator[Page]:
    """Yield the page of the service in a window of this width, and fail on script errors and requests to elsewhere."""
    wrong: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    ours = (service, "blob:", "data:")
    page.on("request", lambda sent: None if sent.url.startswith(ours) else wrong.append(sent.url))
    page.goto(service)
    yield page
    page.close()
    assert not wrong, wrong


def names(page: Page) -> list[str]:
    """Return the names of the works on the time axis."""
    return page.locator(".row .name").all_text_contents()


def group_texts(page: Page) -> list[str]:
    """Return all that each open group says of its works, when its painter's career is drawn."""
    for career in page.locator(".career").all():
        expect(career).to_be_visible()
    return page.locator(".group").all_inner_texts()


def unseen(catalogue: Path) -> list[Path]:
    """Return the works that the models have not seen."""
    return sorted((catalogue / "unseen").glob("*.jpg"))


def choose(page: Page, files: list[Path]) -> None:
    """Choose pictures and wait until they are sorted."""
    page.set_input_files("#files", files)
    expect(page.locator("#status")).to_be_hidden(timeout=30_000)
    expect(page.locator("#results")).to_be_visible()


def require_shown(page: Page, selector: str) -> None:
    """Wait until all pictures that a selector names are shown."""
    for picture in page.locator(selector).all():
        expect(picture).not_to_have_js_property("naturalWidth", 0)


def require_accessible(page: Page) -> None:
    """Fail with the rules that the page breaks, as axe-core reads WCAG and good practice."""
    found = Axe().run(page)
    assert found.response["passes"]
    assert not found.violations_count, found.generate_report()
