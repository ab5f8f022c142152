"""The page in a real browser: choose, read the order, fix a date, sort again, download."""

import csv
import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import choose, group_texts, names, require_accessible, require_shown, unseen

MAKE_INPUT = """() => {
  document.body.append(Object.assign(document.createElement("input"), { type: "file", multiple: true, id: "dropped" }));
}"""
DROP = """() => {
  const data = new DataTransfer();
  for (const file of document.getElementById("dropped").files) data.items.add(file);
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""

CANCEL_AT_ONCE = """() => {
  const observer = new MutationObserver(() => { observer.disconnect(); document.getElementById("cancel").click(); });
  observer.observe(document.getElementById("message"), { childList: true });
}"""


def years(page: Page) -> list[str]:
    return page.locator(".row b").all_text_contents()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_sort_fix_and_download(page: Page, service: str, catalogue: Path, tmp_path: Path) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture")
    page.set_input_files("#files", [*sorted((catalogue / "unseen").glob("*.jpg")), bad])
    page.wait_for_selector(".row")
    assert len(years(page)) == 12
    assert "notes.txt" in page.inner_text("#rejected")
    assert re.search(
        r"Confidence .* among the 10 artists whom the models know; that it is one", page.inner_text(".verdict")
    )

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
    table = rows(waiting.value.path().read_text(encoding="utf-8-sig"))
    assert (table[0]["file"], table[0]["year"], table[-1]["file"]) == (name, "1500", "notes.txt")
    files = [("files", (path.name, path.read_bytes())) for path in [*unseen(catalogue), bad]]
    of_service = httpx.post(
        f"{service}/v1/sort",
        files=files,
        data={"known": json.dumps({name: "1500"})},
        headers={"Accept": "text/csv"},
        timeout=120,
    )
    expected = rows(of_service.text.removeprefix("\ufeff"))
    assert list(table[0]) == list(expected[0])
    alike = (
        "file",
        "position",
        "tie_group",
        "edtf",
        "known",
        "beyond",
        "doubt",
        "artist",
        "verdict",
        "given",
        "outlier",
        "in_catalogue",
        "rejected",
        "nearest",
    )
    assert [[row[name] for name in alike] for row in table] == [[row[name] for name in alike] for row in expected]


def test_another_painter_can_be_chosen(page: Page, catalogue: Path) -> None:
    page.set_input_files("#files", sorted((catalogue / "unseen").glob("*.jpg"))[:3])
    page.wait_for_selector(".row")
    other = [name for name in page.locator("select option").all_text_contents() if name != page.inner_text(".group h2")]
    page.select_option("select", other[1])
    page.click("#again")
    expect(page.locator(".group h2")).to_have_text(other[1])
    assert page.locator(".row .if").all_text_contents() == [f"as {other[1]}’s work"] * 3


def test_sorting_one_painters_works_anew_leaves_the_others(page: Page, catalogue: Path) -> None:
    page.check("#mixed")
    others = sorted((catalogue / "train").glob("*.jpg"))[:3]
    choose(page, [*unseen(catalogue)[:4], *others])
    if page.locator("#unfold").is_visible():
        page.click("#unfold")
    before = group_texts(page)
    assert len(before) > 1
    choices = page.locator(".group .override select").last
    other = choices.locator("option").all_text_contents()[-1]
    choices.select_option(other)
    page.click("#again")
    expect(page.locator(".group h2").last).to_have_text(other)
    expect(page.locator("#status")).to_be_hidden()
    assert group_texts(page)[:-1] == before[:-1]
    assert sorted(names(page)) == sorted(path.name for path in [*unseen(catalogue)[:4], *others])


def test_an_older_answer_never_replaces_a_newer_one(page: Page, catalogue: Path) -> None:
    held: list[Route] = []
    page.route("**/v1/sort", lambda route: held.append(route) if not held else route.continue_())
    with page.expect_request("**/v1/sort"):
        page.set_input_files("#files", unseen(catalogue)[:3])
    page.click("#cancel")
    expect(page.locator("#message")).to_have_text("Cancelled.")
    choose(page, unseen(catalogue)[3:5])
    held[0].continue_()
    assert sorted(names(page)) == [path.name for path in unseen(catalogue)[3:5]]


def test_pictures_are_not_sent_after_a_cancel(page: Page, catalogue: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.evaluate(CANCEL_AT_ONCE)
    page.set_input_files("#files", unseen(catalogue)[:3])
    expect(page.locator("#message")).to_have_text("Cancelled.")
    choose(page, unseen(catalogue)[3:5])
    assert len([url for url in sent if url.endswith("/v1/sort")]) == 1


def test_every_name_is_shown_as_it_is(page: Page, catalogue: Path) -> None:
    written = ["same.jpg", "same.jpg", 'the "Sower" $1 & <b>.jpg', "two\nlines.jpg"]
    contents = [path.read_bytes() for path in unseen(catalogue)]
    files = [
        {"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in zip(written, contents, strict=False)
    ]
    page.set_input_files("#files", files)  # type: ignore[arg-type]  # FilePayload
    page.wait_for_selector(".row")
    assert sorted(names(page)) == sorted(["same (2).jpg", *written[1:]])
    require_shown(page, ".row img")


def test_keys_lead_from_work_to_work_and_a_click_outside_closes(page: Page, catalogue: Path) -> None:
    choose(page, unseen(catalogue)[:3])
    order = names(page)
    page.locator(".row").first.click()
    for key, name in [
        ("ArrowRight", order[1]),
        ("ArrowRight", order[2]),
        ("ArrowRight", order[2]),
        ("ArrowLeft", order[1]),
    ]:
        page.keyboard.press(key)
        assert page.inner_text("#work-title") == name
    page.mouse.click(5, 5)
    expect(page.locator("#work")).to_be_hidden()


@pytest.mark.parametrize("page", [320], indirect=True)
def test_a_phone_needs_no_sideways_scrolling_and_keys_suffice(
    page: Page, service: str, catalogue: Path, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no picture")
    require_readable(page)
    choose(page, [*unseen(catalogue)[:3], notes])
    require_readable(page)
    page.locator(".row").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#nearest img")).to_have_count(5)
    require_readable(page)
    assert page.evaluate("document.getElementById('work').scrollWidth") <= 320
    page.keyboard.press("Escape")
    assert not page.locator("#work").is_visible()
    for part in (".card summary", ".verify summary", ".verify form button"):
        page.locator(part).focus()
        page.keyboard.press("Enter")
    page.wait_for_selector(".case")
    page.fill(".verify [name=prior]", "0")
    page.select_option(".override select", index=2)
    require_readable(page)
    page.evaluate("showStatus('Wrong.', { wrong: true, offer: ['Try again', () => 0] })")
    page.evaluate("document.getElementById('token-form').hidden = false")
    require_readable(page)
    page.evaluate("state.saved = true")  # so that the browser does not ask before it leaves
    page.goto(f"{service}/page/limits.html")
    require_readable(page)


def require_readable(page: Page) -> None:
    """Fail where something is cut on the side, or not accessible, in light or dark."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        require_accessible(page)


def test_dropped_files_are_sorted(page: Page, catalogue: Path) -> None:
    page.evaluate(MAKE_INPUT)
    page.set_input_files("#dropped", sorted((catalogue / "unseen").glob("*.jpg"))[:3])
    page.evaluate(DROP)
    page.wait_for_selector(".row")
    assert len(years(page)) == 3


def test_the_openapi_page_shows_the_requests(page: Page, service: str) -> None:
    page.goto(f"{service}/docs")
    operation = page.locator("#operations-default-sort_v1_sort_post")
    operation.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Add string item").first.click()
    expect(operation.locator("input[type=file]").first).to_be_visible()
