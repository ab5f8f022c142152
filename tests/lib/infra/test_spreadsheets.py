import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.infra.spreadsheets import csv_text, write_csv


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_begins_like_a_formula_is_defused(text: str) -> None:
    assert list(csv.reader([csv_text(["a"], [[text]]).split("\r\n", 1)[1]]))[0][0].startswith("'")


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    write_csv(tmp_path / "order.csv", ["file", "score", "year"], [["-1.jpg", -1.5, None], ["Dürer.jpg", 2, 1500]])
    content = (tmp_path / "order.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbffile,score,year\r\n")
    assert content.decode("utf-8-sig").splitlines()[1:] == ["'-1.jpg,-1.5,", "Dürer.jpg,2,1500"]


def test_headers_are_defused_too() -> None:
    assert csv_text(["=cmd"], []) == "\ufeff'=cmd\r\n"


@given(rows=st.lists(st.tuples(st.text(max_size=8), st.integers() | st.none()), max_size=6))
def test_no_cell_begins_like_a_formula_and_nothing_else_changes(rows: list[tuple[str, int | None]]) -> None:
    text = csv_text(["text", "number"], rows).removeprefix("\ufeff")
    read = list(csv.reader(text.splitlines(keepends=True)))[1:]
    if not any(set(cell) & set("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r\n") for cell, _ in rows):
        assert [row[1] for row in read] == ["" if number is None else str(number) for _, number in rows]
        for (cell, _), (written, _) in zip(rows, read, strict=True):
            assert written in (cell, f"'{cell}")
            assert not written.startswith(("=", "+", "-", "@", "\t"))
