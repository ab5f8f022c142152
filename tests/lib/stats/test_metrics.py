import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import kendalltau

from lib.stats import metrics
from lib.stats.metrics import (
    dating_quality,
    interval_quality,
    mean_figures,
    order_quality,
    pairs_by_years_apart,
    top_k,
)
from lib.stats.years import Years

sizes = st.shared(st.integers(2, 12), key="n")
scores = arrays.arrays(np.float64, sizes, elements=st.integers(-50, 50).map(float))
exact_years = arrays.arrays(np.int64, sizes, elements=st.integers(1850, 1860))
widths = arrays.arrays(np.int64, sizes, elements=st.sampled_from([0, 0, 1, 5]))
years = st.builds(lambda first, width: Years(first.astype(float), (first + width).astype(float)), exact_years, widths)


@given(scores, years)
def test_reversed_scores_give_the_complement(scores: np.ndarray, years: Years) -> None:
    forward, backward = order_quality(scores, years), order_quality(-scores, years)
    assert (forward.pairs, forward.ties_excluded) == (backward.pairs, backward.ties_excluded)
    if forward.pairs:
        assert forward.pair_accuracy + backward.pair_accuracy == pytest.approx(1)


@given(years)
def test_the_years_themselves_order_perfectly_and_every_pair_is_counted_once(years: Years) -> None:
    quality = order_quality(years.midpoints, years)
    assert quality.pairs + quality.ties_excluded == len(years) * (len(years) - 1) // 2
    assert quality.pair_accuracy in (1.0, None)
    assert (quality.pair_accuracy is None) == (not years.are_ordered)


@given(scores, years)
def test_pairs_by_years_apart_add_up_to_all_pairs_of_different_years(scores: np.ndarray, years: Years) -> None:
    bands = pairs_by_years_apart(scores, years)
    quality = order_quality(scores, years)
    assert sum(band.pairs for band in bands) == quality.pairs
    if quality.pairs:
        assert sum(band.right for band in bands) / quality.pairs == pytest.approx(quality.pair_accuracy)
    assert [band.pairs for band in bands[3:]] == [0, 0]  # no two works are more than ten years apart
    assert bands[4].accuracy is None


@given(scores, years, st.integers(1, 20))
def test_pairs_counted_some_at_a_time_are_the_same(scores: np.ndarray, years: Years, at_once: int) -> None:
    whole = order_quality(scores, years), pairs_by_years_apart(scores, years)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "PAIRS_AT_ONCE", at_once)
        assert (order_quality(scores, years), pairs_by_years_apart(scores, years)) == whole


@given(scores, years, st.randoms())
def test_the_order_of_the_rows_does_not_matter(scores: np.ndarray, years: Years, random: object) -> None:
    rows = list(range(len(years)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    first, second = order_quality(scores, years), order_quality(scores[rows], years[rows])
    assert first.pair_accuracy == pytest.approx(second.pair_accuracy, nan_ok=True)
    assert first.kendall_tau == pytest.approx(second.kendall_tau, nan_ok=True)


@given(scores, exact_years)
def test_tau_of_exact_years_is_that_of_scipy(scores: np.ndarray, exact_years: np.ndarray) -> None:
    tau = order_quality(scores, Years.exact(exact_years)).kendall_tau
    assert tau == pytest.approx(kendalltau(scores, exact_years).statistic) or tau is None


def test_pairs_whose_years_overlap_are_excluded_and_an_error_is_the_distance_to_the_interval() -> None:
    years = Years(np.array([1830.0, 1841.0, 1850.0]), np.array([1841.0, 1841.0, np.inf]))
    quality = interval_quality(np.array([1835.0, 1844.0, 1845.0]), np.array([0.0, 2.0, 5.0]), years, median=1841.0)
    assert (quality.pairs, quality.ties_excluded, quality.pair_accuracy) == (2, 1, 1.0)
    assert quality.mae_years == pytest.approx((0 + 3 + 5) / 3)
    assert quality.mae_years_median_baseline == pytest.approx(9 / 3)
    assert quality.interval_coverage == pytest.approx(2 / 3)


def test_equal_years_are_excluded_and_equal_scores_count_half() -> None:
    quality = order_quality(np.array([1.0, 1.0, 2.0]), Years.exact([1900, 1901, 1901]))
    assert (quality.pairs, quality.ties_excluded) == (2, 1)
    assert quality.pair_accuracy == 0.75


def test_scores_that_say_nothing_have_no_tau() -> None:
    quality = order_quality(np.zeros(3), Years.exact([1900, 1901, 1902]))
    assert quality.pair_accuracy == 0.5
    assert quality.kendall_tau is None


def test_top_k_counts_labels_among_the_most_probable() -> None:
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    assert top_k(probabilities, np.array([1, 2]), 1) == 0.5
    assert top_k(probabilities, np.array([1, 2]), 2) == 1.0
    assert top_k(probabilities[:0], np.array([], dtype=int), 1) == 0.0
    assert top_k(np.full((2, 7), np.nan), np.array([0, 6]), 5) == 0.0
    assert top_k(np.full((2, 7), 1 / 7), np.array([0, 6]), 5) == 0.5


def test_errors_are_in_years_beside_those_of_the_median() -> None:
    quality = dating_quality(np.array([1900.0, 1910.0]), Years.exact([1901, 1905]), median=1901.0)
    assert (quality.n, quality.mae_years, quality.mae_years_median_baseline) == (2, 3.0, 2.0)
    assert (quality.pairs, quality.pair_accuracy) == (1, 1.0)


def test_means_ignore_missing_figures() -> None:
    rows = [{"tau": 0.5, "error": None}, {"tau": None, "error": None}, {"tau": 0.25, "error": None}]
    assert mean_figures(rows, ["tau", "error"]) == {"tau": 0.375, "error": None}
