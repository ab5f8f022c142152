import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data.files import list_files, locate_files, nothing_fits

FILES = ["N01230.jpg", "N01231.jpg"]
NESTED = ["scans/a/N01230.jpg", "scans/b/N01231.jpg"]


def located(value: str, files: list[str]) -> str | None:
    return locate_files([value], files).file[0]


@pytest.mark.parametrize(
    "value",
    [
        "N01230.jpg",
        " N01230.jpg ",
        "./N01230.jpg",
        ".\\N01230.jpg",
        "/N01230.jpg",
        "n01230.JPG",
        "N01230",
        "n01230",
        "N01230.tif",
        "img/N01230.jpg",
        "img\\N01230.jpg",
        "img%2FN01230.jpg",
        "D:\\scans\\img\\N01230.jpg",
        "\\\\server\\share\\N01230.TIF",
        "/data/img/N01230.jpg",
        "https://museum.example/a/N01230.jpg",
        "https://museum.example/a/N01230.jpg?size=large#top",
        "https://museum.example/works/N01230",
        "https://museum.example/iiif/2/N01230/full/843,/0/default.jpg",
        "https://museum.example/iiif/3/N01230/square/max/!90/gray.png",
        "s3://bucket/a/N01230.jpg",
        "N01230.jpg?size=large",
    ],
)
def test_a_value_finds_its_file(value: str) -> None:
    result = locate_files([value], FILES)
    assert (result.file, result.ambiguous, result.missing) == (["N01230.jpg"], {}, ())
    assert sum(result.matched_by.values()) == 1


@pytest.mark.parametrize(
    "value",
    ["N01230.jpg", "a/N01230.jpg", "a\\n01230.jpg", "N01230", "a/N01230", "https://museum.example/x/N01230.jpg"],
)
def test_a_value_finds_a_file_in_a_folder(value: str) -> None:
    assert located(value, NESTED) == "scans/a/N01230.jpg"


def test_an_accent_is_the_same_composed_and_decomposed() -> None:
    composed, decomposed = unicodedata.normalize("NFC", "été/Père.jpg"), unicodedata.normalize("NFD", "été/Père.jpg")
    for value, file in ((composed, decomposed), (decomposed, composed)):
        assert located(value, [file]) == file
        assert located(quote(value), [file]) == file


@pytest.mark.parametrize(
    ("value", "file"),
    [
        ("1937.1.2", "1937.1.2.jpg"),
        ("1937.1.2", "x/1937-1-2.jpg"),
        ("1937.1.2", "1937_1_2.tif"),
        ("A/123", "A_123.jpg"),
        ("A/123", "a-123.jpg"),
        ("A/123", "A/123.jpg"),
        ("SK-C 5", "SK-C-5.jpg"),
        ("INV. 779", "INV 779.jpg"),
        ("https://museum.example/objects/1937.1.2", "x/1937_1_2.jpg"),
        ("1937:12", "1937_12.png"),
        ("2019.tif.1", "2019.tif.1.jpg"),
    ],
)
def test_an_accession_number_finds_its_file(value: str, file: str) -> None:
    others = ["1937.1.jpg", "1937.jpg", "1937-1.jpg", "123.jpg", "A123.jpg", "SK-C.jpg", "1937-1-2-3.jpg", "2019.jpg"]
    assert located(value, [*others, file]) == file


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ("1937.1.2", ["1937.1.jpg", "1937.12.jpg", "11937.1.2.jpg"]),
        ("https://museum.example/renoir/1", ["monet/1.jpg", "renoir/2.jpg"]),
        ("A/123", ["123.jpg", "A123.jpg", "B/123.jpg"]),
        ("renoir/1.jpg", ["monet/1.jpg"]),
        ("https://museum.example/renoir/1.jpg", ["monet/1.jpg", "renoir/2.jpg"]),
        ("N01230", ["N01230.txt", "N01230.xml", "N012300.jpg"]),
        ("50%.jpg", ["50.jpg"]),
        ("?.jpg", ["a.jpg"]),
        ("https://[museum/N01230.jpg", FILES),
        ("../..", FILES),
    ],
)
def test_no_file_is_better_than_a_wrong_one(value: str, files: list[str]) -> None:
    result = locate_files([value], files)
    assert (result.file, result.ambiguous, result.missing) == ([None], {}, (value,))


def test_folders_that_tell_values_apart_are_not_ignored() -> None:
    for start in ("", "https://museum.example/", "C:\\"):
        values = [f"{start}monet/1.jpg", f"{start}renoir/1.jpg"]
        assert locate_files(values, ["monet/1.jpg"]).file == ["monet/1.jpg", None]
        assert locate_files(values, ["1.jpg"]).missing == tuple(values)


def test_the_strictest_rule_wins_and_is_counted() -> None:
    values = ["a.jpg", "./a.jpg", "b.jpg", "c", "d.jpg", "A.JPG"]
    result = locate_files(values, ["a.jpg", "B.jpg", "x/c.tif", "x/d.jpg", "y/a.jpg"])
    assert result.file == ["a.jpg", "a.jpg", "B.jpg", "x/c.tif", "x/d.jpg", "a.jpg"]
    assert result.matched_by == {
        "path": 1,
        "cleaned path": 1,
        "path in other capitals": 2,
        "last parts of the path": 1,
        "name with another extension": 1,
    }


def test_where_two_files_fit_none_is_taken_and_both_are_listed() -> None:
    files = [
        "N1.jpg",
        "N1.tif",
        "x/N2.jpg",
        "y/N2.jpg",
        "n3.jpg",
        "N3.JPG",
        "a b.jpg",
        "a%20b.jpg",
        "A-1.jpg",
        "A_1.jpg",
    ]
    values = ["N1", "N2.jpg", "n3.JPG", "./a%20b.jpg", "A/1"]
    result = locate_files(values, files)
    assert result.file == [None] * 5
    assert result.ambiguous == {
        "N1": ("N1.jpg", "N1.tif"),
        "N2.jpg": ("x/N2.jpg", "y/N2.jpg"),
        "n3.JPG": ("N3.JPG", "n3.jpg"),
        "./a%20b.jpg": ("a b.jpg", "a%20b.jpg"),
        "A/1": ("A-1.jpg", "A_1.jpg"),
    }
    assert result.missing == () and result.matched_by == {}


def test_missing_values_are_listed_once_and_empty_ones_never() -> None:
    result = locate_files(["N01230", "lost", "", " ", "lost"], FILES)
    assert result.file == ["N01230.jpg", None, None, None, None]
    assert result.missing == ("lost",)


NAME = st.text(st.sampled_from("abAB01 ._-éÉ%#?ß"), min_size=1, max_size=5).filter(
    lambda name: name.strip(" .") == name
)
FILE = st.builds(
    lambda folders, stem, suffix: "/".join([*folders, stem + suffix]),
    st.lists(NAME, max_size=2),
    NAME,
    st.sampled_from([".jpg", ".JPG", ".tif", ".heic"]),
)
SPELLINGS: list[Callable[[str], str]] = [
    lambda file: file,
    lambda file: f"./{file}",
    lambda file: f"/{file}",
    lambda file: file.replace("/", "\\"),
    lambda file: quote(file, safe=""),
    str.upper,
    str.lower,
    lambda file: unicodedata.normalize("NFD", file),
    lambda file: file.rpartition("/")[2],
    lambda file: file.rpartition(".")[0],
    lambda file: file.rpartition(".")[0] + ".png",
    lambda file: f"https://museum.example/{quote(file)}?size=large#top",
    lambda file: f"https://museum.example/collection/{quote(file)}",
    lambda file: "C:\\scans\\" + file.replace("/", "\\"),
]


@given(st.lists(FILE, min_size=1, max_size=8, unique=True), st.data())
def test_a_value_made_from_a_file_finds_it_or_is_ambiguous(files: list[str], data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(files))
    value = data.draw(st.sampled_from(SPELLINGS))(file)
    result = locate_files([value], files)
    if value in files:  # a spelling that is another file's own name
        assert result.file == [value]
    elif value in result.ambiguous:
        assert file in result.ambiguous[value] and result.file == [None]
    else:
        assert result.file == [file]


def test_files_below_a_folder_without_hidden_ones(tmp_path: Path) -> None:
    for file in ("a.jpg", "x/b.jpg", ".hidden/c.jpg", "x/._b.jpg"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"123")
    assert {file: stamp.size for file, stamp in list_files(tmp_path).items()} == {"a.jpg": 3, "x/b.jpg": 3}


def test_where_nothing_fits_the_nearest_name_is_shown() -> None:
    files = ["notes.txt", "scans/TATE_N01230_10.jpg", "scans/other.jpg"]
    sentence = str(nothing_fits(["", "N01230", "zzz"], files, Path("photos")))
    assert all(part in sentence for part in ("photos", "'N01230'", "'scans/TATE_N01230_10.jpg'", "--file-column"))
    assert "another folder" in str(nothing_fits(["renoir/1.jpg"], ["monet/1.jpg"], Path("photos")))
    assert "no image file is under photos" in str(nothing_fits(["N01230"], ["notes.txt"], Path("photos")))
    assert "is empty" in str(nothing_fits(["", " "], files, Path("photos")))
