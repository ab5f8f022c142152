import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import lib.attribution.verifier
from lib.attribution.held_out_artists import HeldOutArtists, held_out_artists
from lib.attribution.two_covariance import TwoCovariance, WorkSets, fit_two_covariance
from lib.attribution.verifier import Verifier, fit_verifier
from lib.features.placed_works import PlacedWorks

EACH = 40


def works(artists: int, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return positions around one centre per artist, the artists, and which works are val."""
    random = np.random.default_rng(seed)
    names = np.repeat([f"{seed} {number:02}" for number in range(artists)], EACH)
    positions = np.repeat(1.2 * random.normal(size=(artists, 12)), EACH, axis=0) + random.normal(size=(len(names), 12))
    return positions, names, np.arange(len(names)) % 2 == 0


def held_out(positions: np.ndarray, artists: np.ndarray, val: np.ndarray) -> list[HeldOutArtists]:
    """Return the folds of works in memory."""
    return held_out_artists(PlacedWorks(positions, artists, val))


@pytest.fixture(scope="module")
def model() -> TwoCovariance:
    positions, names, val = works(40, seed=0)
    return fit_two_covariance(positions[~val], names[~val])


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    positions, names, val = works(40, seed=0)
    fitted = fit_verifier(held_out(positions, names, val))
    assert fitted is not None
    return fitted


def val_sets(model: TwoCovariance, *, size: int, seed: int = 0) -> WorkSets:
    """Return a set of val works of each artist."""
    positions, names, val = works(40, seed=seed)
    return WorkSets.of(
        model.coordinates(positions), [np.flatnonzero(val & (names == name))[:size] for name in np.unique(names)]
    )


def test_no_fold_learns_from_the_works_that_it_is_asked_about() -> None:
    positions, names, val = works(40, seed=0)
    folds = held_out(positions, names, val)
    assert [len(fold.model.artists) for fold in folds] == [32] * 5
    assert sorted({artist for fold in folds for artist in fold.artists[fold.unknown]}) == sorted(set(names))
    for fold in folds:
        assert not set(fold.artists[fold.unknown]) & set(fold.model.artists)
        assert fold.model.works.tolist() == [EACH // 2] * 32
        assert len(fold.rows_by_artist(unknown=True)) == 8


def test_larger_sets_are_answered_better_and_calibrated(verifier: Verifier) -> None:
    for question in (verifier.artist, verifier.hand, verifier.known):
        single, *_, largest = question.figures
        assert single.group == 1 and single.auc < largest.auc
        assert single.equal_error_rate > largest.equal_error_rate
        assert all(figures.calibration_error < figures.by_chance + 0.06 for figures in question.figures)


def test_an_artist_is_told_from_others(verifier: Verifier, model: TwoCovariance) -> None:
    sets = val_sets(model, size=3)
    ratios = verifier.every_artist_log_ratios(model, sets)
    same = np.eye(40, dtype=bool)
    assert roc_auc_score(same.ravel(), ratios.ravel()) > 0.95
    assert np.median(ratios[same]) > np.log(3) and np.median(ratios[~same]) < -np.log(3)
    alone = verifier.artist_log_ratios(model, sets, artist=model.artists[7])
    np.testing.assert_allclose(alone, ratios[:, 7])


def test_two_sets_by_an_artist_nobody_saw_are_told_from_sets_by_two(verifier: Verifier, model: TwoCovariance) -> None:
    positions, names, val = works(40, seed=1)
    coordinates = model.coordinates(positions)
    rows = [np.flatnonzero(names == name) for name in np.unique(names)]
    first, second = (WorkSets.of(coordinates, [of[start : start + 5] for of in rows]) for start in (0, 20))
    same = verifier.hand_log_ratios(model, first, second)
    other = verifier.hand_log_ratios(model, first, WorkSets(second.works, np.roll(second.sums, 1, axis=0)))
    assert (same > 0).mean() > 0.85 and (other < 0).mean() > 0.85


def test_the_order_of_the_two_sets_does_not_matter(verifier: Verifier, model: TwoCovariance) -> None:
    first, second = val_sets(model, size=2), val_sets(model, size=5, seed=1)
    np.testing.assert_allclose(
        verifier.hand_log_ratios(model, first, second), verifier.hand_log_ratios(model, second, first)
    )


def test_known_artists_are_said_to_be_known(verifier: Verifier, model: TwoCovariance) -> None:
    def verdicts(sets: WorkSets) -> list[str]:
        each = [WorkSets(sets.works[[n]], sets.sums[[n]]) for n in range(len(sets.works))]
        return [verifier.known_artist(model, works).verdict for works in each]

    known, unknown = verdicts(val_sets(model, size=5)), verdicts(val_sets(model, size=5, seed=1))
    assert known.count("known") > 0.7 * 40 and known.count("unknown") < 0.15 * 40
    assert unknown.count("unknown") > 0.7 * 40 and unknown.count("known") < 0.15 * 40
    singly = verdicts(val_sets(model, size=1))
    assert singly.count("uncertain") > known.count("uncertain")


@pytest.mark.usefixtures("ray_cluster")
def test_trials_in_tasks_are_those_in_this_process(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lib.attribution.verifier, "MANY_ARTISTS", 1)
    assert fit_verifier(held_out(*works(40, seed=0))) == verifier


def test_too_few_artists_calibrate_nothing() -> None:
    positions, names, val = works(9, seed=0)
    assert fit_verifier(held_out(positions, names, val)) is None


def test_without_val_works_nothing_is_calibrated() -> None:
    positions, names, _ = works(12, seed=0)
    folds = held_out(positions, names, np.zeros(len(names), dtype=bool))
    assert fit_verifier(folds) is None
