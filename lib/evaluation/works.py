"""The test works of a dataset, in the style space of the models that are measured on them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.data.embeddings import Embeddings
from lib.data.paintings import years_of
from lib.features.style_space import StyleSpace
from lib.infra.errors import UserError
from lib.stats.years import Years


@dataclass(frozen=True)
class HeldOutWorks:
    """positions: (n, d) in the style space. paintings: n rows of painting_id, artist, earliest, latest.

    works: number of each artist's works in all splits. train_artists: of each work outside the test split.
    """

    positions: np.ndarray
    paintings: pd.DataFrame
    works: dict[str, int]
    train_artists: pd.Series

    @property
    def majority(self) -> str:
        """Return the artist with most works outside the test split."""
        return str(self.train_artists.mode()[0])

    def of(self, artist: str) -> tuple[np.ndarray, Years]:
        """Return the positions and the years of one artist's test works."""
        rows = (self.paintings["artist"] == artist).to_numpy()
        return self.positions[rows], years_of(self.paintings)[rows]


def select_held_out_works(embeddings: Embeddings, *, space: StyleSpace) -> HeldOutWorks:
    """Return the test works of a dataset. Raises UserError where there are none, or no other works."""
    is_test = (embeddings.paintings["split"] == "test").to_numpy()
    if not is_test.any():
        raise UserError("the dataset has no test works to measure on; ingest it with other splits")
    test = embeddings.where(is_test)
    return HeldOutWorks(
        positions=space.positions(test.matrix),
        paintings=test.paintings,
        works={str(artist): int(n) for artist, n in embeddings.paintings["artist"].value_counts().items()},
        train_artists=embeddings.outside_test().paintings["artist"],
    )
