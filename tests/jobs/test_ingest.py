import json
import shutil
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from jobs.ingest import Ingest, main
from lib.data import layout
from lib.data.dataset import Dataset
from lib.data.images import decode_rgb
from lib.data.manifest import read_manifest
from lib.data.paintings import PAINTINGS_SCHEMA, SPLITS_SCHEMA
from lib.infra.errors import UserError
from tests.commands import refusal
from tests.sources import ingest_config, painting, write_source
from tests.updates import contents


def test_a_dataset_from_good_and_broken_files(tmp_path: Path, ray_cluster: None, capsys: pytest.CaptureFixture) -> None:
    root = write_source(tmp_path / "root", artists=3, works=10)
    large = painting(1000, size=(1500, 1200))
    (root / "0-0.jpg").write_bytes(large)
    (root / "0-1.jpg").write_bytes(large[:5000])
    (root / "0-2.jpg").write_bytes(b"")
    (root / "0-3.jpg").unlink()
    main(ingest_config(root, tmp_path / "dataset"))
    frame = Dataset.open(tmp_path / "dataset").paintings(columns=[*PAINTINGS_SCHEMA.names, "split"])
    paintings = {row["painting_id"]: row for row in frame.to_dict("records")}
    assert len(paintings) == 27
    assert (paintings["0-0.jpg"]["width"], paintings["0-0.jpg"]["height"]) == (1500, 1200)
    assert decode_rgb(paintings["0-0.jpg"]["image"]).size == (400, 320)
    assert paintings["1-5.jpg"]["image"] == (root / "1-5.jpg").read_bytes()
    assert set(frame["split"]) <= {"train", "val", "test"}
    rejected = pd.read_csv(tmp_path / "dataset" / "rejected.csv").set_index("file")["reason"]
    assert "truncated" in rejected.pop("0-1.jpg")
    assert rejected.to_dict() == {"0-2.jpg": "the file is empty"}
    steps = {step["rule"]: step["rows"] for step in read_manifest(tmp_path / "dataset")["counts"]["steps"]}
    assert (steps["in the catalogue"], steps["with a file"], steps["with a usable image"]) == (30, 29, 27)
    assert "decoded: 1 of 1 parts" in capsys.readouterr().out
    part = next((tmp_path / "dataset" / "paintings").glob("*.parquet"))
    assert pq.read_schema(part).equals(PAINTINGS_SCHEMA)


def test_splits_are_a_table_beside_the_paintings_row_by_row(tmp_path: Path, ray_cluster: None) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=6), tmp_path / "dataset"
    main(ingest_config(root, out, split_column="in_train"))
    paintings, splits = (pq.read_table(out / name / "part-00000.parquet") for name in ("paintings", "splits"))
    assert splits.schema.equals(SPLITS_SCHEMA)
    assert splits["painting_id"].to_pylist() == paintings["painting_id"].to_pylist()
    in_train = pd.read_csv(root / "catalogue.csv").set_index("file")["in_train"]
    assert [split != "test" for split in splits["split"].to_pylist()] == in_train[splits["painting_id"]].tolist()


def test_a_dataset_of_an_older_version_is_refused(tmp_path: Path, ray_cluster: None) -> None:
    root, out = write_source(tmp_path / "root", artists=1, works=4), tmp_path / "dataset"
    main(ingest_config(root, out))
    shutil.rmtree(out / "splits")  # they were in the paintings
    with pytest.raises(UserError, match="has no table of splits: an older version made it; make it again"):
        Dataset.open(out).paintings(columns=["split"])
    with pytest.raises(UserError, match="an older version made it; delete it to rebuild"):
        main(ingest_config(root, out))


def test_the_short_side_is_the_dataset_s(tmp_path: Path, ray_cluster: None) -> None:
    root, out = write_source(tmp_path / "root", artists=1, works=4), tmp_path / "dataset"
    (root / "0-0.jpg").write_bytes(painting(1, size=(150, 300)))
    main(ingest_config(root, out, short_side=100))
    dataset = Dataset.open(out)
    assert dataset.manifest.short_side == 100
    assert decode_rgb(dataset.images(["0-0.jpg"])["0-0.jpg"]).size == (100, 200)
    with pytest.raises(UserError, match=r"was made with other options \(--short-side was 100\); choose another --out"):
        main(ingest_config(root, out))
    manifest = read_manifest(out)
    (out / "manifest.json").write_text(json.dumps({name: manifest[name] for name in manifest if name != "short_side"}))
    with pytest.raises(UserError, match="an older version made .*; make it again with jobs/ingest.py"):
        Dataset.open(out)


def test_report_and_tracking(tmp_path: Path, ray_cluster: None) -> None:
    root = write_source(tmp_path / "root", artists=2, works=8)
    main(ingest_config(root, tmp_path / "dataset", split_column="in_train"))
    report = (tmp_path / "dataset" / "report" / "report.md").read_text()
    assert "| in the catalogue | 16 | 2 | 0 |" in report
    for picture in (tmp_path / "dataset" / "report").glob("*.png"):
        assert picture.name in report
        assert Image.open(picture).size == (800, 450)
    manifest = read_manifest(tmp_path / "dataset")
    assert manifest["counts"]["splits"]["test"] == 4
    runs = mlflow.search_runs(
        experiment_names=["oeuvre-datasets"], filter_string=f"tags.dataset = '{manifest['fingerprint']}'"
    )
    assert runs["metrics.paintings"].tolist() == [16]
    assert "report/report.md" in {
        file.path for file in mlflow.MlflowClient().list_artifacts(runs["run_id"][0], "report")
    }


def write_museum(root: Path) -> Path:
    """Make a catalogue whose works need every rule: nobody's, apart, missing, ambiguous, undated."""
    root = write_source(root, artists=1, works=12)
    (root / "copy").mkdir()
    shutil.copy(root / "0-11.jpg", root / "copy" / "0-11.jpeg")
    rows = [(f"0-{number}", "Turner, J. M. W. (1775–1851)", f"18{number + 10}") for number in range(8)]
    rows += [("0-8", "after J. M. W. Turner", "1820"), ("0-9", "J. M. W. Turner (1775–1851)", "1860")]
    rows += [("0-10", "Unknown", "1820"), ("0-11", "J. M. W. Turner", "1820"), ("0-12", "J. M. W. Turner", "c. 1820")]
    lines = "\n".join(
        f"{file};{artist};{date};=1+1" for file, artist, date in [*rows, ("0-0", "J. M. W. Turner", "soon")]
    )
    (root / "catalogue.csv").write_bytes(f"Accession Number;Maker;Date Text;Note|s\n{lines}\n".encode("cp1252"))
    return root


def test_what_is_lost_or_set_apart_is_listed_and_reported(
    tmp_path: Path, ray_cluster: None, capsys: pytest.CaptureFixture
) -> None:
    root, out = write_museum(tmp_path / "root"), tmp_path / "dataset"
    main(ingest_config(root, out))
    first, *_, last = capsys.readouterr().out.splitlines()
    assert "CSV, ';' between fields, cp1252" in first and "file from 'Accession Number', artist from 'Maker'" in first
    assert last.endswith("2 apart), 3 rejected, 1 without a file; see report/report.md")
    paintings = Dataset.open(out).paintings(
        columns=["painting_id", "artist", "qualifier", "catalogue_columns", "split"]
    )
    assert set(paintings["artist"]) == {"J. M. W. Turner"}
    apart = paintings[paintings["split"] == "apart"]
    assert dict(zip(apart["painting_id"], apart["qualifier"], strict=True)) == {"0-8": "after", "0-9": ""}
    assert json.loads(paintings["catalogue_columns"][0])["Note|s"] == "=1+1"
    for name, lines in {
        "apart.csv": [
            "file,artist,qualifier,date,reason",
            "0-8,J. M. W. Turner,after,1820,after",
            "0-9,J. M. W. Turner,,1860,made before the artist's 12th year or after the death",
        ],
        "missing.csv": ["file,artist,title,date", "0-12,J. M. W. Turner,,c. 1820"],
        "rejected.csv": [
            "file,reason",
            "0-10,by nobody who is named: 'Unknown'",
            "0-0,the date 'soon' names no year",
            "0-11,2 files fit it: 0-11.jpg and copy/0-11.jpeg",
        ],
    }.items():
        assert (out / name).read_bytes().startswith(b"\xef\xbb\xbf")
        assert (out / name).read_text(encoding="utf-8-sig").splitlines() == lines
    report = (out / "report" / "report.md").read_text()
    for line in (
        first,
        "| after | 1 |",
        "| Unknown | 1 |",
        "| soon | names no year | 1 |",
        "1 dated works have no file",
        "| 0-11 | 0-11.jpg, copy/0-11.jpeg |",
        "| apart | 2 | 1 |",
        "| by a named artist | 13 | 1 | 1 |",
    ):
        assert line in report


def test_finished_datasets_are_kept_and_never_mixed_with_other_options(
    tmp_path: Path, ray_cluster: None, capsys: pytest.CaptureFixture
) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=6), tmp_path / "dataset"
    main(ingest_config(root, out))
    before = contents(out)
    capsys.readouterr()
    main(ingest_config(root, out))
    assert "nothing to do" in capsys.readouterr().out
    with pytest.raises(UserError, match=r"made with other options \(--artists was not given\); choose another --out"):
        main(ingest_config(root, out, artists=1))
    assert contents(out) == before
    main(ingest_config(root, tmp_path / "other", works_per_artist=3))
    manifest = read_manifest(tmp_path / "other")
    assert manifest["fingerprint"] != read_manifest(out)["fingerprint"]
    assert (manifest["source"], manifest["parameters"]["works_per_artist"]) == ("csv", 3)
    assert manifest["counts"]["paintings"] == 6


def test_parts_without_a_usable_image(tmp_path: Path, ray_cluster: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ROWS_PER_PART", 2)
    root = write_source(tmp_path / "root", artists=3, works=7)  # a part has four rows at most
    for file in root.glob("1-*.jpg"):
        file.write_bytes(b"broken")
    main(ingest_config(root, tmp_path / "dataset"))
    manifest = read_manifest(tmp_path / "dataset")
    used = [part["name"] for part in manifest["parts"] if part["paintings"]]
    assert 0 < len(used) < len(manifest["parts"])
    assert sum(part["paintings"] for part in manifest["parts"]) == 14
    for folder in ("paintings", "splits"):
        assert [path.name for path in sorted((tmp_path / "dataset" / folder).iterdir())] == used
    assert manifest["counts"]["rejected"] == 7
    for file in root.glob("*.jpg"):
        file.write_bytes(b"broken")
    with pytest.raises(UserError, match="none of the chosen images can be used"):
        main(ingest_config(root, tmp_path / "none"))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"artist": "Monet"}, "needs --subset one-artist"),
        ({"subset": "one-artist"}, "--artist"),
        ({"subset": "100-artists", "artists": 3}, "not both"),
        ({"source": "wikiart-folder"}, "no catalogue"),
        ({"source": "painter-by-numbers", "file_column": "f"}, "--source csv"),
        ({"catalogue": None}, "--catalogue FILE"),
        ({"split_column": "fold"}, "no column fold"),
        ({"date_column": "made"}, "no column made"),
        ({"keep_columns": ("made",)}, "no column made"),
        ({"aliases": Path("nowhere.csv")}, "cannot read the aliases"),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, options: dict[str, Any], sentence: str) -> None:
    root = write_source(tmp_path / "root", artists=1, works=2)
    chosen: dict[str, Any] = {
        "source": "csv",
        "root": root,
        "catalogue": root / "catalogue.csv",
        "out": tmp_path / "out",
    } | options
    with pytest.raises(UserError, match=sentence):
        main(Ingest(**chosen))
    assert not (tmp_path / "out").exists()


def test_targets_that_cannot_be_written(tmp_path: Path) -> None:
    root = write_source(tmp_path / "root", artists=1, works=2)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write to the folder"):
        main(ingest_config(root, tmp_path / "file" / "dataset"))
    with pytest.raises(UserError, match="is inside --root"):
        main(ingest_config(root, root / "dataset"))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").write_text("precious")
    with pytest.raises(UserError, match="is not a dataset"):
        main(ingest_config(root, tmp_path / "photos"))
    assert (tmp_path / "photos" / "mine.jpg").read_text() == "precious"


def test_bad_input_on_the_command_line_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    printed = refusal("ingest", "--source", "painter-by-numbers", "--root", tmp_path, "--out", tmp_path / "x")
    assert printed.startswith("error: ") and len(printed.splitlines()) == 1
