"""jobs/ingest.py over a catalogue that has changed since."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lib.data import layout
from lib.data.manifest import read_manifest
from lib.data.splits import split_of_id
from lib.infra.errors import UserError
from tests.sources import change_catalogue, painting, write_source
from tests.updates import contents, ingest, paintings

pytestmark = pytest.mark.usefixtures("ray_cluster", "tracking_store")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ROWS_PER_PART", 8)


def grow(root: Path) -> None:
    """Add a work, take one out, date another one otherwise, and photograph one again."""
    (root / "9-0.jpg").write_bytes(painting(900))
    (root / "0-2.jpg").write_bytes(painting(901, size=(91, 60)))

    def changed(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        rows = [row for row in rows if row["file"] != "1-3.jpg"]
        next(row for row in rows if row["file"] == "2-4.jpg")["date"] = "1777"
        return [*rows[:30], {"artist": "artist 9", "date": "1850", "file": "9-0.jpg", "in_train": "True"}, *rows[30:]]

    change_catalogue(root, changed)


def changes(dataset: Path) -> dict[str, tuple[str, str]]:
    table = pd.read_csv(dataset / "changes.csv", keep_default_na=False)
    return dict(zip(table["file"], zip(table["change"], table["what"], strict=True), strict=True))


def test_an_update_decodes_what_is_new_and_equals_a_dataset_made_from_scratch(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    root, out = write_source(tmp_path / "root", artists=5, works=12), tmp_path / "dataset"
    ingest(root, out)
    first = read_manifest(out)
    written = {path: path.stat().st_mtime_ns for path in (out / "paintings").iterdir()}
    grow(root)
    capsys.readouterr()
    ingest(root, out)
    printed = capsys.readouterr().out
    second = read_manifest(out)
    assert f"updated from version {first['fingerprint']}: 1 works added, 2 changed, 1 gone; 2 files decoded" in printed
    assert second["parent"] == first["fingerprint"] != second["fingerprint"]
    assert changes(out) == {
        "9-0.jpg": ("added", ""),
        "0-2.jpg": ("changed", "picture"),
        "2-4.jpg": ("changed", "catalogue"),
        "1-3.jpg": ("gone", ""),
    }
    report = (out / "report" / "report.md").read_text()
    assert f"What changed since version {first['fingerprint']}" in report and "| 1-3.jpg | gone |" in report
    kept = {part["name"] for part in first["parts"]} & {part["name"] for part in second["parts"]}
    assert len(kept) >= len(first["parts"]) - 4
    assert all(path.stat().st_mtime_ns == time for path, time in written.items())

    ingest(root, tmp_path / "scratch")
    scratch = read_manifest(tmp_path / "scratch")
    assert paintings(out).equals(paintings(tmp_path / "scratch"))
    assert second["fingerprint"] == scratch["fingerprint"]
    assert [part["paintings"] for part in second["parts"]] == [part["paintings"] for part in scratch["parts"]]
    assert second["counts"] == scratch["counts"]

    ingest(root, out)
    assert "nothing to do" in capsys.readouterr().out
    listed = sorted(part["name"] for part in second["parts"])
    assert sorted(path.name for path in (out / "paintings").iterdir()) == listed  # those of the first version are gone
    assert paintings(out).equals(paintings(tmp_path / "scratch"))


def test_a_copied_folder_changes_nothing_and_a_broken_file_is_not_tried_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=12), tmp_path / "dataset"
    (root / "1-1.jpg").write_bytes(b"broken")
    ingest(root, out)
    before = read_manifest(out)
    for file in root.glob("*.jpg"):
        os.utime(file, ns=(1, 1))  # as a copy has other times
    capsys.readouterr()
    ingest(root, out)
    printed = capsys.readouterr().out
    assert "0 works added, 0 changed, 0 gone; 0 files decoded" in printed and "compared" in printed
    after = read_manifest(out)
    assert (after["fingerprint"], after["parts"]) == (before["fingerprint"], before["parts"])
    assert "1-1.jpg" in (out / "rejected.csv").read_text()
    ingest(root, out)
    assert "nothing to do" in capsys.readouterr().out
    (root / "1-1.jpg").write_bytes(painting(7))
    ingest(root, out)
    assert "1 works added, 0 changed, 0 gone; 1 files decoded" in capsys.readouterr().out


def test_works_keep_their_splits_and_a_new_near_duplicate_joins_them(tmp_path: Path) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=30), tmp_path / "dataset"
    ingest(root, out)
    before = paintings(out).set_index("painting_id")["split"]
    tested = before.index[before == "test"][0]
    artist = f"artist {tested[0]}"
    # By its id alone the copy would be in train, and would take the old work with it.
    copy = next(name for number in range(100) if split_of_id(name := f"!{number}.jpg") == "train")
    shutil.copy(root / tested, root / copy)
    row = {"artist": artist, "date": "1820", "file": copy, "in_train": "True"}
    change_catalogue(root, lambda rows: [*rows, row])
    ingest(root, out)
    after = paintings(out).set_index("painting_id")["split"]
    assert after[before.index].equals(before)
    assert after[copy] == "test"
    table = pd.read_csv(out / "changes.csv").set_index("file")
    assert table.loc[copy, "near_duplicate_of"] == f"{tested} (test)"
    assert f"{tested} (test)" in (out / "report" / "report.md").read_text()
    ingest(root, tmp_path / "scratch")
    scratch = paintings(tmp_path / "scratch").set_index("painting_id")["split"]
    assert set(scratch.index[scratch != after[scratch.index]]) == {tested, copy}


def test_the_catalogue_s_new_splits_are_taken_without_decoding(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=12), tmp_path / "dataset"
    ingest(root, out, split_column="in_train")

    def moved(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        rows[3]["in_train"] = "False"
        return rows

    change_catalogue(root, moved)
    ingest(root, out, split_column="in_train")
    # The column travels with the works too, so the catalogue says something else of the work.
    assert "0 works added, 1 changed, 0 gone; 0 files decoded" in capsys.readouterr().out
    assert changes(out) == {"0-3.jpg": ("changed", "catalogue and split")}
    assert paintings(out).set_index("painting_id").loc["0-3.jpg", "split"] == "test"


def test_an_update_that_takes_most_works_out_needs_to_be_allowed(tmp_path: Path) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=12), tmp_path / "dataset"
    ingest(root, out)
    before = contents(out)
    change_catalogue(root, lambda rows: rows[:11])
    with pytest.raises(UserError, match="13 of the 24 works of .* would go: .* say --allow-removals"):
        ingest(root, out)
    assert contents(out) == before
    for file in list(root.glob("0-*.jpg"))[:6]:
        file.write_bytes(b"broken since")
    change_catalogue(root, lambda rows: rows)
    ingest(root, out, allow_removals=True)
    assert len(paintings(out)) == 5


def test_broken_files_count_as_works_that_go(tmp_path: Path) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=6), tmp_path / "dataset"
    ingest(root, out)
    before = contents(out)
    for file in list(root.glob("*.jpg"))[:7]:
        file.write_bytes(b"broken since")
    with pytest.raises(UserError, match="7 of the 12 works of .* would go"):
        ingest(root, out)
    assert before.items() <= contents(out).items()
