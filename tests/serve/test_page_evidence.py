"""What the page shows of the evidence: similar dated works, the painter's career, the chance of an order."""

import re
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect

from tests.browser import choose, names, require_accessible, require_shown, unseen


def test_a_work_shows_its_evidence(page: Page, service: str, catalogue: Path) -> None:
    choose(page, unseen(catalogue)[:4])
    painter = page.inner_text(".group h2")
    figures = {one["name"]: one for one in httpx.get(f"{service}/v1/artists").json()["artists"]}[painter]
    said = page.inner_text(".accuracy")
    assert f"{100 * figures['pair_accuracy']:.0f}\u00a0% of pairs" in said
    assert f"by {figures['error_years']:.1f} years" in said

    expect(page.locator(".career figcaption")).to_contain_text(
        f"dated works by {painter} from {figures['first_year']} to {figures['last_year']}"
    )
    assert page.locator(".career .dots u").count() == 4
    page.click(".card summary")
    expect(page.locator(".card dd").first).to_contain_text(f"{figures['works']} dated works")

    order = names(page)
    page.locator(".row").nth(2).click()
    nearest = page.locator("#nearest li")
    expect(nearest.locator("img")).to_have_count(5)
    require_shown(page, "#nearest img")
    assert painter in nearest.first.inner_text()
    assert re.search(r"\d{4}", nearest.first.inner_text())
    assert re.search(rf"Chance that {order[1]} is the earlier: \d+", page.inner_text("#why"))
    page.select_option("#other", "1")
    assert re.search(rf"Chance that {order[0]} is the earlier: \d+", page.inner_text("#why"))
    assert "most similar dated works of" in page.inner_text("#pair")

    page.fill("#date", "1500")
    page.keyboard.press("Enter")
    page.click("#again")
    expect(page.locator(".row .doubt").first).to_contain_text(
        "outside the years of the dated works that the models know"
    )
    page.locator(".row").first.click()
    expect(page.locator("#work-year")).to_contain_text("1500, as you set it. Is that right?")


def test_many_groups_are_folded(page: Page, catalogue: Path, tmp_path: Path) -> None:
    page.check("#mixed")
    works = sorted((catalogue / "train").glob("*.jpg"))
    odd = [tmp_path / f"notes {number}.txt" for number in range(4)]
    for file in odd:
        file.write_text("no picture")
    choose(page, [*works[:: len(works) // 16][:16], *odd])
    expect(page.locator("#rejected li")).to_have_count(4)
    groups = page.locator(".group")
    assert groups.count() > 3
    assert page.locator(".group[open]").count() == 0
    assert re.search(r"\d works?, (about )?\d{4}", groups.first.inner_text())
    require_accessible(page)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".group[open]").count() == groups.count()
    page.emulate_media(media="print")
    cut = "[...document.querySelectorAll('.wall')].filter((wall) => wall.scrollWidth > wall.clientWidth).length"
    assert page.evaluate(cut) == 0
    assert not page.locator("button:visible:not(.row, .wall button)").count()
    repeated = "getComputedStyle(document.querySelector('.ticks')).display"
    assert page.evaluate(repeated) == "table-header-group"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator(".group[open]").count() == 0
