"""Nothing that the page shows gets lost: undo, sessions, failures, and files that the service would not take."""

import json
from pathlib import Path

from PIL import Image
from pillow_heif import register_heif_opener
from playwright.sync_api import Page, Route, expect

from lib.data.decoding import FORMATS
from serve.api import PAGE
from tests.browser import choose, names, require_shown, unseen

DROP_TEXT = """() => {
  const data = new DataTransfer();
  data.setData("text/plain", "https://example.org");
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def groups(page: Page) -> str:
    """Return all that is said of the works, when it is complete."""
    expect(page.locator(".career")).to_be_visible()
    return page.inner_text("#groups")


def set_date(page: Page, date: str) -> str:
    """Set the date of the last work; return its name."""
    page.locator(".row").last.click()
    name = page.inner_text("#work-title")
    page.fill("#date", date)
    page.keyboard.press("Enter")
    return name


def test_corrections_are_undone(page: Page, catalogue: Path) -> None:
    choose(page, unseen(catalogue)[:3])
    before = groups(page)
    name = set_date(page, "1500")
    page.click("#again")
    expect(page.locator(".row b").first).to_have_text("1500")
    assert page.inner_text("#undo") == f"Undo: date of {name}"
    page.click("#undo")
    expect(page.locator("#groups")).to_have_text(before, use_inner_text=True)
    expect(page.locator("#undo")).to_have_attribute("aria-disabled", "true")
    choose(page, unseen(catalogue)[3:5])
    page.click("#undo")
    expect(page.locator("#groups")).to_have_text(before, use_inner_text=True)


def test_a_session_is_saved_and_opened(page: Page, catalogue: Path, tmp_path: Path) -> None:
    works = unseen(catalogue)[:3]
    choose(page, works)
    set_date(page, "1500")
    page.click("#again")
    expect(page.locator(".row b").first).to_have_text("1500")
    before = groups(page)
    with page.expect_download() as waiting:
        page.click("#save")
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)

    page.reload()
    expect(page.locator("#results")).to_be_hidden()
    page.set_input_files("#session", saved)
    expect(page.locator("#results")).to_be_visible()
    expect(page.locator("#groups")).to_have_text(before, use_inner_text=True)
    require_shown(page, ".row img")
    set_date(page, "1890")
    page.click("#again")
    expect(page.locator("#message")).to_contain_text("Choose the same pictures again")
    page.set_input_files("#files", works)
    page.click("#again")
    expect(page.locator("#status")).to_be_hidden()
    assert page.locator(".row.known").count() == 2

    saved.write_text(json.dumps({"format": "other"}))
    page.set_input_files("#session", saved)
    expect(page.locator("#message")).to_contain_text("is not a session")
    assert page.locator(".row.known").count() == 2


def test_a_failure_or_a_dropped_text_loses_no_result(page: Page, catalogue: Path) -> None:
    choose(page, unseen(catalogue)[:3])
    before = groups(page)
    page.evaluate(DROP_TEXT)
    page.route("**/v1/sort", lambda route: route.fulfill(body="<h1>Bad gateway</h1>"), times=1)
    page.set_input_files("#files", unseen(catalogue)[3:5])
    expect(page.locator("#message")).to_contain_text("The service failed")
    expect(page.locator("#groups")).to_have_text(before, use_inner_text=True)
    page.click("#again")
    expect(page.locator(".row")).to_have_count(2)


def test_what_the_service_did_not_say_is_asked_again(page: Page, catalogue: Path) -> None:
    for asked in ("**/v1/artists/*", "**/v1/references?*"):
        page.route(asked, lambda route: route.fulfill(body="<h1>Bad gateway</h1>"), times=1)
    choose(page, unseen(catalogue)[:3])
    page.click(".card summary")
    expect(page.locator(".card dd")).to_contain_text("The service did not answer.")
    expect(page.locator(".career")).to_be_hidden()
    page.click(".card summary")
    page.click(".card summary")
    expect(page.locator(".card dd").first).to_contain_text("dated works")
    page.click(".group > summary")
    page.click(".group > summary")
    expect(page.locator(".career")).to_be_visible()


def test_a_session_opened_while_works_are_sorted_stays(page: Page, catalogue: Path, tmp_path: Path) -> None:
    choose(page, unseen(catalogue)[:3])
    with page.expect_download() as waiting:
        page.click("#save")
    waiting.value.save_as(tmp_path / "saved.oeuvre.json")
    held: list[Route] = []
    page.route("**/v1/sort", lambda route: held.append(route))  # Playwright takes no built-in
    with page.expect_request("**/v1/sort"):
        page.set_input_files("#files", unseen(catalogue)[3:5])
    page.set_input_files("#session", tmp_path / "saved.oeuvre.json")
    expect(page.locator("#finished")).to_contain_text("Opened")
    held[0].continue_()
    expect(page.locator("#status")).to_be_hidden()
    assert len(names(page)) == 3


def test_files_that_the_service_would_not_take(page: Page, catalogue: Path, tmp_path: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    many = [tmp_path / f"{number}.jpg" for number in range(21)]
    for file in many:
        file.write_bytes(b"x")
    page.set_input_files("#files", many)
    expect(page.locator("#message")).to_contain_text("These are 21 files; the service takes 20 at once.")
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(2**20 + 1))
    page.set_input_files("#files", large)
    expect(page.locator("#message")).to_contain_text("large.jpg is larger than 1 MiB")
    assert not [address for address in sent if address.endswith("/v1/sort")]
    choose(page, [*unseen(catalogue)[:2], large])
    assert len(names(page)) == 2
    assert "large.jpg: larger than 1 MiB" in page.inner_text("#rejected")


def test_formats_that_browsers_lack_are_shown(page: Page, catalogue: Path, tmp_path: Path) -> None:
    register_heif_opener()
    files = [tmp_path / f"work.{ending}" for ending in ("tif", "jp2", "heic")]
    for file in files:
        Image.open(unseen(catalogue)[0]).save(file)
    choose(page, files)
    require_shown(page, ".row img")
    page.locator(".row").first.click()
    require_shown(page, "#work-picture")


def test_the_page_lists_every_format() -> None:
    said = {"JPEG2000": "JPEG 2000", "HEIF": "HEIC", "WEBP": "WebP"}
    text = (PAGE / "index.html").read_text()
    assert all(said.get(name, name) in text for name in FORMATS)
