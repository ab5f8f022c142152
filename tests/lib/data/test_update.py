"""What an update keeps, and what it says has changed."""

from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data import layout
from lib.data.layout import cuts
from lib.data.plan import PLAN_SCHEMA, lay_out
from lib.data.splits import assign_splits, catalogue_splits, near_duplicate_groups
from lib.data.update import changes_between, kept_splits, require_works_kept
from lib.infra.errors import UserError

# A catalogue: of each id what it says, and the content of the file.
catalogues = st.dictionaries(
    st.integers(0, 60).map("{}.jpg".format), st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=50
)


def plan_of(catalogue: dict[str, tuple[str, str]]) -> pa.Table:
    empty = pa.nulls(len(catalogue))
    columns = {field.name: empty.cast(field.type) for field in PLAN_SCHEMA}
    columns["painting_id"] = pa.array(list(catalogue), pa.string())
    columns["facts"] = pa.array([facts for facts, _ in catalogue.values()], pa.string())
    columns["sha256"] = pa.array([content for _, content in catalogue.values()], pa.string())
    return pa.table(columns, schema=PLAN_SCHEMA)


def stored_of(plan: pa.Table, made: layout.Layout, rows: list[slice]) -> pd.DataFrame:
    """Return the files of a version as painting_files() reads them."""
    table = plan.select(["painting_id", "facts", "sha256"]).to_pandas()
    names = [part.name for part, each in zip(made.parts, rows, strict=True) for _ in range(each.start, each.stop)]
    return table.assign(part=names)


@given(before=catalogues, after=catalogues)
def test_parts_are_kept_where_nothing_changed_and_no_name_is_given_twice(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]
) -> None:
    with patch.object(layout, "ROWS_PER_PART", 6):
        old_plan, new_plan = plan_of(before), plan_of(after)
        old_rows, new_rows = (list(cuts(list(catalogue))) for catalogue in (before, after))
        old = lay_out(old_plan, old_rows, None, next_part=0)
        stored = stored_of(old_plan, old, old_rows)
        new = lay_out(new_plan, new_rows, stored, next_part=old.next_part)
    for part, rows in zip(new.parts, new_rows, strict=True):
        content = [list(after.items())[row] for row in range(rows.start, rows.stop)]
        same = stored[stored["part"] == part.name]
        kept = list(zip(same["painting_id"], zip(same["facts"], same["sha256"], strict=True), strict=True))
        assert part.kept == (kept == content)
    fresh = [part.name for part in new.parts if not part.kept]
    assert not set(fresh) & {part.name for part in old.parts}
    assert len({part.name for part in new.parts}) == len(new.parts)
    assert new.next_part == old.next_part + len(fresh)


@given(ids=st.lists(st.integers(0, 10_000).map(str), unique=True, max_size=300), row=st.integers(0, 299))
def test_a_row_more_moves_cuts_only_nearby(ids: list[str], row: int) -> None:
    with patch.object(layout, "ROWS_PER_PART", 6):
        before = {tuple(ids[rows]) for rows in cuts(ids)}
        grown = [*ids[:row], "new", *ids[row:]]
        parts = [tuple(grown[rows]) for rows in cuts(grown)]
    assert [name for part in parts for name in part] == grown
    assert all(3 <= len(part) <= 12 for part in parts[:-1])
    first = [part for part in parts if "new" not in part and part[0] in ids[:row] and part[-1] in ids[:row]]
    assert set(first) <= before


def frame(catalogue: dict[str, tuple[str, str]]) -> pd.DataFrame:
    """Return the works of a catalogue, in the splits that their ids and pictures give them."""
    table = pd.DataFrame(
        [(name, "artist", facts, content, None) for name, (facts, content) in catalogue.items()],
        columns=["painting_id", "artist", "facts", "sha256", "problem"],
        dtype="str",
    )
    table["phash"] = [f"{'xyz'.index(content):016x}" for content in table["sha256"]]  # all near-duplicates
    return table


@given(before=catalogues, after=catalogues)
def test_what_changed_is_the_difference_of_the_catalogues(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]
) -> None:
    changes = changes_between(frame(after).assign(split="train"), frame(before).assign(split="train"))
    said = {row.file: (row.change, row.what) for row in changes.itertuples()}
    expected = {name: ("added", "") for name in after.keys() - before.keys()}
    expected |= {name: ("gone", "") for name in before.keys() - after.keys()}
    for name in before.keys() & after.keys():
        (facts, content), (new_facts, new_content) = before[name], after[name]
        what = [
            word
            for word, differs in (("picture", content != new_content), ("catalogue", facts != new_facts))
            if differs
        ]
        if what:
            expected[name] = ("changed", " and ".join(what))
    assert said == expected


@given(before=catalogues, after=catalogues, by_catalogue=st.booleans())
def test_unchanged_works_keep_their_splits_and_new_ones_join_their_group(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], by_catalogue: bool
) -> None:
    def split(works: pd.DataFrame, kept: pd.Series | None) -> pd.Series:
        if by_catalogue:
            return catalogue_splits(works.assign(catalogue_split="train"), kept=kept)
        return assign_splits(works, kept=kept)

    old, new = frame(before), frame(after)
    old["split"] = split(old, None)
    kept = kept_splits(new, old)
    new["split"] = split(new, kept)
    had = old.set_index("painting_id")["split"]
    for name in before.keys() & after.keys():
        if before[name][1] == after[name][1]:
            assert new.loc[new["painting_id"] == name, "split"].item() == had[name]
    for _, group in new.assign(kept=kept).groupby(near_duplicate_groups(new) if len(new) else []):
        if group["kept"].nunique() < 2:
            assert group["split"].nunique() == 1


def test_a_new_work_between_two_groups_joins_the_one_to_learn_from() -> None:
    works = pd.DataFrame(
        {
            "painting_id": ["a", "b", "c"],
            "artist": ["artist"] * 3,
            "phash": ["0000000000000000", "0000000000000fff", "000000000000003f"],  # c is near a and b
            "catalogue_split": ["train"] * 3,
        }
    )
    kept = pd.Series(["test", "val", None], dtype="str")
    assert assign_splits(works, kept=kept).tolist() == ["test", "val", "val"]


def test_half_of_the_works_may_go() -> None:
    stored = frame({f"{number}.jpg": ("a", "x") for number in range(10)})
    require_works_kept(stored, stored["painting_id"][:5], out=Path("dataset"), allowed=False)
    require_works_kept(stored, stored["painting_id"][:1], out=Path("dataset"), allowed=True)
    with pytest.raises(UserError, match="6 of the 10 works of dataset would go"):
        require_works_kept(stored, stored["painting_id"][:4], out=Path("dataset"), allowed=False)
