import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib.dating.pairs.network import PairNetwork, fit_pairs, probability_first_newer
from lib.dating.pairs.pairs import all_pairs, draw_pairs, newer, row_sums
from lib.features.architectures import load_architecture
from lib.stats.metrics import count_pairs
from lib.training.recipe import Recipe

YEARS = st.lists(st.integers(1800, 1830), min_size=2, max_size=20).map(np.array)


@given(years=YEARS, seed=st.integers(0, 99))
def test_drawn_pairs_never_tie_and_stay_with_one_artist(years: np.ndarray, seed: int) -> None:
    artists = np.arange(len(years)) % 3
    able = [len(set(years[artists == artist])) > 1 for artist in set(artists)]
    if not any(able):
        with pytest.raises(ValueError, match="no two works"):
            draw_pairs(artists, years, same_artist=True, count=7, seed=seed)
        return
    pairs = draw_pairs(artists, years, same_artist=True, count=7, seed=seed)
    assert pairs.shape == (7, 2)
    assert (years[pairs[:, 0]] != years[pairs[:, 1]]).all()
    assert (artists[pairs[:, 0]] == artists[pairs[:, 1]]).all()


def test_random_pairs_mix_artists() -> None:
    artists, years = np.arange(100) % 10, np.arange(100)
    pairs = draw_pairs(artists, years, same_artist=False, count=200, seed=0)
    assert (artists[pairs[:, 0]] != artists[pairs[:, 1]]).mean() > 0.7
    assert 0.4 < newer(pairs, years).mean() < 0.6


@given(years=YEARS, seed=st.integers(0, 99))
def test_correct_predictions_give_the_true_order(years: np.ndarray, seed: int) -> None:
    pairs = all_pairs(len(years), seed=seed)
    assert {frozenset(pair) for pair in pairs.tolist()} == {
        frozenset((i, j)) for i in range(len(years)) for j in range(i)
    }
    truth = np.where(years[pairs[:, 0]] == years[pairs[:, 1]], 0.5, newer(pairs, years))
    scores = row_sums(pairs, truth, works=len(years))
    counts = count_pairs(truth - 0.5, years[pairs[:, 0]] - years[pairs[:, 1]])
    assert counts.pairs == sum(years[i] != years[j] for i in range(len(years)) for j in range(i))
    assert counts.accuracy in (1.0, None)
    assert (np.argsort(scores, kind="stable") == np.argsort(years, kind="stable")).all()
    assert scores.sum() == pytest.approx(len(pairs))


def test_a_pair_network_learns_which_is_brighter_and_keeps_its_best_epoch() -> None:
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    network = PairNetwork(load_architecture("resnet18", weights="none"), trainable="last_block", dropout=0.1)
    years = random.integers(1800, 1860, 48)
    outputs = torch.rand(48, 256, 2, 2) * 0.1
    outputs[:, :32] += torch.from_numpy(years - 1830)[:, None, None, None] / 15
    recipe = Recipe(
        epochs=6, optimizer="adam", scheduler="none", mixup_alpha=0, label_smoothing=0, ema_decay=0, early_stopping=3
    )
    val = np.arange(48) % 4 == 0
    artists = np.repeat("a", 48)
    state = fit_pairs(
        network, outputs, artists=artists, years=years, val=val, same_artist=True, pairs=128, recipe=recipe
    )
    best = max(row["val_top1"] for row in state["history"])
    assert best > 0.8
    pairs = all_pairs(int(val.sum()), seed=1)
    probabilities = probability_first_newer(network, outputs[val], pairs)
    accuracy = count_pairs(probabilities - 0.5, years[val][pairs[:, 0]] - years[val][pairs[:, 1]]).accuracy
    assert accuracy is not None and accuracy > 0.8
