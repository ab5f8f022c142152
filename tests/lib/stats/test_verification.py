import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.stats.verification import equal_error_rate

pairs = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=30).filter(
    lambda pairs: len({same for _, same in pairs}) == 2
)


def split(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    scores, same = zip(*pairs, strict=True)
    return np.array(scores, dtype=float), np.array(same)


def test_one_wrong_pair_of_four_on_each_side_is_a_quarter() -> None:
    scores = np.array([9.0, 8.0, 7.0, 2.0, 6.0, 1.0, 0.5, 0.0])
    assert equal_error_rate(scores, np.arange(8) < 4) == pytest.approx(0.25)


@pytest.mark.parametrize(("scores", "rate"), [([2, 2, 1, 1], 0.0), ([1, 1, 1, 1], 0.5), ([1, 1, 2, 2], 1.0)])
def test_the_best_no_and_the_worst_scores(scores: list[float], rate: float) -> None:
    same = np.array([True, True, False, False])
    assert equal_error_rate(np.array(scores, dtype=float), same) == pytest.approx(rate)


@given(pairs)
def test_only_the_order_of_the_scores_counts(pairs: list[tuple[int, bool]]) -> None:
    scores, same = split(pairs)
    assert equal_error_rate(np.exp(scores), same) == pytest.approx(equal_error_rate(scores, same))


@given(pairs)
def test_both_kinds_of_pairs_count_alike(pairs: list[tuple[int, bool]]) -> None:
    scores, same = split(pairs)
    assert equal_error_rate(-scores, ~same) == pytest.approx(equal_error_rate(scores, same))
