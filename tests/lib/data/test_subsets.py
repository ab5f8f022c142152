import pandas as pd
import pytest

from lib.data.dataset import Dataset
from lib.data.subsets import ensure_subset, select_artists, select_subset
from lib.infra.errors import UserError
from tests.conftest import Trained


def make_paintings(works: dict[str, int]) -> pd.DataFrame:
    rows = [(f"{artist}-{n}.jpg", artist, 1800 + n % 20) for artist, number in works.items() for n in range(number)]
    return pd.DataFrame(rows, columns=["painting_id", "artist", "year"])


def test_five_artists_with_most_works_give_100_each() -> None:
    works = {f"a{number}": 100 + 10 * number for number in range(7)}
    counts = select_subset(make_paintings(works), name="5-artists-100-works")["artist"].value_counts()
    assert counts.to_dict() == {f"a{number}": 100 for number in range(2, 7)}


def test_hundred_artists_keep_all_their_works() -> None:
    chosen = select_subset(make_paintings({f"a{number:03}": 1 + number for number in range(120)}), name="100-artists")
    assert chosen["artist"].nunique() == 100
    assert chosen["artist"].min() == "a020"
    assert len(chosen) == sum(range(21, 121))


def test_fifteen_most_frequent_years_give_100_each() -> None:
    paintings = make_paintings({"a": 4000, "b": 7})
    years = select_subset(paintings, name="15-years-100-works")["year"].value_counts()
    assert len(years) == 15
    assert (years == 100).all()
    assert set(range(1800, 1807)) <= set(years.index)  # the seven that b makes more frequent


def test_one_artist_by_name() -> None:
    chosen = select_subset(make_paintings({"Monet": 3, "Manet": 4}), name="one-artist", artist="Manet")
    assert chosen["artist"].tolist() == ["Manet"] * 4


def test_unknown_artist_gets_a_suggestion() -> None:
    with pytest.raises(UserError, match="did you mean Claude Monet"):
        select_subset(make_paintings({"Claude Monet": 3}), name="one-artist", artist="Claude Mone")


def test_one_artist_without_a_name() -> None:
    with pytest.raises(UserError, match="--artist"):
        select_subset(make_paintings({"Monet": 3}), name="one-artist")


def test_ties_between_artists_go_by_name() -> None:
    assert set(select_artists(make_paintings({"c": 2, "a": 2, "b": 2}), artists=2)["artist"]) == {"a", "b"}


def test_a_new_work_pushes_out_one_at_most() -> None:
    before = select_artists(make_paintings({"a": 200}), works_per_artist=50)["painting_id"]
    after = select_artists(make_paintings({"a": 201}), works_per_artist=50)["painting_id"]
    assert len(set(before) - set(after)) <= 1


def test_artists_with_few_works_keep_all() -> None:
    assert len(select_artists(make_paintings({"a": 3, "b": 30}), works_per_artist=10)) == 13


def test_a_subset_is_a_dataset_with_the_same_splits(trained: Trained) -> None:
    columns = ["painting_id", "artist", "split"]
    folder = ensure_subset(trained.dataset, artists=2, works_per_artist=10)
    subset, superset = Dataset.open(folder), Dataset.open(trained.dataset)
    part, whole = (dataset.paintings(columns=columns) for dataset in (subset, superset))
    assert part["artist"].value_counts().tolist() == [10, 10]
    assert part.merge(whole, on=columns).shape == part.shape
    assert subset.fingerprint != superset.fingerprint
    assert ensure_subset(trained.dataset, artists=2, works_per_artist=10) == folder
    assert ensure_subset(trained.dataset, artists=2, works_per_artist=11) != folder


def test_all_is_the_dataset_itself(trained: Trained) -> None:
    assert ensure_subset(trained.dataset, artists=None, works_per_artist=None) == trained.dataset


def test_no_works_are_one_sentence(trained: Trained) -> None:
    with pytest.raises(UserError, match="must be at least 1"):
        ensure_subset(trained.dataset, artists=3, works_per_artist=0)
