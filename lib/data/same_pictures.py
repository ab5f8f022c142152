"""Which pictures are the same, as far as their perceptual hashes tell."""

import numpy as np

from lib.data.splits import NEAR_DUPLICATE_BITS

# Bits of 64. Among 5,004 reference works all pairs within 4 bits were one picture, and half of those within 8.
CERTAIN_BITS = 4


def copies(hashes: np.ndarray) -> np.ndarray:
    """Return (n,) whether a picture may show what an earlier one shows, for 64-bit hashes (n,)."""
    copied = np.zeros(len(hashes), dtype=bool)
    for row in range(1, len(hashes)):
        copied[row] = bool((np.bitwise_count(hashes[:row][~copied[:row]] ^ hashes[row]) <= NEAR_DUPLICATE_BITS).any())
    return copied


def matches(hashes: np.ndarray, others: np.ndarray, *, bits: int = NEAR_DUPLICATE_BITS) -> list[tuple[int, int]]:
    """Return the numbers of pictures of `hashes` (n,) and `others` (m,) that differ in at most so many bits.

    Of each picture the nearest other comes first.
    """
    found = []
    for number, picture in enumerate(hashes):  # one after another: all distances would take gigabytes
        distances = np.bitwise_count(others ^ picture)
        near = np.flatnonzero(distances <= bits)
        found += [(number, int(other)) for other in near[np.argsort(distances[near], kind="stable")]]
    return found
