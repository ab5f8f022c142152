import numpy as np
import pytest

from lib.attribution.linear_head import LinearHead, fit_axes, fit_linear_heads


def works(classes: int, *, each: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Return positions around one centre per class in the first ten dimensions, noise in five more, and the classes."""
    random = np.random.default_rng(0)
    centres = np.hstack([2 * random.normal(size=(classes, 10)), np.zeros((classes, 5))])
    positions = np.repeat(centres, each, axis=0) + random.normal(size=(classes * each, 15))
    return positions.astype(np.float32), np.repeat(np.arange(classes), each)


def fit(positions: np.ndarray, labels: np.ndarray, columns: np.ndarray, *, strength: float = 0.1) -> LinearHead:
    axes = fit_axes(positions, columns=columns)
    classes = int(labels.max()) + 1
    components = {"statistics": axes.components(positions)}
    heads = fit_linear_heads(
        components, labels, axes={"statistics": axes}, classes=classes, strengths={"statistics": [strength]}
    )
    return heads["statistics"][strength]


@pytest.mark.parametrize("classes", [2, 4])
def test_classes_with_their_own_centre_are_told_apart(classes: int) -> None:
    positions, labels = works(classes)
    head = fit(positions, labels, np.arange(15))
    log_probabilities = head.log_probabilities(positions)
    assert np.exp(log_probabilities).sum(axis=1) == pytest.approx(1)
    assert (log_probabilities.argmax(axis=1) == labels).mean() > 0.9


def test_a_head_sees_its_columns_only() -> None:
    positions, labels = works(4)
    head = fit(positions, labels, np.arange(10, 15))
    assert (head.log_probabilities(positions).argmax(axis=1) == labels).mean() < 0.5
    positions[:, :10] = 1e6
    assert np.isfinite(head.log_probabilities(positions)).all()


def test_a_single_class_is_certain() -> None:
    positions, labels = works(1)
    head = fit(positions, labels, np.arange(15))
    assert np.exp(head.log_probabilities(positions)) == pytest.approx(1)


def test_less_regularisation_fits_the_works_closer() -> None:
    positions, labels = works(4)
    likelihoods = [
        fit(positions, labels, np.arange(15), strength=strength).log_probabilities(positions)[np.arange(160), labels]
        for strength in (0.001, 1.0)
    ]
    assert likelihoods[1].mean() > likelihoods[0].mean()
