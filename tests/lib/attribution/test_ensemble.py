import numpy as np
import pandas as pd

from lib.attribution.describe import Described
from lib.attribution.ensemble import combine, fit_ensemble, refit_ensemble

ARTISTS = ["Ada", "Bea", "Cyd"]


def seen_by(*, network: float, texture: float) -> tuple[Described, np.ndarray]:
    """Return 900 works that both separate so well and 60 by another artist, with their labels."""
    random = np.random.default_rng(0)
    labels = np.concatenate([random.integers(0, 3, 900), np.full(60, 3)])
    names = np.array([*ARTISTS, "Dot"])[labels]
    right = np.eye(4)[labels]
    paintings = pd.DataFrame({"artist": names, "split": np.resize(["train", "train", "val", "test"], len(labels))})
    textures = random.normal(size=(len(labels), 8))
    textures[:, :4] += texture * right
    logits = random.normal(size=(len(labels), 3)) + network * right[:, :3]
    return Described(paintings, logits=logits, textures=textures.astype(np.float16), blocks=[5, 3]), labels


def top1(logits: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> float:
    return float((logits.argmax(axis=1) == labels)[rows].mean())


def test_the_ensemble_names_more_works_than_each_part_alone() -> None:
    described, labels = seen_by(network=1.0, texture=1.0)
    ensemble, _ = fit_ensemble(described, ARTISTS)
    split = described.paintings["split"].to_numpy()
    logits = ensemble.logits(described.logits, described.textures)
    texture = ensemble.head.logits(ensemble.space.positions(described.textures))
    for rows in ((labels < 3) & (split == "val"), (labels < 3) & (split == "test")):
        assert top1(logits, labels, rows) > max(top1(described.logits, labels, rows), top1(texture, labels, rows))


def test_an_uninformative_texture_gets_little_weight() -> None:
    ensemble, _ = fit_ensemble(seen_by(network=3.0, texture=0.0)[0], ARTISTS)
    assert ensemble.weights[0] > 5 * ensemble.weights[1]


def test_only_the_refitted_head_learns_from_val() -> None:
    described, labels = seen_by(network=0.0, texture=0.0)
    val = (labels < 3) & (described.paintings["split"] == "val").to_numpy()
    first, strength = fit_ensemble(described, ARTISTS)
    assert top1(first.logits(described.logits, described.textures), labels, val) < 0.45
    labels[val] = random_labels = np.random.default_rng(1).integers(0, 3, val.sum())
    described.paintings.loc[val, "artist"] = np.array(ARTISTS)[random_labels]
    described.textures[val, :3] += (5 * np.eye(3)[random_labels]).astype(np.float16)  # what train does not show
    again = refit_ensemble(described, ARTISTS, strength=strength, weights=(0.0, 1.0))
    assert top1(again.logits(described.logits, described.textures), labels, val) > 0.6


def test_equal_weights_multiply_the_probabilities() -> None:
    network, head = np.log([[0.5, 0.5]]), np.log([[0.2, 0.8]])
    np.testing.assert_allclose(np.exp(combine(network, head, weights=(1.0, 1.0))), [[0.1, 0.4]])
