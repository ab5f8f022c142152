"""The demo's catalogue: its layout, and what happens where a folder is already there."""

import csv
import hashlib
from pathlib import Path

import pytest
from PIL import Image

from jobs.generate import Generate, main
from lib.data.dates.parse import parse_date
from lib.infra.errors import UserError
from lib.synthetic.catalogue import COLUMNS

SMALL = {"artists": 2, "works_per_artist": 10, "unseen": 4}


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("generate") / "demo"
    assert main(Generate(out=out, **SMALL)) is None
    return out


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_rows_describe_the_files(demo):
    rows = read_rows(demo / "all_data_info.csv")
    assert list(rows[0]) == COLUMNS
    assert len(rows) == 20
    for row in rows:
        path = demo / ("train" if row["in_train"] == "True" else "test") / row["new_filename"]
        assert path.stat().st_size == float(row["size_bytes"])
        with Image.open(path) as image:
            assert image.format == "JPEG"
            assert image.size == (float(row["pixelsx"]), float(row["pixelsy"]))
    assert len({row["new_filename"] for row in rows}) == len(rows)


def test_a_fifth_of_each_artist_is_for_testing(demo):
    rows = read_rows(demo / "all_data_info.csv")
    for artist in {row["artist"] for row in rows}:
        assert [row["in_train"] for row in rows if row["artist"] == artist].count("False") == 2


def test_dates_are_spelled_as_in_the_real_catalogue(demo):
    dates = [row["date"] for row in read_rows(demo / "all_data_info.csv")]
    assert all(parse_date(date) for date in dates if date)
    assert any(date.isdigit() for date in dates)
    assert not all(date.isdigit() for date in dates)


def test_unseen_works_are_of_one_artist_and_not_in_order(demo):
    truth = read_rows(demo / "unseen.csv")
    assert {row["file"] for row in truth} == {path.name for path in (demo / "unseen").iterdir()}
    artists = {row["artist"] for row in truth}
    assert len(artists) == 1
    assert artists <= {row["artist"] for row in read_rows(demo / "all_data_info.csv")}
    catalogue, unseen = digests(demo / "train") | digests(demo / "test"), digests(demo / "unseen")
    assert not set(catalogue.values()) & set(unseen.values())
    years = [int(row["year"]) for row in truth]
    assert len(set(years)) == 4
    assert years != sorted(years)


def test_same_seed_same_bytes(demo, tmp_path):
    main(Generate(out=tmp_path / "again", **SMALL))
    assert digests(tmp_path / "again") == digests(demo)


def test_another_seed_gives_other_works(demo, tmp_path):
    main(Generate(out=tmp_path / "other", artists=1, works_per_artist=2, unseen=1, seed=1))
    assert not set(digests(tmp_path / "other").values()) & set(digests(demo).values())


def test_the_same_command_again_changes_nothing(demo, capsys):
    before = {path: path.stat().st_mtime_ns for path in demo.rglob("*")}
    assert main(Generate(out=demo, **SMALL)) is None
    assert "nothing to do" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in demo.rglob("*")} == before


def test_other_parameters_do_not_replace_a_folder(demo):
    before = digests(demo)
    with pytest.raises(UserError, match="give another --out"):
        main(Generate(out=demo, seed=7, **SMALL))
    assert digests(demo) == before


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UserError, match="remove it or give another --out"):
        main(Generate(out=tmp_path, **SMALL))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("option", "value"), [("artists", 0), ("artists", 99), ("works_per_artist", 0), ("unseen", -1), ("seed", -1)]
)
def test_numbers_that_make_no_catalogue_are_refused(tmp_path, option, value):
    with pytest.raises(UserError, match=option.replace("_", "-")):
        main(Generate(out=tmp_path / "none", **{option: value}))
    assert not (tmp_path / "none").exists()
