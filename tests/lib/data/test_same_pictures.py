import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lib.data.same_pictures import CERTAIN_BITS, copies, matches

hashes = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=12).map(
    lambda values: np.array(values, dtype=np.uint64)
)


@given(hashes)
def test_every_copy_has_an_original_before_it_and_originals_differ(pictures: np.ndarray) -> None:
    twice = np.concatenate([pictures, pictures])
    copied = copies(twice)
    assert copied[len(pictures) :].all() and not copied[0]
    originals = twice[~copied]
    assert len(matches(originals, originals)) == len(originals)


def test_the_nearest_match_comes_first_and_farther_ones_are_none() -> None:
    picture, others = np.array([0], dtype=np.uint64), np.array([2**9 - 1, 0b111, 0b1, 2**20 - 1], dtype=np.uint64)
    assert matches(picture, others, bits=9) == [(0, 2), (0, 1), (0, 0)]
    assert matches(picture, others, bits=CERTAIN_BITS) == [(0, 2), (0, 1)]
    assert matches(picture, others[:0]) == []
