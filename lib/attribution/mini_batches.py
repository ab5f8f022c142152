"""Mini-batches of works, for regressions: how many, and of which works."""

from collections.abc import Iterator

import numpy as np

BATCH = 1024  # works in a step
EPOCHS = 2  # over the works, at least
FEWEST_STEPS = 1000  # also where the works fill few batches


def steps_of(works: int) -> int:
    """Return the number of steps for so many works: whole epochs."""
    each = works // min(BATCH, works)
    return each * max(EPOCHS, -(-FEWEST_STEPS // each))


def mini_batches(works: int) -> Iterator[np.ndarray]:
    """Yield the row numbers of each step, shuffled anew in each epoch, within a step in their order."""
    random, size = np.random.default_rng(0), min(BATCH, works)
    each = works // size
    for _ in range(steps_of(works) // each):
        order = random.permutation(works)
        yield from (np.sort(order[place * size : (place + 1) * size]) for place in range(each))
