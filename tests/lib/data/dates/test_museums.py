"""The dates of two museums, beside the years that their curators give. Skipped where they are not at hand."""

from pathlib import Path

import pandas as pd
import pytest

from lib.data.dates.painting_date import DateError
from lib.data.dates.parse import parse_date

REPOSITORY = Path(__file__).parents[4]
SHARED = Path("shared", "museum-catalogues", "dates.csv")


@pytest.fixture(scope="module")
def dates() -> pd.DataFrame:
    """Return museum, text, earliest, latest and works of dated works, with the year that is read, or null."""
    path = next((path for root in (REPOSITORY, REPOSITORY.parent) if (path := root / SHARED).is_file()), None)
    if path is None:
        pytest.skip(f"{SHARED} is neither in the repository nor beside it")
    table = pd.read_csv(path, dtype_backend="numpy_nullable")
    dated = table[table["text"] != "date not known"]
    return dated.assign(year=dated["text"].map(year_of).astype("Int32"))


def year_of(text: str) -> int | None:
    try:
        return parse_date(text).year
    except DateError:
        return None


@pytest.mark.parametrize(("museum", "inside"), [("tate", 0.995), ("cmoa", 0.98)])
def test_the_dates_of_museums(dates: pd.DataFrame, museum: str, inside: float) -> None:
    rows = dates[dates["museum"] == museum]
    understood = rows[rows["year"].notna()]
    assert understood["works"].sum() >= 0.995 * rows["works"].sum()
    judged = understood.dropna(subset=["earliest", "latest"])
    within = judged[judged["year"].between(judged["earliest"], judged["latest"])]
    assert within["works"].sum() >= inside * judged["works"].sum()
