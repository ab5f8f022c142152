"""Comparators that learn from ranges of years."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, truncnorm

from lib.dating.censored import StandIns, approximate, fit_stand_ins, truncated_moments
from lib.dating.comparator import fit_comparator
from lib.dating.kernel import Kernel
from lib.stats.years import Years

KERNEL = Kernel(gamma=0.4, noise=0.1)


def career(works: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (works, 8) that drift with the year, with noise, and the years."""
    random = np.random.default_rng(seed)
    years = random.integers(1860, 1900, works).astype(float)
    drift = ((years - 1880) / 10)[:, None] * np.eye(8)[0]
    return drift + 0.6 * random.normal(size=(works, 8)), years


def ranges(years: np.ndarray, *, width: int, seed: int = 0) -> Years:
    """Return ranges of a width, in years, that hold the years somewhere."""
    earliest = years - np.random.default_rng([seed, 1]).integers(0, width + 1, len(years))
    return Years(earliest, earliest + width)


def test_stand_ins_match_the_exact_posterior_of_a_single_work() -> None:
    prior, signal, noise = 1850.0, 100.0, 0.1
    years = Years(np.array([1860.0]), np.array([1869.0]))
    start = StandIns(years.midpoints, np.array([1.0]))
    stand_in = approximate(
        years, covariance=np.ones((1, 1)), mean=np.array([prior]), signal=signal, noise=np.array([noise]), start=start
    )
    grid = np.linspace(1750, 1950, 200_001)
    deviation = np.sqrt(signal * noise)
    likelihood = norm.cdf((1869.5 - grid) / deviation) - norm.cdf((1859.5 - grid) / deviation)
    posterior = norm.pdf(grid, prior, np.sqrt(signal)) * likelihood
    expected = np.average(grid, weights=posterior)
    gain = 1 / (1 + stand_in.variances[0])
    assert prior + gain * (stand_in.values[0] - prior) == pytest.approx(expected, abs=0.01)
    assert signal * (1 - gain) == pytest.approx(np.average((grid - expected) ** 2, weights=posterior), rel=0.01)


def test_truncated_moments_are_those_of_scipy() -> None:
    low = np.array([-1.0, -np.inf, 2.0, -30.0, 8.0, -0.05])
    high = np.array([1.0, 0.5, np.inf, -29.0, 8.1, 0.05])
    mean, variance = truncated_moments(low, high)
    expected_mean, expected_variance = truncnorm.stats(low, high, moments="mv")
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-6)
    np.testing.assert_allclose(variance, expected_variance, rtol=1e-4)


def test_exact_years_stand_for_themselves() -> None:
    positions, years = career(20)
    stand_ins, _ = fit_stand_ins(Years.exact(years), covariance=np.eye(20), noise=np.full(20, 0.1))
    assert (stand_ins.values == years).all()
    assert (stand_ins.variances == 0.1).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1, 5, 20, 150]))
def test_a_wider_range_says_less_and_none_says_more_than_a_year(seed: int, width: int) -> None:
    positions, years = career(25, seed=seed)
    given = ranges(years, width=width, seed=seed)
    mixed = Years(np.where(years > 1875, years, given.earliest), np.where(years > 1875, years, given.latest))
    stand_ins, career_ = fit_stand_ins(
        mixed, covariance=np.exp(-np.square(positions[:, None] - positions).sum(2)), noise=np.full(25, 0.1)
    )
    assert np.isfinite(stand_ins.values).all()
    assert (stand_ins.variances >= 0.1 - 1e-9).all()
    assert career_.signal > 0


def test_an_open_range_pulls_to_its_side_only() -> None:
    positions = np.array([[-1.0], [-0.9], [0.9], [1.0], [1.1]])
    years = Years(np.array([1860, 1861, 1880, 1881, 1890.0]), np.array([1860, 1861, 1880, 1881, np.inf]))
    after = fit_comparator(positions, years, kernel=KERNEL).comparator
    years.latest[4], years.earliest[4] = 1862, -np.inf
    before = fit_comparator(positions, Years(years.earliest, years.latest), kernel=KERNEL).comparator
    assert before.estimate(positions[4:])[0] < 1880.5 < after.estimate(positions[4:])[0]


def test_ranges_date_new_works_better_than_their_first_years_or_leaving_them_out() -> None:
    errors = {"ranges": [], "first years": [], "left out": []}
    for seed in range(6):
        positions, years = career(240, seed=seed)
        learned, new = slice(0, 40), slice(40, None)
        wide = np.random.default_rng(seed).random(40) < 0.8
        given = ranges(years[learned], width=12, seed=seed)
        earliest = np.where(wide, given.earliest, years[learned])
        mixed = Years(earliest, np.where(wide, given.latest, years[learned]))
        for way, (rows, taken) in {
            "ranges": (np.ones(40, dtype=bool), mixed),
            "first years": (np.ones(40, dtype=bool), Years.exact(earliest)),
            "left out": (~wide, Years.exact(earliest)),
        }.items():
            comparator = fit_comparator(positions[learned][rows], taken[rows], kernel=KERNEL).comparator
            errors[way].append(np.abs(comparator.estimate(positions[new])[0] - years[new]).mean())
    means = {way: np.mean(values) for way, values in errors.items()}
    assert means["ranges"] < means["first years"]
    assert means["ranges"] < means["left out"]


def test_intervals_cover_new_works_although_all_dates_are_ranges() -> None:
    covered = []
    for seed in range(5):
        positions, years = career(600, seed=seed)
        comparator = fit_comparator(positions[:200], ranges(years[:200], width=8, seed=seed), kernel=KERNEL).comparator
        estimates, half_widths = comparator.estimate(positions[200:])
        covered.append((np.abs(estimates - years[200:]) <= half_widths).mean())
    assert 0.8 < np.mean(covered) < 0.95


def test_a_pinned_range_moves_similar_works_towards_it() -> None:
    positions, years = career(60)
    comparator = fit_comparator(positions, Years.exact(years), kernel=KERNEL).comparator
    pair = np.stack([positions[0], positions[0] + 0.01])
    free = comparator.estimate(pair)[0]
    pinned = Years(np.array([1930.0, -np.inf]), np.array([1940.0, np.inf]))
    moved = comparator.estimate(pair, pinned)[0]
    assert (moved > free + 2).all()
    inside = Years(np.array([free[0] - 20, -np.inf]), np.array([free[0] + 20, np.inf]))
    assert comparator.estimate(pair, inside)[0] == pytest.approx(free, abs=0.5)
