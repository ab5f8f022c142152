"""Positions of works that lie in a file, of which some at a time are in memory."""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

import numpy as np

from lib.data.embedded_works import BATCH
from lib.infra.progress import track

MOST_ANSWERS = 2_000_000  # computed at once: 16 MB for each number of an answer


@dataclass(frozen=True)
class StoredPositions:
    """float16 positions of works in the style space, in a file that ends with its last user.

    shape: of all that is in the file. rows: (n,) of it, those of the works.
    """

    file: IO[bytes]
    shape: tuple[int, int]
    rows: np.ndarray

    @classmethod
    def of(cls, batches: Iterable[np.ndarray], *, width: int) -> "StoredPositions":
        """Write batches of positions (n, width), one after another."""
        file, works = tempfile.TemporaryFile(), 0  # noqa: SIM115  # it ends with the positions
        for positions in batches:
            file.write(np.ascontiguousarray(positions, dtype=np.float16).tobytes())
            works += len(positions)
        file.flush()
        return cls(file, (works, width), np.arange(works))

    def __len__(self) -> int:
        """Return the number of works."""
        return len(self.rows)

    def where(self, rows: np.ndarray | slice) -> "StoredPositions":
        """Return those of the works in these rows, by number or by a mask (n,)."""
        return StoredPositions(self.file, self.shape, self.rows[rows])

    def read(self) -> np.ndarray:
        """Return float32 (n, width)."""
        if not len(self.rows):
            return np.zeros((0, self.shape[1]), dtype=np.float32)
        stored = np.memmap(self.file, np.float16, mode="r", shape=self.shape)  # anew: pages read would stay in memory
        return stored[self.rows].astype(np.float32)

    def in_chunks(
        self, work: Callable[..., np.ndarray], *along: np.ndarray, label: str, answers: int = 1
    ) -> np.ndarray:
        """Return what `work` makes of positions (k, width), some of them at once.

        along: (n, …) of the works, of which `work` gets the same rows. label: of the progress. answers: numbers that
        `work` computes of each work, which limits how many works it gets.
        """
        size = max(1, min(BATCH, MOST_ANSWERS // answers))
        firsts = range(0, max(1, len(self)), size)
        shown = track(firsts, label, total=len(firsts), unit="batches", brief=True)
        chunks = (slice(first, first + size) for first in shown)
        return np.concatenate([work(self.where(of).read(), *(each[of] for each in along)) for of in chunks])
