import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.data.counts import NearDuplicates
from lib.data.splits import (
    NEAR_DUPLICATE_BITS,
    assign_splits,
    catalogue_splits,
    near_duplicate_counts,
    near_duplicate_groups,
    split_of_paintings,
    stable_fraction,
    standard_splits,
)
from lib.infra.errors import UserError


def distinct_phash(name: str) -> str:
    """A hash that is far from that of any other name."""
    return f"{int(stable_fraction(name, purpose='test') * 2**64):016x}"


def make_paintings(names: list[str], *, artist: str = "Monet") -> pd.DataFrame:
    return pd.DataFrame(
        {"painting_id": names, "artist": [artist] * len(names), "phash": [distinct_phash(name) for name in names]}
    )


names = st.lists(st.integers(0, 10_000).map("{}.jpg".format), unique=True, min_size=1, max_size=30)


@given(known=names, new=names)
@settings(deadline=None)
def test_new_paintings_move_no_others(known: list[str], new: list[str]) -> None:
    grown = make_paintings([*known, *(name for name in new if name not in known)])
    groups = near_duplicate_groups(grown)
    joined = set(groups[~grown["painting_id"].isin(known)])  # groups that a new painting is part of
    before = make_paintings(known).assign(split=assign_splits(make_paintings(known))).set_index("painting_id")["split"]
    after = grown.assign(split=assign_splits(grown), group=groups).set_index("painting_id")
    untouched = after[after.index.isin(known) & ~after["group"].isin(joined)]
    assert untouched["split"].to_dict() == before[untouched.index].to_dict()


@given(known=names)
@settings(deadline=None)
def test_order_of_rows_does_not_matter(known: list[str]) -> None:
    paintings = make_paintings(known)
    shuffled = paintings.sample(frac=1, random_state=len(known))
    assert assign_splits(shuffled).sort_index().tolist() == assign_splits(paintings).tolist()


@given(known=names, flips=st.lists(st.integers(0, 63), max_size=8, unique=True))
@settings(deadline=None)
def test_near_duplicates_share_a_split(known: list[str], flips: list[int]) -> None:
    paintings = make_paintings(known)
    mask = sum(1 << bit for bit in flips)
    copies = paintings.assign(
        painting_id="copy-" + paintings["painting_id"],
        phash=[f"{int(phash, 16) ^ mask:016x}" for phash in paintings["phash"]],
    )
    both = pd.concat([paintings, copies], ignore_index=True)
    splits = assign_splits(both).tolist()
    assert splits[: len(known)] == splits[len(known) :]
    assert near_duplicate_counts(both, assign_splits(both)).test_paintings_with_a_near_duplicate_outside_test == 0


def smallest_linked(hashes: list[int]) -> list[int]:
    """For each hash the lowest position linked to it by chains of near hashes: labels merged hash by hash."""
    labels = np.arange(len(hashes))
    for position, value in enumerate(hashes):
        near = [other for other in range(position, len(hashes)) if (hashes[other] ^ value).bit_count() <= 8]
        linked = np.unique(labels[near])
        labels[np.isin(labels, linked)] = linked[0]
    return labels.tolist()


@given(data=st.data())
def test_groups_are_the_hashes_linked_by_chains(data: st.DataObject) -> None:
    flips = st.sets(st.integers(0, 63), max_size=NEAR_DUPLICATE_BITS + 1)
    hashes = data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4))
    for flipped in data.draw(st.lists(flips, max_size=30)):  # most of them near an earlier hash, some just too far
        hashes.append(data.draw(st.sampled_from(hashes)) ^ sum(1 << bit for bit in flipped))
    names = [f"{number:02d}.jpg" for number in range(len(hashes))]
    paintings = pd.DataFrame({"painting_id": names, "artist": "Monet", "phash": [f"{value:016x}" for value in hashes]})
    shuffled = paintings.sample(frac=1, random_state=len(hashes))
    assert near_duplicate_groups(shuffled).sort_index().tolist() == [names[row] for row in smallest_linked(hashes)]


def test_chains_of_near_duplicates_are_one_group() -> None:
    chain = pd.DataFrame(
        {
            "painting_id": ["c", "a", "b", "z"],
            "artist": ["Monet"] * 4,
            "phash": ["0" * 16, "000000000000ffff", "00000000000000ff", "f" * 16],
        }
    )
    assert near_duplicate_groups(chain).tolist() == ["a", "a", "a", "z"]


def test_equal_hashes_of_different_artists_are_no_duplicates() -> None:
    two = pd.DataFrame({"painting_id": ["a", "b"], "artist": ["Monet", "Manet"], "phash": ["0" * 16] * 2})
    assert near_duplicate_groups(two).tolist() == ["a", "b"]


def test_fractions_are_those_of_the_study() -> None:
    shares = assign_splits(make_paintings([f"{index}.jpg" for index in range(4000)])).value_counts(normalize=True)
    assert shares["test"] == pytest.approx(0.2, abs=0.02)
    assert shares["val"] == pytest.approx(0.1, abs=0.02)
    assert shares["train"] == pytest.approx(0.7, abs=0.02)


def test_val_is_taken_from_the_train_of_the_catalogue() -> None:
    paintings = make_paintings([f"{index}.jpg" for index in range(2000)])
    paintings["catalogue_split"] = ["train", "test"] * 1000
    splits = catalogue_splits(paintings)
    assert (splits[1::2] == "test").all()
    assert set(splits[::2]) == {"train", "val"}
    assert (splits[::2] == "val").mean() == pytest.approx(0.125, abs=0.03)


def test_a_val_of_the_catalogue_is_kept() -> None:
    paintings = make_paintings(["a", "b", "c"]).assign(catalogue_split=["train", "val", "test"])
    assert catalogue_splits(paintings).tolist() == ["train", "val", "test"]


def test_crossing_near_duplicates_are_counted() -> None:
    paintings = pd.DataFrame(
        {"painting_id": ["a", "b", "c"], "artist": ["Monet"] * 3, "phash": ["0" * 16] * 2 + ["f" * 16]}
    )
    counts = near_duplicate_counts(paintings, pd.Series(["train", "test", "test"]))
    assert counts == NearDuplicates(
        near_duplicate_groups=1,
        paintings_in_near_duplicate_groups=2,
        test_paintings_with_a_near_duplicate_outside_test=1,
    )


def test_true_and_false_mean_train_and_test() -> None:
    assert standard_splits(pd.Series(["True", "False", "VAL"]), column="s").tolist() == ["train", "test", "val"]


@pytest.mark.parametrize("value", ["maybe", None])
def test_other_split_values_are_named(value: str | None) -> None:
    with pytest.raises(UserError, match="split column 'fold'"):
        standard_splits(pd.Series(["train", value]), column="fold")


@given(known=names, apart=names)
@settings(deadline=None)
def test_works_apart_are_no_test_and_move_no_other(known: list[str], apart: list[str]) -> None:
    own = make_paintings(known).assign(apart=None, catalogue_split="test")
    others = make_paintings([f"0-{name}" for name in apart]).assign(apart="after", catalogue_split="test")
    others["phash"] = [own["phash"].iloc[number % len(own)] for number in range(len(others))]  # copies of own works
    both = pd.concat([others, own], ignore_index=True)
    for by_catalogue in (False, True):
        splits = split_of_paintings(both, by_catalogue=by_catalogue)
        assert splits[: len(others)].tolist() == ["apart"] * len(others)
        assert splits[len(others) :].tolist() == split_of_paintings(own, by_catalogue=by_catalogue).tolist()
        assert near_duplicate_counts(both, splits).test_paintings_with_a_near_duplicate_outside_test == 0
