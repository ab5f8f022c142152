"""The years of works as intervals: a work is dated to one year, to a range, or to a range that is open on one side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Years:
    """earliest, latest: (n,) float64, the first and the last year of each work; -inf and inf for an open side."""

    earliest: np.ndarray
    latest: np.ndarray

    @classmethod
    def exact(cls, years: Sequence[float] | np.ndarray) -> "Years":
        """Return works that are each dated to one of `years` (n,)."""
        values = np.asarray(years, dtype=np.float64)
        return cls(values, values)

    def __len__(self) -> int:
        """Return the number of works."""
        return len(self.earliest)

    def __getitem__(self, rows: np.ndarray | slice) -> "Years":
        """Return the years of some works, by row number or by a mask (n,)."""
        return Years(self.earliest[rows], self.latest[rows])

    @property
    def midpoints(self) -> np.ndarray:
        """Return the middle (n,) of each interval; the bound that is known where one side is open."""
        earliest = np.where(np.isfinite(self.earliest), self.earliest, self.latest)
        latest = np.where(np.isfinite(self.latest), self.latest, self.earliest)
        return (earliest + latest) / 2

    @property
    def widths(self) -> np.ndarray:
        """Return latest minus earliest (n,), in years; 0 for a single year."""
        return self.latest - self.earliest

    @property
    def are_known(self) -> np.ndarray:
        """Return for each work (n,) whether anything is known of its year."""
        return np.isfinite(self.earliest) | np.isfinite(self.latest)

    @property
    def are_ordered(self) -> bool:
        """Return whether some work is certainly newer than another."""
        return len(self) > 0 and bool(self.earliest.max() > self.latest.min())

    def minus(self, offsets: np.ndarray) -> "Years":
        """Return the intervals shifted back by offsets (n,), in years."""
        return Years(self.earliest - offsets, self.latest - offsets)

    def distances(self, estimates: np.ndarray) -> np.ndarray:
        """Return how far estimates (n,) lie outside the intervals, in years; 0 inside."""
        return np.abs(estimates - np.clip(estimates, self.earliest, self.latest))

    def gaps_of(self, pairs: np.ndarray) -> np.ndarray:
        """Return how many years the first work of each pair (m, 2) of row numbers is newer than the second, at least.

        Negative where it is certainly older, 0 where the intervals overlap.
        """
        first, second = pairs[:, 0], pairs[:, 1]
        newer = np.maximum(self.earliest[first] - self.latest[second], 0)
        older = np.maximum(self.earliest[second] - self.latest[first], 0)
        return newer - older
