"""The test works of a dataset, in the style space of the models that are measured on them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.data.embedded_works import EmbeddedWorks
from lib.data.paintings import years_of
from lib.dating.comparator import Comparator
from lib.features.placed_works import place
from lib.features.stored_positions import StoredPositions
from lib.features.style_space import StyleSpace
from lib.infra.errors import UserError
from lib.stats.years import Years


@dataclass(frozen=True)
class HeldOutWorks:
    """positions: of n works in the style space. paintings: n rows of painting_id, artist, earliest, latest.

    works: number of each artist's works in all splits. train_artists: of each work outside the test split.
    """

    positions: StoredPositions
    paintings: pd.DataFrame
    works: dict[str, int]
    train_artists: pd.Series

    @property
    def majority(self) -> str:
        """Return the artist with most works outside the test split."""
        return str(self.train_artists.mode()[0])

    def of(self, artist: str) -> tuple[StoredPositions, Years]:
        """Return the positions and the years of one artist's test works."""
        rows = (self.paintings["artist"] == artist).to_numpy()
        return self.positions.where(rows), years_of(self.paintings)[rows]

    def sample(self, *, most: int) -> "HeldOutWorks":
        """Return `most` works drawn at random, or all of fewer."""
        rows = np.sort(np.random.default_rng(0).permutation(len(self.paintings))[:most])
        return replace(
            self, positions=self.positions.where(rows), paintings=self.paintings.iloc[rows].reset_index(drop=True)
        )


def estimate(comparator: Comparator, positions: StoredPositions) -> tuple[np.ndarray, np.ndarray]:
    """Return the years (n,) and the half widths (n,) of their intervals, computed of some works at a time."""
    estimates = positions.in_chunks(
        lambda some: np.column_stack(comparator.estimate(some)),
        label="dating",
        answers=max(1, len(comparator.references)),
    )
    return estimates[:, 0], estimates[:, 1]


def select_held_out_works(works: EmbeddedWorks, *, space: StyleSpace) -> HeldOutWorks:
    """Return the test works of a dataset. Raises UserError where there are none, or no other works."""
    splits, artists = works.paintings["split"], works.paintings["artist"]
    is_test = (splits == "test").to_numpy()
    if not is_test.any():
        raise UserError("the dataset has no test works to measure on; ingest it with other splits")
    test = works.where(is_test)
    return HeldOutWorks(
        positions=place(test, space=space),
        paintings=test.paintings.reset_index(drop=True),
        works={str(artist): int(n) for artist, n in artists.value_counts().items()},
        train_artists=works.outside_test().paintings["artist"],
    )
