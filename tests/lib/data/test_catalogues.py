import gzip
import zipfile
from pathlib import Path

import pytest

from lib.data.catalogues import read_catalogue
from lib.data.cleaning import Catalogue
from lib.data.columns import ColumnNames
from lib.data.rows import CatalogueOptions
from lib.infra.errors import UserError
from tests.sources import shared_folder

HEADER = "artist,date,genre,style,title,in_train,new_filename\n"


def read_painter_by_numbers(root: Path, split_column: str | None = None) -> Catalogue:
    options = CatalogueOptions(columns=ColumnNames(split=split_column))
    return read_catalogue("painter-by-numbers", root, options)


def read_table(root: Path, catalogue: Path, **columns: str) -> Catalogue:
    return read_catalogue("csv", root, CatalogueOptions(catalogue=catalogue, columns=ColumnNames(**columns)))


def write_pbn(root: Path, *rows: str, files: tuple[str, ...] = ("train/1.jpg",)) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"x")
    (root / "all_data_info.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return root


def test_the_real_catalogue() -> None:
    catalogue = read_painter_by_numbers(shared_folder("painter-by-numbers"), split_column="in_train")
    steps = {step.rule: (step.rows, step.artists) for step in catalogue.steps}
    assert steps["in the catalogue"] == (103_250, 2_319)
    assert steps["with a date"] == (76_887, 2_109)
    assert steps["with a date that is understood"][0] == 76_884
    assert steps["with a file"] == (6_587, 86)
    assert catalogue.most_dated_works == 28_865
    assert len(catalogue.missing) == 76_884 - 6_587
    assert {reason for _, reason in catalogue.rejected} == {
        f"the date {junk!r} names no year" for junk in ("ific", "rain", "rver")
    }
    paintings = catalogue.paintings
    assert {"train", "test"} == set(paintings["catalogue_split"])
    assert paintings["year"].tolist() == paintings["date"].str.extract(r"(\d{3,4})")[0].astype(int).tolist()
    assert paintings["apart"].isna().all()


def test_rows_carry_year_circa_and_file(tmp_path: Path) -> None:
    root = write_pbn(
        tmp_path,
        'Monet,c.1890,landscape,Impressionism,"Haystacks, Giverny",True,1.jpg',
        "NA,904.0,,,,False,2.jpg",
        files=("train/1.jpg", "test/2.jpg"),
    )
    paintings = read_painter_by_numbers(root, split_column="in_train").paintings
    first, second = paintings.itertuples()
    assert (first.artist, first.year, first.circa, first.title) == ("Monet", 1890, True, "Haystacks, Giverny")
    assert (first.file, first.catalogue_split) == ("train/1.jpg", "train")
    assert (second.artist, second.year, second.circa, second.catalogue_split) == ("NA", 904, False, "test")


def test_zipped_and_gzipped_catalogues_read_the_same(tmp_path: Path) -> None:
    root = write_pbn(tmp_path, "Monet,1890,,,,True,1.jpg")
    plain = root / "all_data_info.csv"
    expected = read_painter_by_numbers(root).paintings
    content = plain.read_bytes()
    plain.unlink()
    (root / "all_data_info.csv.gz").write_bytes(gzip.compress(content))
    assert read_painter_by_numbers(root).paintings.equals(expected)
    (root / "all_data_info.csv.gz").unlink()
    with zipfile.ZipFile(root / "all_data_info.csv.zip", "w") as archive:
        archive.writestr("all_data_info.csv", content)
    assert read_painter_by_numbers(root).paintings.equals(expected)


def test_each_rule_counts_its_rows(tmp_path: Path) -> None:
    root = write_pbn(
        tmp_path,
        "Monet,1890,,,,True,1.jpg",
        "Monet,1891,,,,True,1.jpg",
        "Monet,1891,,,,True,missing.jpg",
        "Monet,rain,,,,True,1.jpg",
        "Manet,,,,,True,1.jpg",
        ",1880,,,,True,1.jpg",
    )
    catalogue = read_painter_by_numbers(root)
    assert [step.rows for step in catalogue.steps] == [6, 5, 4, 3, 2, 1]
    assert catalogue.rejected == [
        ("1.jpg", "no artist"),
        ("1.jpg", "the date 'rain' names no year"),
        ("1.jpg", "an earlier row of the catalogue has the same file, train/1.jpg"),
    ]
    assert catalogue.missing["painting_id"].tolist() == ["missing.jpg"]


def test_replacements_for_corrupt_files_win(tmp_path: Path) -> None:
    better = "replacements_for_corrupted_files/train/1.jpg"
    root = write_pbn(tmp_path, "Monet,1890,,,,True,1.jpg", files=("train/1.jpg", better, "train_1/1.jpg"))
    assert read_painter_by_numbers(root).paintings["file"].tolist() == [better]


def test_links_that_go_in_circles_and_to_nothing(tmp_path: Path) -> None:
    root = write_pbn(tmp_path / "root", "Monet,1890,,,,True,1.jpg", "Monet,1890,,,,True,2.jpg")
    (root / "circle").symlink_to(root)
    (root / "2.jpg").symlink_to(root / "nowhere.jpg")
    assert read_painter_by_numbers(root).paintings["file"].tolist() == ["train/1.jpg"]


def test_content_follows_catalogue_and_files(tmp_path: Path) -> None:
    root = write_pbn(tmp_path, "Monet,1890,,,,True,1.jpg")
    before = read_painter_by_numbers(root).content
    assert read_painter_by_numbers(root).content == before
    (root / "train" / "1.jpg").write_bytes(b"longer")
    assert read_painter_by_numbers(root).content != before


def test_any_csv_with_a_column_mapping(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_bytes(b"x")
    catalogue = tmp_path / "mine.csv"
    catalogue.write_text("who,when,where,title,fold\nMonet,ca. 1890,a/x.png,Haystacks,val\n")
    read = read_table(tmp_path, catalogue, artist="who", date="when", file="where", split="fold")
    row = next(read.paintings.itertuples())
    assert (row.painting_id, row.artist, row.year, row.title, row.catalogue_split) == (
        "a/x.png", "Monet", 1890, "Haystacks", "val",
    )  # fmt: skip


def test_a_csv_cannot_reach_outside_its_root(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"x")
    (tmp_path / "root").mkdir()
    catalogue = tmp_path / "mine.csv"
    catalogue.write_text(f"artist,date,file\nMonet,1890,../secret.jpg\nMonet,1890,{tmp_path}/secret.jpg\n")
    (tmp_path / "root" / "other.jpg").write_bytes(b"x")
    with pytest.raises(UserError, match="no value of the catalogue's file column fits"):
        read_table(tmp_path / "root", catalogue)


def test_wikiart_file_names(tmp_path: Path) -> None:
    expected = {
        "claude-monet_water-lilies-1906.jpg": ("Claude Monet", "water lilies", 1906),
        "folder/claude-monet_haystacks-1890(1).jpg": ("Claude Monet", "haystacks", 1890),
        "claude-monet/claude-monet_poplars-1891-2.JPG": ("Claude Monet", "poplars", 1891),
        "Vincent van Gogh/the-starry-night-1889.jpeg": ("Vincent van Gogh", "the starry night", 1889),
    }
    for file in [*expected, "edgar-degas_no-date.jpg", "nobody-1900.jpg", "notes.txt", ".hidden_x-1900.jpg"]:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"x")
    catalogue = read_catalogue("wikiart-folder", tmp_path)
    rows = {row.painting_id: (row.artist, row.title, row.year) for row in catalogue.paintings.itertuples()}
    assert rows == expected
    assert catalogue.rejected == [("nobody-1900.jpg", "no artist")]


def test_bad_input_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_catalogue("wikiart-folder", tmp_path / "nowhere")
    with pytest.raises(UserError, match="no image file"):
        read_catalogue("wikiart-folder", tmp_path)
    with pytest.raises(UserError, match="all_data_info.csv"):
        read_painter_by_numbers(tmp_path)
    catalogue = tmp_path / "all_data_info.csv"
    catalogue.write_text("artist,title\nMonet,Haystacks\n")
    with pytest.raises(UserError, match="no column new_filename, date; it has artist, title"):
        read_painter_by_numbers(tmp_path)
    catalogue.write_text(HEADER)
    with pytest.raises(UserError, match="no painting is left"):
        read_painter_by_numbers(tmp_path)
    catalogue.write_text("")
    with pytest.raises(UserError, match="cannot read the catalogue"):
        read_painter_by_numbers(tmp_path)
    with pytest.raises(UserError, match="cannot read the catalogue"):
        read_table(tmp_path, tmp_path / "absent.csv")
