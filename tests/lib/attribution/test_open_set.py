import numpy as np
import pytest

from lib.attribution.open_set import SET_SIZES, calibrate_on_held_out_artists, score, set_rejection, verdict
from lib.attribution.two_covariance import fit_two_covariance


def works(artists: int, *, each: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return positions around one centre per artist, the artists, and which works are val."""
    random = np.random.default_rng(artists)
    names = np.repeat([f"{artists} {number:02}" for number in range(artists)], each)
    positions = np.repeat(1.2 * random.normal(size=(artists, 12)), each, axis=0) + random.normal(size=(len(names), 12))
    return positions, names, np.arange(len(names)) % 2 == 0


def test_a_threshold_separates_unknown_sets_from_known_ones() -> None:
    unknown = np.array([False] * 6 + [True] * 4)
    row = set_rejection(3, np.array([9.0, 8, 7, 6, 5, 1, 4, 3, 2, 8]), unknown)
    assert (row.size, row.threshold, row.known_sets, row.unknown_sets) == (3, 5.0, 6, 4)
    assert row.auroc == pytest.approx(16.5 / 24)
    assert row.unknown_passed == pytest.approx(1 / 4)
    assert row.known_rejected == pytest.approx(1 / 6)


def test_larger_sets_show_better_whether_their_artist_is_known() -> None:
    rows = calibrate_on_held_out_artists(*works(40)[:2], val=works(40)[2])
    assert [row.size for row in rows] == list(SET_SIZES)
    assert 0.6 < rows[0].auroc < rows[2].auroc < 1.0
    assert rows[-1].auroc > 0.97
    assert (rows[0].unknown_sets, rows[0].known_sets) == (40 * 20, 4 * 40 * 20)


def test_the_thresholds_hold_for_artists_of_no_fold() -> None:
    positions, names, val = works(40)
    by_size = calibrate_on_held_out_artists(positions, names, val=val)
    model = fit_two_covariance(positions[~val], names[~val])
    known = [positions[val & (names == name)][:5] for name in np.unique(names)]
    unknown = [rows[:5] for rows in works(41)[0].reshape(41, 40, -1)]
    said = [[verdict(score(model, rows), 5, by_size=by_size) for rows in sets] for sets in (known, unknown)]
    assert said[0].count("known") > 0.8 * len(known)
    assert said[1].count("unknown") > 0.8 * len(unknown)


def test_the_threshold_is_that_of_the_largest_size_not_above_the_set() -> None:
    rows = [set_rejection(size, np.array([size + 1.0, size - 1.0]), np.array([False, True])) for size in (1, 5)]
    assert [row.threshold for row in rows] == [2.0, 6.0]
    assert [verdict(4.0, count, by_size=rows) for count in (1, 4, 5, 50)] == ["known", "known", "unknown", "unknown"]


def test_too_few_artists_calibrate_nothing() -> None:
    positions, names, val = works(2)
    assert calibrate_on_held_out_artists(positions, names, val=val) == []
    assert verdict(-100.0, 3, by_size=[]) == "known"
