"""Known years, tie groups and nearest works, for any scores."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lib.data.provenance import Provenance
from lib.dating.artist_comparator import ArtistComparator, ComparatorMetadata, constants_of
from lib.dating.comparator import Kernel, fit_comparator
from lib.dating.order import SUPPORTED, nearest_dated, tie_groups, with_pinned_years
from lib.stats.years import Years

RANDOM = np.random.default_rng(0)
POSITIONS = RANDOM.normal(size=(30, 4))
COMPARATOR = fit_comparator(
    POSITIONS, Years.exact(1880 + 5 * POSITIONS[:, 0].round(1)), kernel=Kernel(gamma=0.4, noise=0.1)
).comparator

years = st.floats(min_value=1800, max_value=1900, allow_nan=False)
bounds = st.tuples(st.integers(1800, 1900), st.sampled_from([0, 0, 3, 20])).map(lambda pin: (pin[0], pin[0] + pin[1]))
pins = st.one_of(st.just((-np.inf, np.inf)), bounds, bounds.map(lambda pin: (-np.inf, pin[1])))
works = st.lists(st.tuples(years, pins), min_size=1, max_size=40)


def placed(drawn: list[tuple[float, tuple[float, float]]]) -> tuple[np.ndarray, Years]:
    """Return scores and known years in order."""
    estimates = np.array([year for year, _ in drawn])
    known = Years(
        np.array([pin[0] for _, pin in drawn], dtype=float), np.array([pin[1] for _, pin in drawn], dtype=float)
    )
    scores, low, high = with_pinned_years(estimates, np.ones(len(drawn)), known)
    assert (low <= scores).all() and (scores <= high).all()
    order = np.argsort(scores, kind="stable")
    return scores[order], known[order]


@given(works)
def test_known_works_stand_in_their_years(drawn: list[tuple[float, tuple[float, float]]]) -> None:
    scores, known = placed(drawn)
    assert (known.distances(scores) == 0).all()
    exact = known.widths == 0
    assert (scores[exact] == known.earliest[exact]).all()


@given(works)
def test_no_two_works_of_a_tie_group_have_a_supported_order(drawn: list[tuple[float, tuple[float, float]]]) -> None:
    scores, known = placed(drawn)
    groups = tie_groups(scores, known, comparator=COMPARATOR)
    assert groups[0] == 1
    assert set(np.diff(groups)) <= {0, 1}
    for group in set(groups):
        rows = np.flatnonzero(groups == group)
        assert COMPARATOR.probability_newer(scores[rows[-1]], scores[rows[0]]) < SUPPORTED or len(rows) == 1
        assert not known[rows].are_ordered
        if rows[-1] + 1 < len(scores):  # a group ends for a reason
            after = rows[-1] + 1
            assert (
                known[rows[0] : after + 1].are_ordered
                or COMPARATOR.probability_newer(scores[after], scores[rows[0]]) >= SUPPORTED
            )


def test_a_reference_is_its_own_nearest_work() -> None:
    names = tuple(f"work {number}" for number in range(len(POSITIONS)))
    metadata = ComparatorMetadata(
        provenance=Provenance(dataset="d", short_side=320, backbones=(), parts=(), tilt=0),
        artist="a",
        scope="own",
        works={},
        first_year=1860,
        last_year=1900,
        median_year=1880,
        constants=constants_of(COMPARATOR),
        reference_works=names,
        reference_dates=tuple(f"about {name}" for name in names),
        reference_columns=({},) * len(names),
    )
    comparator = ArtistComparator(COMPARATOR, metadata)
    for number, nearest in enumerate(nearest_dated(comparator, COMPARATOR.similarity(POSITIONS))):
        assert (nearest[0].painting_id, nearest[0].date) == (names[number], f"about {names[number]}")
        assert nearest[0].similarity == 1
        similarity = [work.similarity for work in nearest]
        assert similarity == sorted(similarity, reverse=True)
