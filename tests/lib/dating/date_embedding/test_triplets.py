import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.miners import TripletMarginMiner

from lib.dating.date_embedding.triplets import draw_batches, has_triplet, mine, year_triplets

YEARS = torch.tensor([1870, 1872, 1880, 1880, 1899])


def listed(triplets: tuple[torch.Tensor, ...]) -> set[tuple[int, ...]]:
    return set(zip(*(indices.tolist() for indices in triplets), strict=True))


def test_positives_are_close_and_negatives_far_in_years() -> None:
    triplets = listed(year_triplets(YEARS, close=2, far=10))
    expected = {(0, 1, n) for n in (2, 3, 4)} | {(1, 0, 4), (2, 3, 0), (2, 3, 4), (3, 2, 0), (3, 2, 4)}
    assert triplets == expected


@pytest.mark.parametrize("miner", ["all", "hard", "semihard"])
def test_with_years_as_classes_it_mines_what_the_library_mines(miner: str) -> None:
    torch.manual_seed(0)
    points, years = torch.randn(40, 3), torch.randint(1880, 1886, (40,))
    mined = mine(LpDistance()(points), year_triplets(years, close=0, far=1), miner=miner, margin=0.3)  # type: ignore[arg-type]
    expected = TripletMarginMiner(margin=0.3, type_of_triplets=miner, distance=LpDistance())(points, years)
    assert len(mined[0]) > 50
    assert listed(mined) == listed(expected)


@given(st.lists(st.integers(1880, 1899), max_size=8), st.integers(0, 5), st.integers(1, 10))
def test_it_says_whether_there_is_a_triplet(years: list[int], close: int, more: int) -> None:
    triplets = year_triplets(torch.tensor(years), close=close, far=close + more)
    assert has_triplet(np.array(years), close=close, far=close + more) == bool(len(triplets[0]))


def test_batches_are_of_one_artist_or_of_any() -> None:
    artists = pd.Series(list("aaaaaaabbbbbccc"), index=range(100, 115))
    apart = draw_batches(artists, batching="artist", batch_size=3, seed=0, epoch=1)
    assert apart.shape == (4, 3)  # two of a, one of b, one of c
    assert all(artists.iloc[rows].nunique() == 1 for rows in apart)
    mixed = draw_batches(artists, batching="random", batch_size=3, seed=0, epoch=1)
    assert sorted(mixed.ravel().tolist()) == list(range(15))
    assert (mixed == draw_batches(artists, batching="random", batch_size=3, seed=0, epoch=1)).all()
    assert (mixed != draw_batches(artists, batching="random", batch_size=3, seed=0, epoch=2)).any()
