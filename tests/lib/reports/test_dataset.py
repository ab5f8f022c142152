from itertools import combinations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lib.reports.dataset import pair_year_differences, pair_years

works = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1800, 1830)), max_size=25)


def all_pairs(rows: list[tuple[str, int]]) -> list[tuple[int, int]]:
    return [(one[1], two[1]) for one, two in combinations(rows, 2) if one[0] == two[0]]


def to_paintings(rows: list[tuple[str, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["artist", "year"]).astype({"artist": str, "year": "int32"})


@given(rows=works)
def test_differences_are_those_of_all_pairs(rows: list[tuple[str, int]]) -> None:
    counted = pair_year_differences(to_paintings(rows))
    expected = np.bincount([abs(one - two) for one, two in all_pairs(rows)], minlength=len(counted))
    assert counted.tolist() == expected.tolist()


@given(rows=works)
def test_years_are_those_of_all_pairs(rows: list[tuple[str, int]]) -> None:
    counted = pair_years(to_paintings(rows))
    expected = pd.Series([year for pair in all_pairs(rows) for year in pair], dtype="int32").value_counts()
    assert counted[counted > 0].to_dict() == expected.to_dict()
