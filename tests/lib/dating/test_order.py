"""Known years, tie groups and nearest works, for any scores."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lib.dating.comparator import Kernel, fit_comparator
from lib.dating.order import SUPPORTED, nearest_dated, tie_groups, with_pinned_years

RANDOM = np.random.default_rng(0)
POSITIONS = RANDOM.normal(size=(30, 4))
COMPARATOR = fit_comparator(
    POSITIONS, 1880 + 5 * POSITIONS[:, 0].round(1), kernel=Kernel(gamma=0.4, noise=0.1)
).comparator

years = st.floats(min_value=1800, max_value=1900, allow_nan=False)
works = st.lists(st.tuples(years, st.one_of(st.none(), st.integers(1800, 1900))), min_size=1, max_size=40)


def placed(drawn: list[tuple[float, int | None]]) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and known years in order."""
    estimates = np.array([year for year, _ in drawn])
    known = np.array([np.nan if pin is None else pin for _, pin in drawn], dtype=float)
    scores, low, high = with_pinned_years(estimates, np.ones(len(drawn)), known)
    assert (low <= scores).all() and (scores <= high).all()
    order = np.argsort(scores, kind="stable")
    return scores[order], known[order]


@given(works)
def test_known_works_stand_at_their_year(drawn: list[tuple[float, int | None]]) -> None:
    scores, known = placed(drawn)
    pinned = np.isfinite(known)
    assert (scores[pinned] == known[pinned]).all()
    assert (np.diff(known[pinned]) >= 0).all()


@given(works)
def test_no_two_works_of_a_tie_group_have_a_supported_order(drawn: list[tuple[float, int | None]]) -> None:
    scores, known = placed(drawn)
    groups = tie_groups(scores, known, comparator=COMPARATOR)
    assert groups[0] == 1
    assert set(np.diff(groups)) <= {0, 1}
    for group in set(groups):
        rows = np.flatnonzero(groups == group)
        assert COMPARATOR.probability_newer(scores[rows[-1]], scores[rows[0]]) < SUPPORTED or len(rows) == 1
        pins = known[rows]
        assert len(set(pins[np.isfinite(pins)])) <= 1
        if rows[-1] + 1 < len(scores):  # a group ends for a reason
            after = rows[-1] + 1
            pins = known[rows[0] : after + 1]
            differs = len(set(pins[np.isfinite(pins)])) > 1
            assert differs or COMPARATOR.probability_newer(scores[after], scores[rows[0]]) >= SUPPORTED


def test_a_reference_is_its_own_nearest_work() -> None:
    names = [f"work {number}" for number in range(len(POSITIONS))]
    for number, nearest in enumerate(nearest_dated(COMPARATOR, names, POSITIONS)):
        assert nearest[0].painting_id == names[number]
        assert nearest[0].similarity == 1
        similarity = [work.similarity for work in nearest]
        assert similarity == sorted(similarity, reverse=True)
