import pytest

from lib.data.dataset import read_manifest, read_paintings
from lib.data.subset_datasets import ensure_subset
from lib.infra.errors import UserError
from tests.conftest import Trained

COLUMNS = ["painting_id", "artist", "split"]


def test_a_subset_is_a_dataset_with_the_same_splits(trained: Trained) -> None:
    folder = ensure_subset(trained.dataset, artists=2, works_per_artist=10)
    part = read_paintings(folder, columns=COLUMNS)
    assert part["artist"].value_counts().tolist() == [10, 10]
    whole = read_paintings(trained.dataset, columns=COLUMNS)
    assert part.merge(whole, on=COLUMNS).shape == part.shape
    assert read_manifest(folder)["fingerprint"] != read_manifest(trained.dataset)["fingerprint"]
    assert ensure_subset(trained.dataset, artists=2, works_per_artist=10) == folder
    assert ensure_subset(trained.dataset, artists=2, works_per_artist=11) != folder


def test_all_is_the_dataset_itself(trained: Trained) -> None:
    assert ensure_subset(trained.dataset, artists=None, works_per_artist=None) == trained.dataset


def test_no_works_are_one_sentence(trained: Trained) -> None:
    with pytest.raises(UserError, match="must be at least 1"):
        ensure_subset(trained.dataset, artists=3, works_per_artist=0)
