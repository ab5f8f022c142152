import numpy as np
import pytest

from lib.attribution.artist_head import ArtistHead
from lib.attribution.fit_artist_head import ChosenHead, fit_artist_head
from lib.attribution.linear_head import LinearHead
from lib.attribution.two_covariance import fit_two_covariance
from lib.features.placed_works import PlacedWorks

COLUMNS = {"statistics": np.arange(10), "correlations": np.arange(10, 20)}


def works(artists: list[str], *, each: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return positions around one centre per artist, the artists, and which works are val."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(len(artists), 20))
    names = np.repeat(np.array(artists), each)
    positions = np.repeat(centres, each, axis=0) + random.normal(size=(len(names), 20))
    return positions.astype(np.float32), names, np.arange(len(names)) % 5 == 0


def fit(positions: np.ndarray, artists: np.ndarray, val: np.ndarray) -> tuple[ArtistHead, ChosenHead]:
    """Return the head of works in memory, and the one that never saw val."""
    fitted = fit_artist_head(PlacedWorks(positions, artists, val), columns=COLUMNS)
    return fitted.head, fitted.chosen


@pytest.mark.parametrize("artists", [["Ada", "Bo"], ["Ada", "Bo", "Cy", "Di"]])
def test_artists_with_their_own_centre_are_told_apart(artists: list[str]) -> None:
    positions, names, val = works(artists)
    head, chosen = fit(positions, names, val)
    probabilities = head.probabilities(positions)
    assert head.artists == artists
    assert set(chosen.strengths) == set(COLUMNS)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert np.mean(np.array(artists)[probabilities.argmax(axis=1)] == names) > 0.9


def test_all_parts_together_name_more_works_than_each_alone() -> None:
    random = np.random.default_rng(1)
    names = np.repeat([f"artist {number:02}" for number in range(20)], 60)
    positions = np.repeat(random.normal(size=(20, 20)), 60, axis=0) + 1.5 * random.normal(size=(1200, 20))
    split = np.arange(1200) % 3
    seen, test = split < 2, split == 2
    head, _ = fit(positions[seen], names[seen], split[seen] == 1)
    labels = head.labels(names[test])
    together = (head.logits(positions[test]).argmax(axis=1) == labels).mean()
    for kind in COLUMNS:
        alone = (head.linear[kind].log_probabilities(positions[test]).argmax(axis=1) == labels).mean()
        assert together > alone + 0.05


def test_an_uninformative_kind_gets_little_weight() -> None:
    positions, names, val = works([f"artist {number}" for number in range(8)])
    positions[:, 10:] = np.random.default_rng(2).normal(size=(len(positions), 10))
    head, _ = fit(positions, names, val)
    statistics, correlations, ratios = head.weights
    assert statistics + ratios > 3 * correlations


def test_a_single_artist_is_certain() -> None:
    positions, names, val = works(["Ada"])
    head, _ = fit(positions, names, val)
    assert head.probabilities(positions) == pytest.approx(1)


def test_val_works_of_artists_outside_train_are_no_obstacle() -> None:
    positions, names, val = works(["Ada", "Bo", "Cy"])
    head, chosen = fit(positions, names, val | (names == "Cy"))
    assert head.artists == ["Ada", "Bo", "Cy"]
    assert chosen.head.artists == ["Ada", "Bo"]


def test_without_val_works_every_member_still_counts() -> None:
    positions, names, val = works(["Ada", "Bo"])
    head, _ = fit(positions, names, np.zeros_like(val))
    assert all(weight > 0 for weight in head.weights)


def test_no_artist_is_surer_than_val_works_can_show() -> None:
    positions, names, val = works(["Ada", "Bo", "Cy"])
    head, _ = fit(positions, names, val)
    probabilities = head.probabilities(100 * positions)
    assert probabilities.max() < 1 - 0.5 / (val.sum() + 2)
    assert probabilities.sum(axis=1) == pytest.approx(1)


def test_the_head_knows_labels_by_name() -> None:
    positions = np.random.default_rng(0).normal(size=(4, 3))
    linear = {"statistics": LinearHead(np.arange(3), axes=np.eye(3), weight=np.zeros((2, 3)), bias=np.zeros(2))}
    model = fit_two_covariance(positions, np.array(["Ada", "Ada", "Bo", "Bo"]))
    head = ArtistHead(["Ada", "Bo"], linear, model, weights=(1.0, 1.0), val_works=8)
    assert head.labels(np.array(["Bo", "Ada"])).tolist() == [1, 0]
