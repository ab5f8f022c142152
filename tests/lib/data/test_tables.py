import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data.tables import reader
from lib.data.tables.reader import read_table
from lib.data.tables.table import make_frame
from lib.infra.errors import UserError
from tests.catalogue_files import cells, parquet, parse

CSV = "artist,date,file\nDürer,1500,N1.jpg\nGéricault,c. 1819,N2.jpg\n"
CELLS = [["Dürer", "1500", "N1.jpg"], ["Géricault", "c. 1819", "N2.jpg"]]


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_encodings(codec: str, named: str) -> None:
    table = parse(CSV.encode(codec))
    assert cells(table) == CELLS
    assert table.frame.columns.tolist() == ["artist", "date", "file"]
    assert table.encoding is not None and table.encoding.startswith(named)


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", "artist,title\nMiró,“L’aube” – à côté\nKrøyer,Håndværkere\n"),
        ("cp1252", "artist,title\nVelázquez,Niño\n"),
        ("cp1252", "artist,title\nManet,Le Dejeuner à la campagne\n"),
        ("cp1251", "artist,title\nРепин,Бурлаки на Волге\n"),
        ("cp1250", "artist,title\nMłodożeniec,Święty\n"),
        ("mac_roman", "artist,title\nGéricault,“L’aube”\n"),
    ],
)
def test_a_guessed_encoding_is_shown_with_a_word(codec: str, text: str) -> None:
    table = parse(text.encode(codec))
    assert table.frame["artist"][0] == text.split("\n")[1].split(",")[0]
    assert table.encoding is not None and codec in table.encoding and "such as in" in table.encoding


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["works.csv", "WORKS.CSV", "works.tsv", "works.txt"])
def test_delimiters_whatever_the_suffix(delimiter: str, name: str) -> None:
    table = parse(CSV.replace(",", delimiter), name)
    assert cells(table) == CELLS


def test_the_format_is_told() -> None:
    assert parse(CSV.replace(",", ";")).format == "CSV, ';' between fields"
    assert parse(CSV.replace(",", "\t")).format == "CSV, a tab between fields"


def test_delimiters_inside_the_rows_do_not_matter() -> None:
    table = parse("artist;date;file\nTurner, J. M. W.;1819, 1820;a|b.jpg\nDürer, A.;1500;c.jpg\n")
    assert cells(table) == [["Turner, J. M. W.", "1819, 1820", "a|b.jpg"], ["Dürer, A.", "1500", "c.jpg"]]


def test_a_header_with_two_delimiters_is_read_as_all_rows_allow_or_refused() -> None:
    assert parse("artist;height, cm;file\nTurner;30;a.jpg\n").frame.columns.tolist() == ["artist", "height, cm", "file"]
    with pytest.raises(UserError, match="leaves open whether ',' or ';'"):
        parse("artist;date,file\nTurner;1819,a.jpg\n")
    with pytest.raises(UserError, match="line 3 has 4 fields where the header has 3"):
        parse("artist;date;height, cm\nTurner;1819;30\nDürer;1500;20;5\n")


def test_the_line_that_excel_reads_is_no_header() -> None:
    assert cells(parse("sep=;\nartist;date\nTurner;1819\n")) == [["Turner", "1819"]]
    with pytest.raises(UserError, match="line 3 has 3 fields"):
        parse("sep=;\nartist;date\nTurner;Joseph;1819\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("artist,date,file\nTurner,1819,a.jpg\nTurner, J.,1819,b.jpg\n", "line 3 has 4 fields where the header has 3"),
        ("artist,date,file\nTurner, J.,1819,a.jpg\nTurner,1819,b.jpg\n", "line 2 has 4 fields"),
        ('artist,date,file\n"Turner\n J.",1819,a.jpg\nDürer, A.,1500,b.jpg\n', "line 4 has 4 fields"),
        ("artist,date,file\r\n\r\nTurner, J.,1819,a.jpg\r\n", "line 3 has 4 fields"),
        ("artist,date,file\nTurner,1819\n", "line 2 has 2 fields where the header has 3"),
        ("artist,date,file,\nTurner, J.,1819,a.jpg\n", "line 2 has a value in column 4, which has no name"),
        ('artist,date,file\nTurner,1819,a.jpg\n"Turner,1819,b.jpg\n', "the row in line 3 is wrongly quoted"),
        ('artist,date,file\n"Turner" J.,1819,a.jpg\n', "the row in line 2 is wrongly quoted"),
        ("", "names no columns"),
        ("\n", "names no columns"),
        (CSV.encode() + b"D\xfcrer,1501,N3.jpg\n", "line 4 has bytes that are not UTF-8"),
        (b"\xff\xfea", "marked as UTF-16 and is not"),
        (b"\0\x81\0\x01" * 9, "cannot read the catalogue"),
    ],
)  # fmt: skip
def test_a_broken_csv_is_one_sentence_with_the_line(content: str | bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse(content)


def test_empty_lines_and_lines_in_quotes_are_told() -> None:
    table = parse('artist,title\n\nTurner,"Rain,\nSteam"\n\n\n')
    assert cells(table) == [["Turner", "Rain,\nSteam"]]
    assert table.notes == (
        "3 empty lines are no rows",
        "1 rows have line breaks in a quoted field, the first in line 3",
    )


def test_columns_without_a_name_and_of_one_name() -> None:
    table = parse(",artist,date,date,,\n0,Turner,1819,1820,,\n")
    assert table.frame.columns.tolist() == ["column 1", "artist", "date (1)", "date (2)"]


@given(names=st.lists(st.sampled_from(["a", "a (1)", "a (2)", "b"]), min_size=1, max_size=6))
def test_no_column_is_lost_under_the_name_of_another(names: list[str]) -> None:
    frame = make_frame(names, [[str(position) for position in range(len(names))]])
    assert frame.iloc[0].tolist() == [str(position) for position in range(len(names))]
    assert frame.columns.is_unique


def test_values_that_pandas_takes_for_missing_are_texts() -> None:
    frame = parse("artist,date\nNA,None\nnull,\n").frame
    assert frame["artist"].tolist() == ["NA", "null"]
    assert frame["date"].isna().tolist() == [False, True]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
tables = st.integers(1, 5).flatmap(
    lambda width: st.tuples(
        st.lists(st.text("abcdeüé \"'x", min_size=1).filter(str.strip), min_size=width, max_size=width, unique=True),
        st.lists(st.lists(texts, min_size=width, max_size=width), max_size=8),
    )
)


@given(table=tables, delimiter=st.sampled_from(",;\t|"), newline=st.sampled_from(["\n", "\r\n"]), bom=st.booleans())
def test_any_csv_reads_back_the_same(
    table: tuple[list[str], list[list[str]]], delimiter: str, newline: str, bom: bool
) -> None:
    names, rows = table
    buffer = io.StringIO()
    # Python's writer quotes a field with a line break only where its own line ends hold that character.
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL if newline == "\r\n" else csv.QUOTE_ALL
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows([names, *rows])
    content = buffer.getvalue().encode("utf-8-sig" if bom else "utf-8")
    read = parse(content)
    assert read.frame.columns.tolist() == names
    assert cells(read) == rows


@given(content=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".json", ".jsonl", ".xlsx", ".parquet", ".gz"]))
def test_any_bytes_are_a_table_or_one_sentence(content: bytes, suffix: str) -> None:
    for start in (b"", b"PAR1", b"PK\x03\x04", b"\x1f\x8b"):
        try:
            parse(start + content, f"works{suffix}")
        except UserError as error:
            assert str(error).startswith("cannot read the catalogue works")


@given(table=tables)
def test_any_objects_read_back_the_same(table: tuple[list[str], list[list[str]]]) -> None:
    names, rows = table
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    if objects:
        assert cells(parse(json.dumps(objects), "works.json")) == rows
        lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in objects)
        assert cells(parse(lines, "works.jsonl")) == rows
        assert cells(parse(parquet(pd.DataFrame(objects)), "works.parquet")) == rows


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        ('{"a": {"0": 1}}', "works.json", "write a list of objects"),
        ("[1, 2]", "works.json", "write a list of objects"),
        ("[]", "works.json", "names no columns"),
        ("[{]", "works.json", "is not JSON"),
        ('{"a": 1}\n\n{"a"}\n', "works.jsonl", "is not JSON in line 3"),
        ('{"a": 1}\n7\n', "works.jsonl", "line 2 is no object"),
        ("artist\nTurner\n", "works.docx", "its format is not known; give CSV"),
        (b"\xd0\xcf\x11\xe0old", "works.csv", "its format is not known"),
        (b"PAR1broken", "works.parquet", "not a readable Parquet file"),
        (b"PK\x03\x04broken", "works.xlsx", "not a whole zip archive or workbook"),
        (gzip.compress(CSV.encode())[:-9], "works.csv.gz", "not a whole gzip file"),
        (zipped(a__csv=CSV, b__csv=CSV), "works.zip", "the archive holds 2 files"),
    ],
)
def test_other_broken_files_are_one_sentence(content: str | bytes, name: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse(content, name)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(**{"works__csv": data.decode("utf-8")})])
def test_packed_tables_read_the_same(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    (tmp_path / "works.CSV.GZ").write_bytes(pack(CSV.encode()))
    assert cells(read_table(tmp_path / "works.CSV.GZ")) == CELLS


def test_what_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 10**5)
    bomb = "a\n" * 10**6
    for content in (gzip.compress(bomb.encode()), zipped(a__csv=bomb)):
        with pytest.raises(UserError, match="when unpacked"):
            parse(content, "works.csv.gz")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the catalogue .*absent.csv: No such file"):
        read_table(tmp_path / "absent.csv")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(newline: str) -> None:
    assert cells(parse(CSV.replace("\n", newline))) == CELLS
    with pytest.raises(UserError, match="line 4 has 4 fields"):
        parse((CSV + "Turner, J.,1819,N3.jpg\n").replace("\n", newline))
