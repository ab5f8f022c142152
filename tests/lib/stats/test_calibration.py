import numpy as np
import pytest
from scipy.special import softmax

from lib.stats.calibration import (
    error_by_chance,
    ood_score,
    rejection,
    reliability,
    search_temperature,
    set_ood_score,
    share_refused,
    threshold_of,
)


def test_a_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    random = np.random.default_rng(0)
    probabilities = softmax(2 * random.normal(size=(20_000, 5)), axis=1)
    labels = (probabilities.cumsum(axis=1) > random.random((20_000, 1))).argmax(axis=1)
    assert reliability(probabilities, labels).expected_error() < 0.015
    assert reliability(probabilities, labels).expected_error() < 2 * error_by_chance(probabilities)
    assert error_by_chance(probabilities[:100]) > 3 * error_by_chance(probabilities)
    sharper = softmax(3 * np.log(probabilities), axis=1)
    assert reliability(sharper, labels).expected_error() > 0.1


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    probabilities = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    labels = np.array([0] * 8 + [1] * 2 + [0] * 6 + [1] * 4)
    bins = reliability(probabilities, labels)
    assert bins.works.tolist() == [10, 10]
    assert bins.accuracy.tolist() == pytest.approx([0.6, 0.8])
    assert bins.expected_error() == pytest.approx(0.05)


def test_a_threshold_tells_unknown_works_from_known_ones() -> None:
    unknown = np.array([False] * 6 + [True] * 4)
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 0.6, 0.7, 0.8, 0.2])
    refused = share_refused(scores, unknown)
    assert refused == pytest.approx(1 / 6)
    threshold = threshold_of(scores[~unknown], refused=refused)
    figures = rejection(scores, unknown, threshold=threshold)
    assert figures["auroc"] == pytest.approx(16.5 / 24)
    assert figures["unknown_passed"] == pytest.approx(1 / 4)
    assert figures["known_rejected"] == pytest.approx(1 / 6)
    assert (figures["known_works"], figures["unknown_works"]) == (6, 4)


def test_what_no_artist_speaks_for_is_stranger() -> None:
    known, odd = ood_score(np.array([[0.9, 0.05, 0.05], [0.4, 0.3, 0.3]]))
    assert odd > known


def test_works_that_speak_against_each_other_are_a_strange_set() -> None:
    alike, apart = np.array([[0.8, 0.1, 0.1]] * 4), np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]] * 2)
    assert set_ood_score(alike) == pytest.approx(0.2)
    assert set_ood_score(apart) > 1 - apart.mean(axis=0).max() > set_ood_score(alike)
    assert set_ood_score(np.array([[1.0, 0.0]])) == pytest.approx(0.0, abs=1e-6)


def test_the_temperature_has_the_lowest_negative_log_likelihood() -> None:
    temperature = search_temperature(lambda temperature: (temperature - 2.5) ** 2, log_bounds=(-3, 3))
    assert temperature == pytest.approx(2.5, 1e-3)
