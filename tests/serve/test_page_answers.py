"""What the page says of the answers, in a real browser: verdicts, and verifications."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Page, Route, expect

from tests.browser import choose, require_shown, unseen

HEADINGS = {"unknown": "Unknown painter, closest to {}", "uncertain": "{}?", "known": "{}"}


def test_years_depend_on_a_painter_who_is_not_sure(page: Page, service: str, catalogue: Path) -> None:
    works = unseen(catalogue)[:3]
    files = [("files", (path.name, path.read_bytes())) for path in works]
    answer = httpx.post(f"{service}/v1/sort", files=files, timeout=120).json()
    artist = answer["groups"][0]["artist"]

    def answer_as_judged(route: Route) -> None:
        route.fulfill(json=answer)

    page.route("**/v1/sort", answer_as_judged)
    condition = f"if it is by {artist['name']}"
    for verdict, heading in HEADINGS.items():
        artist["verdict"] = verdict
        choose(page, works)
        assert page.inner_text(".group h2") == heading.format(artist["name"])
        assert re.search(r"Confidence .* among the 10 artists whom the models know; ", page.inner_text(".verdict"))
        assert page.locator(".row .if").all_text_contents() == ([] if verdict == "known" else [condition] * 3)
        page.locator(".row").first.click()
        assert (condition in page.inner_text("#work-year")) == (verdict != "known")
        page.keyboard.press("Escape")


def test_works_are_verified(page: Page, catalogue: Path) -> None:
    choose(page, unseen(catalogue)[:3])
    page.click(".verify summary")
    page.click(".verify form button")
    expect(page.locator(".case")).to_have_count(3)
    artist = page.locator(".verify select").input_value()
    said = page.inner_text(".said")
    assert f"Probability that {artist} painted them: " in said
    assert f"reference works by {artist}" in said
    assert "No answer is proof of who painted something" in said
    assert page.locator(".case figure").count() == 3 * 7
    require_shown(page, ".case img")

    page.check(".verify input[value=against]")
    page.click(".verify form button")
    expect(page.locator("#message")).to_have_text("Choose the pictures of the other works first.")
    page.set_input_files(".verify input[type=file] >> nth=0", [*unseen(catalogue)[2:6], catalogue / "unseen.csv"])
    page.click(".verify form button")
    expect(page.locator(".said .probability")).to_contain_text("Probability that one hand made both sets: ")
    expect(page.locator(".case")).to_have_count(2)
    assert "may show the same picture as" in page.inner_text(".said")
    assert "unseen.csv" in page.inner_text(".left-out")
