import numpy as np
import pandas as pd

from lib.attribution.ensemble import fit_ensemble, joined, refit_ensemble
from lib.attribution.figures import Described

ARTISTS = ["Ada", "Bea", "Cyd"]


def seen_by(*, network: float, texture: float) -> tuple[Described, np.ndarray]:
    """Return 900 works that both tell apart so well and 60 by somebody else, and who made them."""
    random = np.random.default_rng(0)
    labels = np.concatenate([random.integers(0, 3, 900), np.full(60, 3)])
    names = np.array([*ARTISTS, "Dot"])[labels]
    right = np.eye(4)[labels]
    paintings = pd.DataFrame({"artist": names, "split": np.resize(["train", "train", "val", "test"], len(labels))})
    textures = random.normal(size=(len(labels), 8))
    textures[:, :4] += texture * right
    logits = random.normal(size=(len(labels), 3)) + network * right[:, :3]
    return Described(paintings, logits=logits, textures=textures.astype(np.float16), blocks=[5, 3]), labels


def top1(logits: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> float:
    return float((logits.argmax(axis=1) == labels)[asked].mean())


def test_together_they_name_more_works_than_each_alone() -> None:
    described, labels = seen_by(network=1.0, texture=1.0)
    ensemble, _ = fit_ensemble(described, ARTISTS)
    split = described.paintings["split"].to_numpy()
    logits = ensemble.logits(described.logits, described.textures)
    texture = ensemble.head.logits(ensemble.space.positions(described.textures))
    for asked in ((labels < 3) & (split == "val"), (labels < 3) & (split == "test")):
        assert top1(logits, labels, asked) > max(top1(described.logits, labels, asked), top1(texture, labels, asked))


def test_a_texture_that_says_nothing_counts_for_little() -> None:
    ensemble, _ = fit_ensemble(seen_by(network=3.0, texture=0.0)[0], ARTISTS)
    assert ensemble.shares[0] > 5 * ensemble.shares[1]


def test_val_is_learned_from_only_when_it_has_chosen() -> None:
    described, labels = seen_by(network=0.0, texture=0.0)
    val = (labels < 3) & (described.paintings["split"] == "val").to_numpy()
    first, strength = fit_ensemble(described, ARTISTS)
    assert top1(first.logits(described.logits, described.textures), labels, val) < 0.45
    labels[val] = random_labels = np.random.default_rng(1).integers(0, 3, val.sum())
    described.paintings.loc[val, "artist"] = np.array(ARTISTS)[random_labels]
    described.textures[val, :3] += (5 * np.eye(3)[random_labels]).astype(np.float16)  # what train does not show
    again = refit_ensemble(described, ARTISTS, strength=strength, shares=(0.0, 1.0))
    assert top1(again.logits(described.logits, described.textures), labels, val) > 0.6


def test_equal_shares_multiply_the_probabilities() -> None:
    one, other = np.log([[0.5, 0.5]]), np.log([[0.2, 0.8]])
    np.testing.assert_allclose(np.exp(joined(one, other, shares=(1.0, 1.0))), [[0.1, 0.4]])
