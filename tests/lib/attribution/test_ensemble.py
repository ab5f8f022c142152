import numpy as np
import pytest
from scipy.special import log_softmax

from lib.attribution.ensemble import combine, fit_weights


def members(*strengths: float, works: int = 900) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the log-probabilities of 3 artists by independent members that know them so well, and the labels."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, works)
    logits = [random.normal(size=(works, 3)) + strength * np.eye(3)[labels] for strength in strengths]
    return [log_softmax(values, axis=1) for values in logits], labels


def top1(logits: np.ndarray, labels: np.ndarray) -> float:
    return float((logits.argmax(axis=1) == labels).mean())


def test_members_together_name_more_works_than_each_alone() -> None:
    evidence, labels = members(1.0, 1.0, 1.0)
    weights, _ = fit_weights(evidence, labels)
    assert top1(combine(evidence, weights=weights), labels) > max(top1(member, labels) for member in evidence) + 0.05


def test_an_uninformative_member_gets_little_weight() -> None:
    weights, _ = fit_weights(*members(3.0, 0.0))
    assert weights[0] > 5 * weights[1]


def test_weights_calibrate_a_member_that_is_too_sure() -> None:
    (member,), labels = members(1.0)
    (weight,), nll = fit_weights([member], labels)
    (halved,), same = fit_weights([2 * member], labels)
    assert halved == pytest.approx(weight / 2, rel=0.01)
    assert nll == pytest.approx(same, rel=1e-4)


def test_equal_weights_multiply_the_probabilities() -> None:
    first, second = np.log([[0.5, 0.5]]), np.log([[0.2, 0.8]])
    np.testing.assert_allclose(np.exp(combine([first, second], weights=(1.0, 1.0))), [[0.1, 0.4]])
