import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data.dates.edtf import edtf_of, edtf_of_estimate
from lib.data.dates.painting_date import PaintingDate
from lib.data.dates.parse import parse_date


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("1886", "1886"),
        ("c. 1886", "1886~"),
        ("1886–90", "1886/1890"),
        ("c. 1886–90", "1886/1890~"),
        ("1886 or later", "1886/.."),
        ("before c. 1890", "../1890~"),
        ("904", "0904"),
    ],
)
def test_prints_edtf(text: str, edtf: str) -> None:
    assert edtf_of(parse_date(text)) == edtf


year = st.integers(1, 2100)


@given(
    ends=st.tuples(year, year).map(sorted), open_side=st.sampled_from(["", "earliest", "latest"]), circa=st.booleans()
)
def test_what_is_printed_is_read_back(ends: list[int], open_side: str, circa: bool) -> None:
    date = PaintingDate(
        earliest=None if open_side == "earliest" else ends[0],
        latest=None if open_side == "latest" else ends[1],
        circa=circa,
        text="",
    )
    read = parse_date(edtf_of(date))
    assert (read.earliest, read.latest, read.circa) == (date.earliest, date.latest, circa)


@pytest.mark.parametrize(
    ("low", "high", "edtf"), [(1886, 1890, "1886/1890~"), (1886.4, 1889.2, "1886/1890~"), (1886.0, 1886.0, "1886~")]
)
def test_an_estimate_is_rounded_outwards(low: float, high: float, edtf: str) -> None:
    assert edtf_of_estimate(low, high) == edtf


@given(low=st.floats(1000, 2000), width=st.floats(0, 90))
def test_the_printed_estimate_contains_it(low: float, width: float) -> None:
    read = parse_date(edtf_of_estimate(low, low + width))
    assert read.earliest is not None and read.latest is not None
    assert read.earliest <= low and low + width <= read.latest and read.circa
