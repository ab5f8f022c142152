from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics.pairwise import euclidean_distances

from lib.data.dataset import Dataset
from lib.data.embedded_works import EmbeddedWorks
from lib.features.placed_works import fit_space
from lib.sweeps import comparator
from lib.sweeps.comparator import artists_to_try, distances_in
from tests.embedded import BLOCKS, change_years, write_embedded


@pytest.fixture
def works(tmp_path: Path) -> EmbeddedWorks:
    """Four artists of 40 works, one of them of a single year."""
    write_embedded(tmp_path, artists=4, works=40)
    change_years(tmp_path, [1870 + row % 20 if row < 120 else 1900 for row in range(160)])
    return Dataset.open(tmp_path).embedded_works()


def test_distances_are_those_of_each_depth(works: EmbeddedWorks) -> None:
    [batch] = artists_to_try(works, min_works=30)
    space = fit_space(works)
    folds = pd.Series(np.arange(120) % 5, index=batch.paintings["painting_id"])
    artists = distances_in(batch, space, folds)
    assert [len(artist.years) for artist in artists] == [40, 40, 40]  # the fourth has one year
    standard = space.standardise(batch.read().matrix[40:80])
    for depth, columns in enumerate((slice(0, 4), slice(4, 16))):
        expected = euclidean_distances(standard[:, columns], squared=True) / BLOCKS[depth]
        np.testing.assert_allclose(artists[1].depths[depth], expected, atol=1e-5)


def test_of_many_works_some_artists_are_drawn_and_of_long_careers_some_works(
    works: EmbeddedWorks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(comparator, "LONGEST", 30)
    monkeypatch.setattr(comparator, "MOST_PAIRS", 2 * 30**2)
    batches = artists_to_try(works, min_works=35)
    assert [batch.paintings["artist"].value_counts().tolist() for batch in batches] == [[30], [30]]
    assert "2 of 3 artists with 35 works are drawn at random" in capsys.readouterr().out
    assert artists_to_try(works, min_works=41) == []
