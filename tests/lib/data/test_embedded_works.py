from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data import embedded_works
from lib.data.dataset import Dataset
from lib.data.descriptor import EmbeddingsManifest
from lib.data.embedded_works import MOST_REFERENCES, EmbeddedWorks, batches_of, careers_of, some_careers
from lib.data.embeddings import Embeddings, read_embeddings
from lib.synthetic.embeddings import BACKBONE, made_up_manifest, write_careers


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset whose embeddings are in three parts, with the artists in no order."""
    folder = tmp_path_factory.mktemp("careers")
    write_careers(folder, artists=7, works=30, blocks=(4, 8))
    [part] = (folder / "embeddings" / BACKBONE).glob("part-*.parquet")
    table = pq.read_table(part)
    table = table.take(np.random.default_rng(0).permutation(len(table)))
    for number in range(3):
        pq.write_table(table.slice(70 * number, 70), part.with_name(f"part-{number:05d}.parquet"))
    return folder


def test_works_are_read_in_the_order_that_they_were_chosen_in(dataset: Path) -> None:
    whole, works = read_embeddings(dataset, BACKBONE), Dataset.open(dataset).embedded_works()
    rows = np.random.default_rng(1).permutation(210)[:50]
    read = works.where(rows).read()
    assert read.paintings["painting_id"].tolist() == works.paintings["painting_id"].iloc[rows].tolist()
    by_id = pd.Series(range(210), index=whole.paintings["painting_id"].to_numpy())
    expected = whole.where(by_id.loc[read.paintings["painting_id"]].to_numpy())
    np.testing.assert_array_equal(read.matrix, expected.matrix)
    pd.testing.assert_frame_equal(read.paintings, expected.paintings)


def test_batches_hold_every_work_once(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_works, "BATCH", 64)
    works = Dataset.open(dataset).embedded_works()
    batches = batches_of(works)
    assert [len(batch.paintings) for batch in batches] == [64, 64, 64, 18]
    assert pd.concat([batch.paintings for batch in batches]).equals(works.paintings)


def test_careers_keep_an_artist_together(dataset: Path) -> None:
    works = Dataset.open(dataset).embedded_works()
    batches = careers_of(works, most=70)
    assert [batch.paintings["artist"].nunique() for batch in batches] == [2, 2, 2, 1]
    assert sorted(pd.concat([batch.paintings["painting_id"] for batch in batches])) == sorted(
        works.paintings["painting_id"]
    )
    assert some_careers(works, most=31).paintings["artist"].value_counts().tolist() == [30, 30]


@given(st.integers(0, 3 * MOST_REFERENCES), st.integers(0, 2**32 - 1))
def test_of_a_very_long_career_as_many_works_as_can_be_learned_from_are_taken_from_end_to_end(
    more: int, seed: int
) -> None:
    years = np.random.default_rng(seed).integers(1500, 1600, MOST_REFERENCES + more).astype(float)
    paintings = pd.DataFrame({"artist": "Ada", "earliest": years, "latest": years})
    [career] = careers_of(EmbeddedWorks(Path(), made_up(), np.arange(3), paintings))
    taken = career.paintings["earliest"]
    assert len(taken) == MOST_REFERENCES == career.paintings.index.nunique()
    assert (taken.min(), taken.max()) == (years.min(), years.max())
    assert abs(taken.median() - np.median(years)) <= 2
    [whole] = careers_of(EmbeddedWorks(Path(), made_up(), np.arange(3), paintings), longest=None)
    assert len(whole.paintings) == len(years)


def made_up() -> EmbeddingsManifest:
    return EmbeddingsManifest.model_validate(made_up_manifest("made up", blocks=(3,)))


def test_embeddings_in_memory_are_read_as_they_are(dataset: Path) -> None:
    whole: Embeddings = read_embeddings(dataset, BACKBONE)
    assert whole.read() is whole
