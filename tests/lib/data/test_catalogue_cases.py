"""Small catalogues as museums send them, from the file to the cleaned table."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.data.catalogues import read_catalogue
from lib.data.cleaning import Catalogue
from lib.data.columns import ColumnNames
from lib.data.rows import CatalogueOptions
from lib.infra.errors import UserError
from tests.catalogue_files import workbook

TURNER, DURER = "Turner, Joseph Mallord William", "Dürer, Albrecht"
WORKS = [
    {"artist": TURNER if number % 2 else DURER, "date": str(1819 if number % 2 else 1500), "file": f"N0123{number}.jpg"}
    for number in range(6)
]


def csv_of(works: Iterable[dict[str, str]], *, delimiter: str = ",") -> str:
    return pd.DataFrame(works).to_csv(index=False, sep=delimiter)


def read(
    root: Path, content: str | bytes, *, name: str = "works.csv", files: Iterable[str] | None = None, **columns: str
) -> Catalogue:
    """Write the files and the catalogue, and read it."""
    images = root / "images"
    for file in (work["file"] for work in WORKS) if files is None else files:
        (images / file).parent.mkdir(parents=True, exist_ok=True)
        (images / file).write_bytes(b"x")
    (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_catalogue("csv", images, CatalogueOptions(catalogue=root / name, columns=ColumnNames(**columns)))


def rows(catalogue: Catalogue) -> set[tuple[str, int]]:
    return set(zip(catalogue.paintings["artist"], catalogue.paintings["year"], strict=True))


def one_artist_each(catalogue: Catalogue) -> None:
    assert len(catalogue.paintings) == 6
    assert rows(catalogue) == {(TURNER, 1819), (DURER, 1500)}


def to_parquet(works: list[dict[str, str]], tmp_path: Path) -> bytes:
    pd.DataFrame(works).to_parquet(tmp_path / "made.parquet")
    return (tmp_path / "made.parquet").read_bytes()


FORMATS: dict[str, Callable[[Path], bytes]] = {
    "works.csv": lambda _: csv_of(WORKS).encode("cp1252"),
    "latin.csv": lambda _: csv_of(WORKS).encode("latin-1"),
    "excel.txt": lambda _: csv_of(WORKS, delimiter="\t").encode("utf-16"),
    "semicolon.csv": lambda _: csv_of(WORKS, delimiter=";").encode("utf-8-sig"),
    "tab.tsv": lambda _: csv_of(WORKS, delimiter="\t").encode(),
    "works.json": lambda _: json.dumps(WORKS).encode(),
    "works.jsonl": lambda _: "\n".join(map(json.dumps, WORKS)).encode(),
    "works.parquet": lambda folder: to_parquet(WORKS, folder),
    "works.xlsx": lambda _: workbook(
        Works=[["artist", "date", "file"], *([work["artist"], int(work["date"]), work["file"]] for work in WORKS)]
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same(name: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    one_artist_each(read(tmp_path, FORMATS[name](tmp_path), name=name))
    first = capsys.readouterr().out.splitlines()[0]
    assert "6 rows; file from 'file', artist from 'artist', date from 'date'" in first


def test_the_encoding_is_in_the_first_line_and_the_report(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    catalogue = read(tmp_path, csv_of(WORKS).encode("cp1252"))
    assert capsys.readouterr().out.startswith(catalogue.notes.summary)
    assert "cp1252, by its bytes, such as in 'Dürer'" in catalogue.notes.summary


@pytest.mark.parametrize(("wrong", "line"), [(range(6), 2), ([0], 2), ([4], 6)])
def test_a_comma_in_an_unquoted_name_is_an_error_with_its_line(tmp_path: Path, wrong: Iterable[int], line: int) -> None:
    lines = ["artist,date,file"]
    for number, work in enumerate(WORKS):
        artist = work["artist"] if number in wrong else work["artist"].split(",")[0]
        lines.append(f"{artist},{work['date']},{work['file']}")
    with pytest.raises(UserError, match=f"line {line} has 4 fields where the header has 3"):
        read(tmp_path, "\n".join(lines))


@pytest.mark.parametrize("header", ["Artist,Date,File", "artist ,date, file", "ARTIST NAME,Object-Date,file_name"])
def test_names_of_columns(tmp_path: Path, header: str) -> None:
    one_artist_each(read(tmp_path, header + "\n" + csv_of(WORKS).partition("\n")[2]))


def test_first_and_last_years_without_a_text(tmp_path: Path) -> None:
    works = [{"artist": "Monet", "beginyear": "1830", "endyear": "1841", "file": "N01230.jpg"}]
    row = next(read(tmp_path, csv_of(works)).paintings.itertuples())
    assert (row.earliest, row.latest, row.year) == (1830, 1841, 1835)


def test_a_start_year_as_the_date_is_told(tmp_path: Path) -> None:
    works = [
        {"artist": "Monet", "start_year": "1870", "end_year": str(end), "file": f"N0123{number}.jpg"}
        for number, end in enumerate([1870, 1875, 1880])
    ]
    catalogue = read(tmp_path, csv_of(works), date="start_year")
    assert catalogue.paintings["latest"].tolist() == [1870] * 3
    assert any("2 of them would reach further with --earliest-column" in line for line in catalogue.notes.lines)


@pytest.mark.parametrize(
    ("value", "file"),
    [
        ("N01230", "N01230.jpg"),
        ("n01230.JPG", "N01230.jpg"),
        ("https://museum.example/images/N01230.jpg?width=800", "N01230.jpg"),
        ("img%2FN01230.jpg", "img/N01230.jpg"),
        ("img\\N01230.jpg", "img/N01230.jpg"),
        ("./N01230.jpg", "N01230.jpg"),
        ("N01230.jpg", "deep/er/N01230.jpg"),
        ("caf\u00e9.jpg", "cafe\u0301.jpg"),
    ],
)
def test_files_by_any_name(tmp_path: Path, value: str, file: str) -> None:
    works = [{"artist": "Monet", "date": "1890", "file": value}]
    catalogue = read(tmp_path, csv_of(works), files=[file, "other.jpg"])
    assert catalogue.paintings[["painting_id", "file"]].to_numpy().tolist() == [[value, file]]


def test_two_files_that_fit_are_named_and_none_is_taken(tmp_path: Path) -> None:
    works = [{"artist": "Monet", "date": "1890", "file": value} for value in ("N1", "N2")]
    catalogue = read(tmp_path, csv_of(works), files=["a/N1.jpg", "b/N1.jpg", "N2.jpg"])
    assert catalogue.paintings["painting_id"].tolist() == ["N2"]
    assert catalogue.rejected == [("N1", "2 files fit it: a/N1.jpg and b/N1.jpg")]
    assert catalogue.notes.ambiguous == {"N1": ("a/N1.jpg", "b/N1.jpg")}
    assert catalogue.missing.empty


def test_missing_files_are_listed(tmp_path: Path) -> None:
    catalogue = read(tmp_path, csv_of(WORKS), files=["N01230.jpg", "N01231.jpg", "N01232.jpg", "N01233.jpg"])
    assert catalogue.missing["painting_id"].tolist() == ["N01234.jpg", "N01235.jpg"]
    assert catalogue.missing["date"].tolist() == ["1500", "1819"]


def test_where_nothing_fits_the_sentence_shows_a_value_and_a_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nearest to 'N01230.jpg' is 'M01230.jpg'"):
        read(tmp_path, csv_of(WORKS[:1]), files=["M01230.jpg"])


def test_one_artist_in_many_spellings(tmp_path: Path) -> None:
    spellings = [
        TURNER, "Joseph Mallord William Turner", TURNER.upper(), f"{TURNER} ", f"Artist: {TURNER}",
        "Joseph Mallord William Turner (British, 1775–1851)",
    ]  # fmt: skip
    works = [work | {"artist": spelling} for work, spelling in zip(WORKS, spellings, strict=True)]
    catalogue = read(tmp_path, csv_of(works).replace("1500", "1819"))
    assert set(catalogue.paintings["artist"]) == {"Joseph Mallord William Turner"}
    [merge] = catalogue.notes.artists.merges
    assert len(merge.spellings) == 6


@pytest.mark.parametrize(
    "artist",
    [
        "after Rembrandt", "attributed to Rembrandt", "Workshop of Rembrandt", "circle of Rembrandt",
        "follower of Rembrandt", "manner of Rembrandt", "Rembrandt ?", "Rembrandt and Jan Lievens",
    ],
)  # fmt: skip
def test_works_that_are_not_the_artists_own_are_apart(tmp_path: Path, artist: str) -> None:
    works = [{"artist": name, "date": "1640", "file": f"N0123{n}.jpg"} for n, name in enumerate(["Rembrandt", artist])]
    paintings = read(tmp_path, csv_of(works)).paintings
    assert paintings["artist"].tolist() == ["Rembrandt"] * 2
    assert paintings["qualifier"].tolist()[0] == "" != paintings["qualifier"].tolist()[1]
    assert paintings["apart"].isna().tolist() == [True, False]


def test_a_role_column_sets_works_apart(tmp_path: Path) -> None:
    works = [
        {"artist": "Turner", "artistRole": role, "date": "1819", "file": f"N0123{number}.jpg"}
        for number, role in enumerate(["artist", "after", "attributed to"])
    ]
    paintings = read(tmp_path, csv_of(works)).paintings
    assert paintings["qualifier"].tolist() == ["", "after", "attributed to"]


@pytest.mark.parametrize("artist", ["Unknown", "Anonymous", "Dutch School", "British (?) School 17th century", ""])
def test_nobodys_works_are_left_out_and_counted(tmp_path: Path, artist: str) -> None:
    works = [{"artist": name, "date": "1640", "file": f"N0123{n}.jpg"} for n, name in enumerate(["Rembrandt", artist])]
    catalogue = read(tmp_path, csv_of(works))
    assert catalogue.paintings["artist"].tolist() == ["Rembrandt"]
    assert {step.rule: step.rows for step in catalogue.steps}["by a named artist"] == 1
    assert catalogue.rejected == [("N01231.jpg", f"by nobody who is named: {artist!r}" if artist else "no artist")]


@pytest.mark.parametrize(
    ("date", "earliest", "latest"),
    [
        ("[1819]", 1819, 1819), ("1819?", 1819, 1819), ("in 1819", 1819, 1819), ("dated 1819", 1819, 1819),
        ("approx. 1819", 1819, 1819), ("1819~", 1819, 1819), ("1819-09", 1819, 1819), ("01.01.1912", 1912, 1912),
        ("1912-01-01T00:00:00Z", 1912, 1912), ("mai 1851", 1851, 1851), ("um 1650", 1650, 1650),
        ("vers 1660", 1660, 1660), ("XVIIe siècle", 1601, 1700), ("2nd half of the 17th century", 1651, 1700),
        ("1560s", 1560, 1569), ("1970, printed 2011", 1970, 1970), ("1886–90", 1886, 1890),
    ],
)  # fmt: skip
def test_dates_are_intervals(tmp_path: Path, date: str, earliest: int, latest: int) -> None:
    row = next(read(tmp_path, csv_of([{"artist": "Monet", "date": date, "file": "N01230.jpg"}])).paintings.itertuples())
    assert (row.earliest, row.latest, row.date) == (earliest, latest, date)


def test_an_open_date_ends_with_the_artists_life(tmp_path: Path) -> None:
    works = [{"artist": "Rembrandt (1606–1669)", "date": "before 1660", "file": "N01230.jpg"}]
    row = next(read(tmp_path, csv_of(works)).paintings.itertuples())
    assert (row.earliest, row.latest) == (1606, 1659) or (row.earliest, row.latest) == (1606, 1660)


def test_dates_that_are_not_understood_are_listed_with_their_text(tmp_path: Path) -> None:
    works = [
        {"artist": "Monet", "date": date, "file": f"N0123{n}.jpg"} for n, date in enumerate(["1890", "soon", "soon"])
    ]
    catalogue = read(tmp_path, csv_of(works))
    assert [file for file, reason in catalogue.rejected if "'soon'" in reason] == ["N01231.jpg", "N01232.jpg"]
    assert [(text, works) for text, _, works in catalogue.notes.dates.unread] == [("soon", 2)]


def test_works_before_or_after_the_artists_life_are_apart(tmp_path: Path) -> None:
    works = [
        {"artist": "Rembrandt (1606–1669)", "date": date, "file": f"N0123{number}.jpg"}
        for number, date in enumerate(["1640", "1610", "1700"])
    ]
    apart = read(tmp_path, csv_of(works)).paintings["apart"]
    assert apart.isna().tolist() == [True, False, False]


def test_two_rows_that_name_one_file_in_two_ways(tmp_path: Path) -> None:
    works = [{"artist": "Monet", "date": "1890", "file": file} for file in ("N01230.jpg", "N01230")]
    catalogue = read(tmp_path, csv_of(works))
    assert len(catalogue.paintings) == 1
    assert catalogue.rejected == [("N01230", "an earlier row of the catalogue has the same file, N01230.jpg")]


def test_the_catalogues_own_columns_travel(tmp_path: Path) -> None:
    works = [work | {"Accession No.": f"={number}", "artist": "Monet"} for number, work in enumerate(WORKS)]
    own = json.loads(read(tmp_path, csv_of(works)).paintings["catalogue_columns"][3])
    assert own == {"artist": "Monet", "date": "1819", "file": "N01233.jpg", "Accession No.": "=3"}


def test_aliases_decide_and_belong_to_the_content(tmp_path: Path) -> None:
    read(tmp_path, csv_of(WORKS))
    contents = []
    for name in ("Turner", "JMW Turner"):
        (tmp_path / "aliases.csv").write_text(f'alias,name\n"{TURNER}",{name}\n')
        options: Any = CatalogueOptions(catalogue=tmp_path / "works.csv", aliases=tmp_path / "aliases.csv")
        catalogue = read_catalogue("csv", tmp_path / "images", options)
        assert set(catalogue.paintings["artist"]) == {name, DURER}
        contents.append(catalogue.content)
    assert contents[0] != contents[1]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("paul-cezanne_still-life-1890-1894.jpg", ("Paul Cezanne", "still life", 1890, 1894, False)),
        ("edgar-degas_dancers-c-1890.jpg", ("Edgar Degas", "dancers", 1890, 1890, True)),
        ("edgar-degas_dancers-c1890.jpg", ("Edgar Degas", "dancers", 1890, 1890, True)),
        ("edgar-degas_dancers-1890s.jpg", ("Edgar Degas", "dancers", 1890, 1899, False)),
        ("edgar-degas_dancers-1889-90.jpg", ("Edgar Degas", "dancers", 1889, 1890, False)),
        ("edgar-degas_dancers-1889-2(2).jpg", ("Edgar Degas", "dancers", 1889, 1889, False)),
        ("edgar-degas_room-1203-1890.jpg", ("Edgar Degas", "room 1203", 1890, 1890, False)),
        ("edgar-degas_the-morning-after-1890.jpg", ("Edgar Degas", "the morning after", 1890, 1890, False)),
        ("edgar-degas_1890.jpg", ("Edgar Degas", "", 1890, 1890, False)),
        ("edgar-degas_a_title-1890.jpg", ("Edgar Degas", "a_title", 1890, 1890, False)),
        ("jan_van_eyck/jan_van_eyck_arnolfini-1434.jpg", ("Jan Van Eyck", "arnolfini", 1434, 1434, False)),
        ("Jan van Eyck/jan-van-eyck_arnolfini-1434.jpg", ("Jan van Eyck", "arnolfini", 1434, 1434, False)),
        ("mon/monet_poplars-1891.jpg", ("Monet", "poplars", 1891, 1891, False)),
        ("jan_van_eyck/arnolfini-1434.jpg", ("Jan Van Eyck", "arnolfini", 1434, 1434, False)),
    ],
)
def test_dates_and_artists_in_file_names(tmp_path: Path, file: str, expected: tuple[str, str, int, int, bool]) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_bytes(b"x")
    row = next(read_catalogue("wikiart-folder", tmp_path).paintings.itertuples())
    assert (row.artist, row.title or "", row.earliest, row.latest, row.circa) == expected


def test_a_file_name_that_leaves_the_artist_open_is_refused_with_the_rule(tmp_path: Path) -> None:
    (tmp_path / "jan").mkdir()
    for file in ("jan_van_eyck_arnolfini-1434.jpg", "van_gogh-1889.jpg", "jan/jan_van_eyck_arnolfini-1434.jpg"):
        (tmp_path / file).write_bytes(b"x")
    with pytest.raises(UserError, match="where the artist's name ends; write artist_title-date.jpg"):
        read_catalogue("wikiart-folder", tmp_path)
    (tmp_path / "claude-monet_poplars-1891.jpg").write_bytes(b"x")
    catalogue = read_catalogue("wikiart-folder", tmp_path)
    assert catalogue.paintings["artist"].tolist() == ["Claude Monet"]
    assert [file for file, _ in catalogue.rejected] == [
        "jan/jan_van_eyck_arnolfini-1434.jpg", "jan_van_eyck_arnolfini-1434.jpg", "van_gogh-1889.jpg",
    ]  # fmt: skip


def test_first_and_last_days_are_years(tmp_path: Path) -> None:
    works = [
        {"artist": "Monet", "creation_date": "c. 1881-1886", "creation_date_earliest": "1876-01-01",
         "creation_date_latest": "1891-12-31", "file": "N01230.jpg"}
    ]  # fmt: skip
    row = next(read(tmp_path, csv_of(works)).paintings.itertuples())
    assert (row.earliest, row.latest, row.circa, row.date) == (1876, 1891, True, "c. 1881-1886")
