"""What an update of a dataset needs to know: which files the version before has, and what changed since then."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lib.data.counts import Changes
from lib.data.image_limits import ImageError
from lib.data.paintings import Part, splits_path
from lib.data.picture_files import checksum, painting_files, read_image_file
from lib.data.plan import STORED_COLUMNS
from lib.data.splits import near_duplicate_groups
from lib.infra.cluster import connect, map_parts
from lib.infra.errors import UserError
from lib.infra.paths import read_parquet

FILES_PER_TASK = 256
LARGEST_LOSS = 0.5  # share of the works that an update takes out without being told to


def stored_files(dataset: Path, parts: Sequence[Part]) -> pd.DataFrame:
    """Return the files of a finished dataset, as painting_files(), and their splits, null where one cannot be used.

    parts: of its manifest.
    """
    paths = [dataset / "paintings" / part.name for part in parts]
    files = painting_files(paths)
    splits = [read_parquet(splits_path(path)) for path, part in zip(paths, parts, strict=True) if part.paintings]
    split_of = {name: split for table in splits for name, split in zip(*table.to_pydict().values(), strict=True)}
    return files.assign(split=files["painting_id"].map(split_of))


def with_stored(paintings: pd.DataFrame, stored: pd.DataFrame, *, root: Path) -> pd.DataFrame:
    """Return the paintings with what the version before has of them: STORED_COLUMNS, and sha256 of unchanged files.

    A file with the stamp noted is unchanged. Of others as large as noted the content is compared.
    """
    rows = _rows_before(paintings, stored)
    known = stored.iloc[rows[rows >= 0]].set_axis(rows.index[rows >= 0]).reindex(paintings.index)
    same_size = (known["size"] == paintings["size"]) & (known["sha256"] != "")
    same_stamp = (known["changed"] == paintings["changed"]) & (paintings["changed"] != "")
    noted = (known["file"] == paintings["file"]) & same_stamp
    unchanged = (same_size & noted).fillna(False).astype(bool)
    doubtful = (same_size & ~noted).fillna(False).astype(bool)
    content = paintings.loc[doubtful, "file"].map(checksums(root, paintings.loc[doubtful, "file"].tolist()))
    unchanged[content.index] = (content == known.loc[content.index, "sha256"]).fillna(False).astype(bool)
    before = known[["part", "painting_id", "sha256", "problem"]].set_axis(list(STORED_COLUMNS), axis=1)
    return paintings.assign(**before, sha256=known["sha256"].where(unchanged))


def _rows_before(paintings: pd.DataFrame, stored: pd.DataFrame) -> pd.Series:
    """Return for each painting the row of the work that had its file, else its id; -1 where there is none."""
    by_file = pd.Series(range(len(stored)), index=stored["file"])
    by_id = pd.Series(range(len(stored)), index=stored["painting_id"])
    return paintings["file"].map(by_file).fillna(paintings["painting_id"].map(by_id)).fillna(-1).astype(int)


def checksums(root: Path, files: Sequence[str]) -> dict[str, str]:
    """Return the checksums of files below `root`, read on all workers of the cluster; empty for unreadable ones."""
    tasks = [{"batch": list(files[first : first + FILES_PER_TASK])} for first in range(0, len(files), FILES_PER_TASK)]
    if tasks:
        connect()
    rows = map_parts(_checksum_task, tasks, label="compared", unit="files", arguments={"root": root})
    return {name: sha256 for row in rows for name, sha256 in zip(row["names"], row["checksums"], strict=True)}


def _checksum_task(batch: dict[str, Any], *, root: Path) -> dict[str, list[Any]]:
    [names] = ([str(name) for name in names] for names in batch["batch"])
    return {"files": [len(names)], "names": [names], "checksums": [[_checksum_of(root / name) for name in names]]}


def _checksum_of(path: Path) -> str:
    try:
        return checksum(read_image_file(path))
    except ImageError:
        return ""


def require_works_kept(stored: pd.DataFrame, painting_ids: pd.Series, *, out: Path, allowed: bool) -> None:
    """Raise UserError where an update would take more than half of the works out. painting_ids: of those that stay."""
    before = stored.loc[stored["problem"].isna(), "painting_id"]
    gone = int((~before.isin(painting_ids)).sum())
    if not allowed and gone > LARGEST_LOSS * len(before):
        raise UserError(
            f"{gone:,} of the {len(before):,} works of {out} would go: the catalogue or the files have become fewer; "
            "check --catalogue and --root, choose another --out, or say --allow-removals where they are to go"
        )


def kept_splits(paintings: pd.DataFrame, stored: pd.DataFrame) -> pd.Series:
    """Return the split of each painting in the version before; null for new works.

    A work counts as new where its picture or its artist is another one, and where it was apart. paintings: painting_id,
    artist, sha256.
    """
    known = stored[stored["problem"].isna()].set_index("painting_id").reindex(paintings["painting_id"])
    known = known.set_axis(paintings.index)
    same = (known["sha256"] == paintings["sha256"]) & (known["artist"] == paintings["artist"])
    return known["split"].where(same & (known["split"] != "apart"))


def changes_between(paintings: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """Return the works that an update adds, changes and takes out: file, change, what, split, near_duplicate_of.

    what: of changed works, `picture`, `catalogue` and `split`. near_duplicate_of: of works with a new picture, the
    first unchanged work that shows the same, and its split. paintings: painting_id, artist, phash, sha256, facts and
    split.
    """
    before = stored[stored["problem"].isna()].set_index("painting_id")
    after = paintings.set_index("painting_id")
    known = before.reindex(after.index)
    differs = {
        "picture": known["sha256"] != after["sha256"],
        "catalogue": known["facts"] != after["facts"],
        "split": known["split"] != after["split"],
    }
    is_new = ~after.index.isin(before.index)
    rows = zip(*(each.to_numpy() for each in differs.values()), strict=True)
    what = [" and ".join(name for name, other in zip(differs, row, strict=True) if other) for row in rows]
    changes = pd.DataFrame(
        {"file": after.index, "change": "changed", "what": what, "split": after["split"].to_numpy()}, dtype="str"
    )
    changes.loc[is_new, ["change", "what"]] = ["added", ""]
    new_pictures = set(after.index[is_new | differs["picture"].to_numpy()])
    changes["near_duplicate_of"] = changes["file"].map(_near_duplicates(paintings, new_pictures))
    gone = before[~before.index.isin(after.index)]
    gone_rows = pd.DataFrame({"file": gone.index, "change": "gone", "what": "", "split": gone["split"].to_numpy()})
    return pd.concat([changes[is_new | (changes["what"] != "")], gone_rows], ignore_index=True)


def _near_duplicates(paintings: pd.DataFrame, new: set[str]) -> dict[str, str]:
    """Return for new works the first other work of their group and its split."""
    artists = paintings.loc[paintings["painting_id"].isin(new), "artist"]
    works = paintings[paintings["artist"].isin(artists) & (paintings["split"] != "apart")]
    works = works.assign(group=near_duplicate_groups(works)).sort_values("painting_id")
    old = works[~works["painting_id"].isin(new)].drop_duplicates("group").set_index("group")
    named = old["painting_id"] + " (" + old["split"] + ")"
    found = works[works["painting_id"].isin(new)].set_index("painting_id")["group"].map(named).dropna()
    return {str(name): str(other) for name, other in found.items()}


def count_changes(changes: pd.DataFrame, *, decoded: int) -> Changes:
    """Return the counts of changes_between(). decoded: files that were decoded."""
    counts = changes["change"].value_counts()
    beside = changes["near_duplicate_of"].notna().sum()
    numbers = {name: int(counts.get(name, 0)) for name in ("added", "changed", "gone")}
    return Changes(**numbers, near_duplicates_of_old_works=int(beside), decoded_files=decoded)
