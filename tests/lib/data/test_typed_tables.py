"""Tables whose cells are no texts: workbooks, Parquet, JSON."""

import io
import json
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.infra.errors import UserError
from tests.catalogue_files import cells, parquet, parse, workbook


def test_a_workbook_gives_texts_as_one_would_write_them() -> None:
    rows: list[list[object]] = [
        ["artist", "year", "width", "made", "seen", "on_view"],
        ["Dürer", 1500, 30.5, date(1912, 9, 3), datetime(1912, 9, 3, 4, 5), True],
        [None, None, None, None, None, None],
        ["Turner", "c. 1819", None, None, None, False],
    ]
    table = parse(workbook(Works=rows), "works.xlsx")
    assert cells(table) == [
        ["Dürer", "1500", "30.5", "1912-09-03", "1912-09-03T04:05:00", "True"],
        ["Turner", "c. 1819", "", "", "", "False"],
    ]
    assert table.format == "Excel, sheet 'Works'"
    assert table.notes == ("1 empty rows of the sheet are no rows",)


def test_the_sheet_that_was_taken_is_told() -> None:
    table = parse(workbook(Empty=[], Works=[["artist"], ["Dürer"]], Notes=[["by"], ["us"]]), "works.xlsx")
    assert (cells(table), table.format) == ([["Dürer"]], "Excel, sheet 'Works', the first of 2 that are not empty")
    with pytest.raises(UserError, match="its sheets are empty"):
        parse(workbook(Empty=[]), "works.xlsx")


def test_parquet_with_numbers_lists_and_images() -> None:
    table = pa.table(
        {
            "artist": pa.array(["Dürer", None]).dictionary_encode(),
            "year": pa.array([1500.0, None]),
            "tags": [["a", "ü"], []],
            "image": pa.array([{"bytes": b"\xff", "path": "a"}, None]),
        }
    )
    read = parse(parquet(table), "works.parquet")
    assert cells(read) == [["Dürer", "1500", "a; ü", "a"], ["", "", "", ""]]
    assert read.frame.columns.tolist() == ["artist", "year", "tags", "image.path"]
    assert read.notes == ("columns of bytes are left out: image.bytes",)


def test_lists_and_objects_inside_json() -> None:
    objects = [
        {"artist": ["Otto Wagner", "Gustav Klimt"], "maker": {"id": 7, "life": {"born": 1841}}, "sizes": [{"cm": 3}]},
        {"artist": [], "maker": {}},
    ]
    table = parse(json.dumps(objects), "works.json")
    assert table.frame.columns.tolist() == ["artist", "maker.id", "maker.life.born", "sizes", "maker"]
    assert cells(table)[0] == ["Otto Wagner; Gustav Klimt", "7", "1841", '[{"cm": 3}]', ""]


@pytest.mark.parametrize(
    "value",
    [
        [{"artist": "Dürer", "year": 1500}, {"artist": None, "year": 1819.0}],
        {"count": 2, "data": [{"artist": "Dürer", "year": 1500}, {"year": "1819"}]},
        {"artist": ["Dürer", None], "year": [1500, 1819]},
    ],
)
def test_json_layouts(value: object) -> None:
    assert cells(parse(json.dumps(value), "works.json")) == [["Dürer", "1500"], ["", "1819"]]


def test_a_cell_may_hold_an_image() -> None:
    assert cells(parse("artist,image\nTurner," + "A" * 200_000))[0][0] == "Turner"


def test_a_day_before_the_year_1_is_one_sentence() -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"made": pa.array([-(10**17)], type=pa.timestamp("us"))}), buffer)
    with pytest.raises(UserError, match="column 'made' has a value out of range"):
        parse(buffer.getvalue(), "works.parquet")
