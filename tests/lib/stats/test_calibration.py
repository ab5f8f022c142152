import numpy as np
import pytest
from scipy.special import softmax

from lib.stats.calibration import error_by_chance, fit_temperature, reliability, search_temperature


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
    assert bins.works == [10, 10]
    assert bins.accuracy == pytest.approx([0.6, 0.8])
    assert bins.expected_error() == pytest.approx(0.05)


def test_the_temperature_makes_confidence_match_accuracy() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(4000, 3))
    labels = np.array([random.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in logits])
    assert fit_temperature(5 * logits, labels) == pytest.approx(5, rel=0.1)


def test_the_temperature_has_the_lowest_negative_log_likelihood() -> None:
    temperature = search_temperature(lambda temperature: (temperature - 2.5) ** 2, log_bounds=(-3, 3))
    assert temperature == pytest.approx(2.5, 1e-3)
