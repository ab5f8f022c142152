import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data.dates import PaintingDate, parse_date


@pytest.mark.parametrize(
    ("text", "year", "circa"),
    [
        ("1912", 1912, False),
        ("1912.0", 1912, False),
        ("904.0", 904, False),
        ("187.0", 187, False),
        ("c.1912", 1912, True),
        ("c. 1912", 1912, True),
        ("c1912", 1912, True),
        ("ca. 1912", 1912, True),
        ("circa 1912", 1912, True),
        ("September 1912", 1912, False),
        ("Sept. 1912", 1912, False),
        ("c. September 1912", 1912, True),
        ("3 September 1912", 1912, False),
        ("1912-09-03", 1912, False),
        (" 1912 ", 1912, False),
    ],
)
def test_reads_the_forms_that_catalogues_use(text: str, year: int, circa: bool) -> None:
    assert parse_date(text) == PaintingDate(year=year, circa=circa)


@pytest.mark.parametrize(
    "text",
    ["ific", "rain", "rver", "", "12", "19th century", "1880s", "1503-1519", "rain 1912", "1912.5", "0000", "9999",
     "19120", "c.", "١٩١٢"],
)  # fmt: skip
def test_rejects_what_names_no_single_year(text: str) -> None:
    assert parse_date(text) is None


@given(
    year=st.integers(100, 2100),
    circa=st.sampled_from(["", "c.", "c. ", "ca. ", "circa "]),
    month=st.sampled_from(["", "January ", "May ", "december "]),
    end=st.sampled_from(["", ".0"]),
)
def test_any_decorated_year_is_read_back(year: int, circa: str, month: str, end: str) -> None:
    assert parse_date(f"{circa}{month}{year}{end}") == PaintingDate(year=year, circa=bool(circa))


@given(st.text())
def test_any_text_gives_a_date_in_range_or_none(text: str) -> None:
    date = parse_date(text)
    assert date is None or 1 <= date.year <= 2100
