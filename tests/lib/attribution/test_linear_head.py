import numpy as np
import pandas as pd
import pytest

from lib.attribution.attribute import vote
from lib.attribution.linear_head import ArtistHead, fit_artist_head


def works(artists: list[str], *, each: int = 40, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return positions around one centre per artist, the artists, and which works are val."""
    random = np.random.default_rng(0)
    centres = 2 * random.normal(size=(len(artists), 10))
    names = np.repeat(np.array(artists), each)
    positions = np.repeat(centres, each, axis=0) + spread * random.normal(size=(len(names), 10))
    return positions.astype(np.float32), names, np.arange(len(names)) % 5 == 0


@pytest.mark.parametrize("artists", [["Ada", "Bo"], ["Ada", "Bo", "Cy", "Di"]])
def test_artists_with_their_own_place_are_told_apart(artists: list[str]) -> None:
    positions, names, val = works(artists)
    head, val_top1 = fit_artist_head(positions, names, val=val)
    probabilities = head.probabilities(positions)
    assert head.artists == artists
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert np.mean(np.array(artists)[probabilities.argmax(axis=1)] == names) > 0.9
    assert max(val_top1.values()) > 0.9


def test_a_single_artist_is_certain() -> None:
    positions, names, val = works(["Ada"])
    head, _ = fit_artist_head(positions, names, val=val)
    assert head.probabilities(positions) == pytest.approx(1)


def test_val_works_of_artists_outside_train_are_no_obstacle() -> None:
    positions, names, val = works(["Ada", "Bo", "Cy"])
    val = val | (names == "Cy")
    head, _ = fit_artist_head(positions, names, val=val)
    assert head.artists == ["Ada", "Bo", "Cy"]


def test_no_val_works_leave_the_temperature_alone() -> None:
    positions, names, val = works(["Ada", "Bo"])
    head, _ = fit_artist_head(positions, names, val=np.zeros_like(val))
    assert head.temperature == 1.0


def test_the_head_knows_labels_by_name() -> None:
    head = ArtistHead(artists=["Ada", "Bo"], weight=np.zeros((2, 3)), bias=np.zeros(2))
    assert head.labels(np.array(["Bo", "Ada"])).tolist() == [1, 0]


def test_the_vote_is_weighted_by_probability() -> None:
    probabilities = pd.DataFrame({"Ada": [0.51, 0.51, 0.0], "Bo": [0.49, 0.49, 1.0]})
    assert vote(probabilities).index[0] == "Bo"
    assert vote(probabilities).sum() == pytest.approx(1)
