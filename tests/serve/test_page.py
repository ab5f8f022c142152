"""The page in a real browser: choose, read the order, fix a date, sort again, download."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

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

MAKE_INPUT = """() => {
  document.body.append(Object.assign(document.createElement("input"), { type: "file", multiple: true, id: "dropped" }));
}"""
DROP = """() => {
  const data = new DataTransfer();
  for (const file of document.getElementById("dropped").files) data.items.add(file);
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package chromium")


@pytest.fixture
def page(service: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Yield the page, wide or narrow, and fail on any script error and any request to elsewhere."""
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": getattr(request, "param", 1280), "height": 900})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        ours = (service, "blob:", "data:")
        page.on("request", lambda sent: None if sent.url.startswith(ours) else wrong.append(sent.url))
        page.goto(service)
        yield page
        browser.close()
    assert not wrong


def years(page: Page) -> list[str]:
    return page.locator(".row b").all_text_contents()


def test_sort_fix_and_download(page: Page, catalogue: Path, tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture")
    page.set_input_files("#files", [*sorted((catalogue / "unseen").glob("*.jpg")), bad])
    page.wait_for_selector(".row")
    assert len(years(page)) == 12
    assert "notes.txt" in page.inner_text("#rejected")
    assert "Confidence" in page.inner_text(".verdict")

    page.locator(".row").last.click()
    name = page.inner_text("#work-title")
    assert page.locator("#nearest li").count() == 5
    page.fill("#date", "1500")
    page.keyboard.press("Enter")
    page.click("#again")
    expect(page.locator(".row b").first).to_have_text("1500")
    assert page.locator(".row .name").first.text_content() == name

    with page.expect_download() as waiting:
        page.click("#csv")
    table = list(csv.DictReader(waiting.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert (table[0]["file"], table[0]["year"], table[-1]["file"]) == (name, "1500", "notes.txt")


def test_another_painter_can_be_chosen(page: Page, catalogue: Path) -> None:
    page.set_input_files("#files", sorted((catalogue / "unseen").glob("*.jpg"))[:3])
    page.wait_for_selector(".row")
    other = [name for name in page.locator("select option").all_text_contents() if name != page.inner_text(".group h2")]
    page.select_option("select", other[1])
    page.click("#again")
    expect(page.locator(".group h2")).to_have_text(other[1])


@pytest.mark.parametrize("page", [360], indirect=True)
def test_a_phone_needs_no_sideways_scrolling_and_keys_suffice(page: Page, catalogue: Path) -> None:
    page.set_input_files("#files", sorted((catalogue / "unseen").glob("*.jpg"))[:3])
    page.wait_for_selector(".row")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".row").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#work").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#work").is_visible()


def test_dropped_files_are_sorted(page: Page, catalogue: Path) -> None:
    page.evaluate(MAKE_INPUT)
    page.set_input_files("#dropped", sorted((catalogue / "unseen").glob("*.jpg"))[:3])
    page.evaluate(DROP)
    page.wait_for_selector(".row")
    assert len(years(page)) == 3


def test_the_openapi_page_shows_the_requests(page: Page, service: str) -> None:
    page.goto(f"{service}/docs")
    expect(page.locator("#operations-default-sort_v1_sort_post")).to_be_visible()
