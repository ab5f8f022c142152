"""Years that can hardly be, by what a catalogue says of the artist's life."""

from dataclasses import replace

import pytest

from lib.data.artists.lives import Life
from lib.data.recorded_life import recorded_life
from lib.dating.doubt import doubted
from tests.lib.reports.linked_data.orders import order_of

ORDER = order_of(["a.jpg", "b.jpg", "c.jpg"])  # of 1880.4, 1881.4 and 1882.4; dated works of 1870 to 1900


@pytest.mark.parametrize(
    ("columns", "life"),
    [
        ({"Artist": "Vincent van Gogh (Dutch, 1853–1890)", "Title": "1888"}, Life(1853, 1890)),
        ({"artist": "Goya", "Artist Begin Date": "1746", "Artist End Date": "1828"}, Life(1746, 1828)),
        ({"artist": "Goya", "death_year": "1828-04-16"}, Life(None, 1828)),
        ({"maker": "Goya", "date": "1790"}, Life()),
    ],
)
def test_a_life_is_read_from_a_catalogue_s_columns(columns: dict[str, str], life: Life) -> None:
    assert recorded_life([columns, columns, {"artist": "Goya, Francisco"}]) == life


@pytest.mark.parametrize(
    ("life", "doubts"),
    [
        (Life(1853, 1890), ["", "", ""]),
        (Life(1853, 1880), ["", "after the artist's death in 1880", "after the artist's death in 1880"]),
        (Life(None, 1882), ["", "", ""]),
        (Life(1870, None), ["before the artist's 12th year: born in 1870"] * 2 + [""]),
        (Life(), ["", "", ""]),
    ],
)
def test_a_year_outside_the_life_is_questioned(life: Life, doubts: list[str]) -> None:
    assert doubted(ORDER, life).works["doubt"].tolist() == doubts


def test_without_a_life_the_years_of_the_dated_works_decide() -> None:
    order = replace(ORDER, first_year=1881, last_year=1881)
    outside = "outside the years of the dated works that the models know, 1881 to 1881"
    assert doubted(order, Life()).works["doubt"].tolist() == [outside, "", outside]
