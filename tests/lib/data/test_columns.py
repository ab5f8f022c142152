import json

import pandas as pd
import pytest

from lib.data.columns import (
    ColumnNames,
    as_json,
    columns_to_keep,
    find_columns,
    last_year_column,
    take_columns,
)
from lib.infra.errors import UserError


@pytest.mark.parametrize(
    "names",
    [
        ["artist", "date", "file"],
        ["Artist", "Date", "File"],
        ["artist ", " date", "FILE"],
        ["Artist Name", "object_date", "File-Name"],
        ["artistDisplayName", "objectDate", "accession_number"],
    ],
)
def test_usual_names_in_any_capitals_and_spaces(names: list[str]) -> None:
    found = find_columns(names, ColumnNames())
    assert [found.artist, found.date, found.file] == names


def test_a_given_name_wins_in_any_capitals_and_spaces() -> None:
    found = find_columns(
        ["file", "artist", "date", "Painted By", "Made-In"], ColumnNames(artist="painted by", date="made_in")
    )
    assert (found.artist, found.date, found.file) == ("Painted By", "Made-In", "file")


def test_first_and_last_years_are_taken_together_or_not() -> None:
    both = find_columns(["file", "artist", "BeginYear", "EndYear"], ColumnNames())
    assert (both.date, both.earliest, both.latest) == (None, "BeginYear", "EndYear")
    lone = find_columns(["file", "artist", "date", "endyear"], ColumnNames())
    assert (lone.date, lone.earliest, lone.latest) == ("date", None, None)


def test_a_first_year_given_as_the_date_stays_the_date() -> None:
    names = ["file", "artist", "beginyear", "endyear"]
    found = find_columns(names, ColumnNames(date="beginyear"))
    assert (found.date, found.earliest, found.latest) == ("beginyear", None, None)


def test_years_of_the_artist_are_no_dates() -> None:
    moma = ["Title", "Artist", "BeginDate", "EndDate", "Date", "ObjectID", "ImageURL"]
    found = find_columns(moma, ColumnNames())
    assert (found.date, found.earliest, found.latest, found.birth) == ("Date", None, None, None)
    met = ["Object Number", "Artist Display Name", "Artist Begin Date", "Artist End Date", "Object Date",
           "Object Begin Date", "Object End Date"]  # fmt: skip
    found = find_columns(met, ColumnNames())
    assert (found.earliest, found.latest) == ("Object Begin Date", "Object End Date")
    assert (found.birth, found.death) == ("Artist Begin Date", "Artist End Date")


@pytest.mark.parametrize(
    ("names", "given", "sentence"),
    [
        (["file", "artist"], {}, "has no column date; it has file, artist; name yours with --date-column"),
        (["a", "b"], {}, "has no column file, artist, date; it has a, b"),
        (["file", "artist", "date"], {"date": "dates"}, "has no column dates; it has .*; did you mean date"),
        (["file", "artist", "date"], {"date": "x", "file": "y"}, "has no column y, x"),
        (["file", "ARTIST", "Artist", "date"], {"artist": "artist"}, "has several columns artist: 'ARTIST', 'Artist'"),
        (["file", "date (1)", "date (2)", "artist"], {}, "has no column date"),
    ],
)
def test_missing_and_doubtful_columns(names: list[str], given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        find_columns(names, ColumnNames(**given))


def test_the_error_does_not_print_the_catalogue() -> None:
    with pytest.raises(UserError) as caught:
        find_columns(["x" * 100_000, *(f"column {number}" for number in range(1000))], ColumnNames())
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("beginyear", "endyear"),
        ("year_from", "year_to"),
        ("startYear", "endYear"),
        ("Creation Date Earliest", "Creation Date Latest"),
        ("dating_early", "dating_late"),
        ("von", "bis"),
        ("Made (min)", "Made (max)"),
        ("year", "end_year"),
    ],
)
def test_a_column_of_last_years_is_known_by_its_name(first: str, last: str) -> None:
    assert last_year_column(["artist", first, last], ColumnNames(date=first)) == last
    assert last_year_column(["artist", first, last], ColumnNames(date=first, latest=last)) is None
    assert last_year_column(["artist", "date", last], ColumnNames(date="date")) is None


def test_rows_have_our_names_and_null_where_the_catalogue_has_nothing() -> None:
    frame = pd.DataFrame(
        {"Who": ["Monet"], "When": [None], "N": ["1.jpg"], "Title": ["Poplars"], "fold": ["False"]}, dtype="str"
    )
    rows = take_columns(frame, ColumnNames(artist="Who", date="When", file="N", split="fold"))
    assert rows.iloc[0].dropna().to_dict() == {
        "painting_id": "1.jpg", "artist": "Monet", "title": "Poplars", "catalogue_split": "test",
    }  # fmt: skip


def test_all_columns_travel_but_images() -> None:
    frame = pd.DataFrame(
        {"a": ["x", None], "Gallery No": ["1", "2"], "thumb": [None, "data:image/png;base64,AA"]}, dtype="str"
    )
    assert columns_to_keep(frame, None) == ["a", "Gallery No"]
    assert columns_to_keep(frame, ["gallery_no"]) == ["Gallery No"]
    assert columns_to_keep(frame, ()) == []
    assert [json.loads(text) for text in as_json(frame[["a", "Gallery No"]])] == [
        {"a": "x", "Gallery No": "1"},
        {"Gallery No": "2"},
    ]
    with pytest.raises(UserError, match="has no column b; it has a, Gallery No"):
        columns_to_keep(frame, ["b"])
