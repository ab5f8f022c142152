import numpy as np
import pytest
from scipy.special import softmax

from lib.attribution.open_set import (
    KNOWN_SHARE,
    calibrate,
    ood_score,
    rejection,
    rejection_by_size,
    set_ood_score,
    share_refused,
    threshold_of,
    verdict,
)


def test_a_threshold_separates_unknown_works_from_known_ones() -> None:
    unknown = np.array([False] * 6 + [True] * 4)
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 0.6, 0.7, 0.8, 0.2])
    refused = share_refused(scores, unknown)
    assert refused == pytest.approx(1 / 6)
    threshold = threshold_of(scores[~unknown], refused=refused)
    figures = rejection(scores, unknown, threshold=threshold)
    assert figures.auroc == pytest.approx(16.5 / 24)
    assert figures.unknown_passed == pytest.approx(1 / 4)
    assert figures.known_rejected == pytest.approx(1 / 6)
    assert (figures.known_works, figures.unknown_works) == (6, 4)


def test_a_work_without_a_likely_artist_has_a_higher_score() -> None:
    known, odd = ood_score(np.array([[0.9, 0.05, 0.05], [0.4, 0.3, 0.3]]))
    assert odd > known


def test_contradicting_works_raise_the_score_of_a_set() -> None:
    alike, apart = np.array([[0.8, 0.1, 0.1]] * 4), np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]] * 2)
    assert set_ood_score(alike) == pytest.approx(0.2)
    assert set_ood_score(apart) > 1 - apart.mean(axis=0).max() > set_ood_score(alike)
    assert set_ood_score(np.array([[1.0, 0.0]])) == pytest.approx(0.0, abs=1e-6)


def test_larger_sets_show_better_whether_their_artist_is_known() -> None:
    random = np.random.default_rng(0)
    artists = np.repeat(["Ada", "Bea", "Dot", "Eve"], 40)
    unknown = np.isin(artists, ["Dot", "Eve"])
    logits = random.normal(size=(160, 2))
    logits[:40, 0] += 1.5
    logits[40:80, 1] += 1.5
    rows = rejection_by_size(softmax(logits, axis=1), artists, unknown)
    assert [row.size for row in rows] == [1, 2, 3, 5, 10, 20]
    assert rows[0].auroc < rows[-1].auroc > 0.9
    assert (rows[0].unknown_sets, rows[0].known_sets) == (40, 40)
    assert rejection_by_size(softmax(logits, axis=1), artists, np.zeros(160, dtype=bool)) == []


def test_a_calibration_names_the_artists_held_out_and_refuses_them() -> None:
    artists = np.repeat(["Ada", "Bea", "Dot"], 30)
    probabilities = np.repeat([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]], 30, axis=0)
    held_out = calibrate(probabilities, artists, artists == "Dot")
    assert held_out.artists == ["Dot"]
    assert (held_out.refused, held_out.rejection.auroc) == (0.0, 1.0)
    assert held_out.rejection.unknown_passed == 0.0


def test_the_verdict_depends_on_the_share_of_the_vote() -> None:
    assert [verdict(share) for share in (1.0, KNOWN_SHARE, KNOWN_SHARE - 0.01)] == ["known", "known", "unknown"]
