import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from lib.dating.likely_artists import mixture_quantiles

artists = st.lists(
    st.tuples(st.floats(1400, 2000), st.floats(0.5, 60), st.floats(0.02, 1)), min_size=1, max_size=6
).map(lambda rows: np.array(rows).T)


def test_one_artist_keeps_the_artists_interval() -> None:
    low, year, high = mixture_quantiles(np.array([1880.0]), np.array([6.0]), weights=np.array([0.3]))
    assert (low, year, high) == pytest.approx((1874, 1880, 1886), abs=0.01)


def test_two_equally_likely_artists_are_both_inside() -> None:
    low, year, high = mixture_quantiles(np.array([1650.0, 1880.0]), np.array([5.0, 5.0]), weights=np.array([1.0, 1.0]))
    assert low < 1652 and high > 1878 and 1660 < year < 1870


@given(artists)
def test_the_interval_holds_four_fifths_of_the_mixture(rows: np.ndarray) -> None:
    years, half_widths, weights = rows
    low, year, high = mixture_quantiles(years, half_widths, weights=weights)
    assert low <= year <= high
    deviations = half_widths / norm.ppf(0.9)
    inside = norm.cdf((high - years) / deviations) - norm.cdf((low - years) / deviations)
    assert inside @ weights / weights.sum() == pytest.approx(0.8, abs=0.01)


@given(artists, st.floats(0.01, 100))
def test_only_the_shares_of_the_weights_matter(rows: np.ndarray, scale: float) -> None:
    years, half_widths, weights = rows
    first = mixture_quantiles(years, half_widths, weights=weights)
    assert mixture_quantiles(years, half_widths, weights=scale * weights) == pytest.approx(first, abs=0.01)
