import numpy as np

from lib.dating.trend import (
    FEW,
    SharedTrend,
    accuracy_of,
    deviation_of,
    fit_shared_trend,
    trend_comparator,
    trend_errors,
    trend_sums,
)
from lib.stats.metrics import order_quality
from lib.stats.years import Years


def careers(artists: int, *, common: float, seed: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return artists whose style drifts with the year in a direction that is partly the same for all."""
    random = np.random.default_rng(seed)
    shared = random.normal(size=12)
    found = {}
    for number in range(artists):
        years = random.integers(1800 + number, 1840 + number, 40).astype(float)
        direction = common * shared + (1 - common) * random.normal(size=12)
        positions = np.outer((years - years.mean()) / 12, direction) + random.normal(size=12) * 5
        found[f"artist {number}"] = (positions + random.normal(size=positions.shape), years)
    return found


def accuracy_on_strangers(works: dict[str, tuple[np.ndarray, np.ndarray]]) -> float:
    shared = fit_shared_trend(works)
    judged = accuracy_of(trend_errors(works, shared))
    rows = []
    for positions, years in works.values():
        comparator = trend_comparator(shared.without(positions, years), positions[:FEW], years[:FEW], accuracy=judged)
        rows.append(order_quality(comparator.estimate(positions[FEW:])[0], Years.exact(years[FEW:])).pair_accuracy)
    return float(np.mean(rows))


def test_what_careers_have_in_common_orders_an_artist_who_was_never_seen() -> None:
    assert accuracy_on_strangers(careers(12, common=0.9)) > 0.75


def test_where_careers_have_nothing_in_common_it_is_a_coin() -> None:
    assert 0.35 < accuracy_on_strangers(careers(12, common=0.0)) < 0.65


def test_its_intervals_hold_eight_of_ten_works() -> None:
    works = careers(16, common=0.8)
    shared = fit_shared_trend(works)
    judged = accuracy_of(trend_errors(works, shared))
    strangers = careers(16, common=0.8, seed=0)
    inside = []
    for artist, (positions, years) in strangers.items():
        comparator = trend_comparator(shared.without(*works[artist]), positions[-FEW:], years[-FEW:], accuracy=judged)
        estimates, half_widths = comparator.estimate(positions[:-FEW])
        inside.append(np.abs(estimates - years[:-FEW]) <= half_widths)
    assert 0.7 < np.concatenate(inside).mean() < 0.9


def test_one_dated_work_gives_a_career_of_usual_length_around_it() -> None:
    assert deviation_of(np.array([1800.0])) > 5
    works = careers(6, common=0.9)
    shared = fit_shared_trend(works)
    positions, years = works["artist 0"]
    accuracy = accuracy_of(trend_errors(works, shared))
    comparator = trend_comparator(shared.of_all(), positions[:1], years[:1], accuracy=accuracy)
    estimates, _ = comparator.estimate(positions)
    assert estimates[0] == years[0]
    assert np.ptp(estimates) > 1


def test_artists_of_one_year_teach_nothing() -> None:
    works = {"a": (np.random.default_rng(0).normal(size=(5, 3)), np.full(5, 1900.0))}
    shared = fit_shared_trend(works)
    assert (shared.of_all().direction == 0).all() and (shared.without(*works["a"]).direction == 0).all()


def test_the_trend_without_an_artist_is_that_of_all_others() -> None:
    works = careers(6, common=0.9)
    shared = fit_shared_trend(works)
    others = {artist: career for artist, career in works.items() if artist != "artist 0"}
    expected = SharedTrend(shared.components, trend_sums(others, shared.components))
    found = shared.without(*works["artist 0"])
    scale = np.trace(shared.sums.square) / np.trace(expected.sums.square)  # the ridge is that of all artists
    assert scale < 1.5
    cosine = found.direction @ expected.of_all().direction
    assert cosine > 0.999 * np.linalg.norm(found.direction) * np.linalg.norm(expected.of_all().direction)
