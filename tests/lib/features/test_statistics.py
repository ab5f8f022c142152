import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.features.statistics import CHANNELS, correlations


@settings(deadline=None, max_examples=25)
@given(channels=st.integers(2, 6), seed=st.integers(0, 99), scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
def test_they_are_those_of_numpy_and_know_no_scale_and_no_place(
    channels: int, seed: int, scale: float, shift: float
) -> None:
    random = np.random.default_rng(seed)
    maps = random.normal(size=(2, channels, 5, 4)).astype(np.float32)
    found = correlations(torch.from_numpy(maps)).numpy()
    for row in range(2):
        table = np.corrcoef(maps[row].reshape(channels, -1))
        np.testing.assert_allclose(found[row], table[np.triu_indices(channels, 1)], atol=1e-4)
    moved = maps.reshape(2, channels, -1)[:, :, random.permutation(20)].reshape(maps.shape)
    again = correlations(torch.from_numpy((moved * scale + shift).astype(np.float32))).numpy()
    np.testing.assert_allclose(again, found, atol=1e-3)


def test_a_wide_map_is_brought_down_to_fewer_channels() -> None:
    found = correlations(torch.randn(3, 4 * CHANNELS, 6, 6, generator=torch.Generator().manual_seed(0)))
    assert found.shape == (3, CHANNELS * (CHANNELS - 1) // 2)
    assert found.abs().max() <= 1.0001


def test_an_even_map_gives_numbers() -> None:
    assert torch.isfinite(correlations(torch.ones(1, 4, 3, 3))).all()
