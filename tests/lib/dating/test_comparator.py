import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error

from lib.dating.comparator import Comparator, conformal_quantile, fit_comparator
from lib.dating.kernel import Kernel, choose_kernel
from lib.stats.metrics import order_quality
from lib.stats.years import Years

KERNEL = Kernel(gamma=0.4, noise=0.1)


def career(works: int, *, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (works, 20) that drift with the year along a curve, and the years."""
    random = np.random.default_rng(seed)
    years = random.integers(1860, 1900, works).astype(float)
    time = (years - 1880) / 20
    drift = np.stack([time, np.sin(2 * time), time**2], axis=1) @ random.normal(size=(3, 20))
    return drift + noise * random.normal(size=drift.shape), years


def fitted(works: int = 60, *, noise: float = 0.5) -> tuple[Comparator, np.ndarray, np.ndarray]:
    positions, years = career(2 * works, noise=noise)
    return (
        fit_comparator(positions[:works], Years.exact(years[:works]), kernel=KERNEL).comparator,
        positions[works:],
        years[works:],
    )


def known_years(years: np.ndarray) -> Years:
    """Return years (n,) as known ones, those that are NaN as not known."""
    return Years(np.nan_to_num(years, nan=-np.inf), np.nan_to_num(years, nan=np.inf))


def test_unseen_works_are_ordered_and_dated_better_than_by_the_median() -> None:
    comparator, positions, years = fitted()
    estimates, _ = comparator.estimate(positions)
    assert order_quality(estimates, Years.exact(years)).pair_accuracy > 0.8
    median = np.full(len(years), np.median(comparator.years.midpoints))
    assert mean_absolute_error(years, estimates) < 0.6 * mean_absolute_error(years, median)


def test_positions_without_style_are_ordered_no_better_than_by_a_coin() -> None:
    random = np.random.default_rng(0)
    positions, years = random.normal(size=(400, 20)), random.integers(1860, 1900, 400).astype(float)
    comparator = fit_comparator(positions[:200], Years.exact(years[:200]), kernel=KERNEL).comparator
    assert 0.4 < order_quality(comparator.estimate(positions[200:])[0], Years.exact(years[200:])).pair_accuracy < 0.6


def test_eighty_percent_of_unseen_works_lie_inside_their_interval() -> None:
    comparator, positions, years = fitted(400, noise=1.0)
    estimates, half_widths = comparator.estimate(positions)
    assert 0.75 < (np.abs(estimates - years) <= half_widths).mean() < 0.85


def test_a_work_unlike_all_references_gets_a_wider_interval() -> None:
    comparator, positions, _ = fitted()
    far = comparator.estimate(positions[:1] + 100)[1]
    assert far > comparator.estimate(positions[:1])[1]


@given(st.floats(1800, 1950), st.floats(1800, 1950))
@settings(max_examples=50)
def test_the_comparison_is_antisymmetric(first: float, second: float) -> None:
    comparator, _, _ = fitted()
    newer = comparator.probability_newer(first, second)
    assert newer + comparator.probability_newer(second, first) == pytest.approx(1)
    if abs(first - second) > 1e-9:
        assert (newer > 0.5) == (first > second)


def test_the_probability_of_an_order_is_the_share_of_pairs_in_that_order() -> None:
    comparator, positions, years = fitted(300, noise=2.0)
    estimates, _ = comparator.estimate(positions)
    first, second = np.triu_indices(len(years), k=1)
    newer = np.array(
        [comparator.probability_newer(a, b) for a, b in zip(estimates[first], estimates[second], strict=True)]
    )
    confidence, right = np.maximum(newer, 1 - newer), (newer > 0.5) == (years[first] > years[second])
    different = years[first] != years[second]
    assert confidence[different].mean() == pytest.approx(right[different].mean(), abs=0.04)


def test_leave_one_out_estimates_are_those_of_fits_without_the_work() -> None:
    positions, years = career(12, noise=0.3)
    fit = fit_comparator(positions, Years.exact(years), kernel=KERNEL)
    for row in range(12):
        others = np.arange(12) != row
        precision = np.linalg.inv(
            np.linalg.inv(fit.comparator.inverse_kernel)[np.ix_(others, others)]
        )  # the same kernel matrix without the work
        similarity = fit.comparator.similarity(positions[row : row + 1])[0, others]
        centred = years[others] - years.mean()
        assert years.mean() + similarity @ precision @ centred == pytest.approx(fit.loo_estimates[row], abs=1e-6)


@pytest.mark.parametrize(
    ("positions", "years", "reason"),
    [
        (np.ones((2, 3)), np.array([1900.0, 1901.0]), "2 works cannot be ordered"),
        (np.ones((5, 3)), np.full(5, 1900.0), "one is newer than another"),
        (np.full((5, 3), np.nan), np.arange(1900.0, 1905.0), "not finite"),
    ],
)
def test_works_that_cannot_be_ordered_are_refused(positions: np.ndarray, years: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fit_comparator(positions, Years.exact(years), kernel=KERNEL)


def test_works_that_look_all_alike_are_given_the_mean_year() -> None:
    years = np.arange(1900.0, 1920.0)
    comparator = fit_comparator(np.ones((20, 3)), Years.exact(years), kernel=KERNEL).comparator
    assert comparator.estimate(np.ones((1, 3)))[0] == pytest.approx(years.mean())


def test_noisier_careers_choose_a_noisier_kernel() -> None:
    quiet, loud = ([career(60, noise=noise, seed=seed) for seed in range(3)] for noise in (0.05, 5.0))
    assert choose_kernel(quiet).noise < choose_kernel(loud).noise


def test_works_that_are_not_finite_have_no_voice_in_the_choice() -> None:
    works = [career(60, noise=0.5, seed=seed) for seed in range(3)]
    broken = (np.full((60, 20), np.nan), works[0][1])
    assert choose_kernel([*works, broken]) == choose_kernel(works)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=50))
def test_the_conformal_quantile_covers_at_least_its_share(errors: list[float]) -> None:
    bound = conformal_quantile(np.array(errors))
    assert np.mean(np.array(errors) <= bound) >= 0.8


@given(pins=st.lists(st.integers(0, 59), min_size=1, max_size=30, unique=True), seed=st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_known_years_move_likely_works_and_never_widen_an_interval(pins: list[int], seed: int) -> None:
    comparator, positions, years = fitted(noise=0.3)
    known = np.full(len(positions), np.nan)
    known[pins] = years[pins] + np.random.default_rng(seed).integers(-20, 20, len(pins))
    pinned = known_years(known)
    before, wide = comparator.estimate(positions)
    after, narrow = comparator.estimate(positions, pinned)
    assert (narrow <= wide + 1e-6).all()
    assert np.abs(after[pins] - known[pins]).mean() <= np.abs(before[pins] - known[pins]).mean() + 1e-6


def test_nothing_known_changes_nothing() -> None:
    comparator, positions, _ = fitted()
    nothing = np.full(len(positions), np.nan)
    for one, other in zip(
        comparator.estimate(positions), comparator.estimate(positions, known_years(nothing)), strict=True
    ):
        assert (one == other).all()


def test_known_years_help_to_date_the_rest() -> None:
    comparator, positions, years = fitted(24, noise=0.4)
    known = np.where(np.arange(len(years)) % 2 == 0, years, np.nan)
    rest = np.isnan(known)
    without = np.abs(comparator.estimate(positions)[0] - years)[rest].mean()
    assert np.abs(comparator.estimate(positions, known_years(known))[0] - years)[rest].mean() < without


def test_a_circa_year_counts_less() -> None:
    positions, years = career(40, noise=0.5)
    years[0] += 30
    circa = np.arange(40) == 0
    exact, about = (
        fit_comparator(positions, Years.exact(years), kernel=KERNEL, circa=mask) for mask in (~circa & False, circa)
    )
    pull = [fit.comparator.estimate(positions[:1])[0][0] - (years[0] - 30) for fit in (exact, about)]
    assert 0 < pull[1] < pull[0]
