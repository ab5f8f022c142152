import pandas as pd

from lib.data.dates.notes import DateNotes, Disagreement
from lib.data.dates.resolve import resolve_dates

COLUMNS = ["date", "earliest", "latest", "birth", "death"]
Row = tuple[str | None, str | None, str | None, int | None, int | None]


def resolve(*rows: Row, circa_years: int = 0) -> tuple[pd.DataFrame, DateNotes]:
    table = pd.DataFrame(list(rows), columns=COLUMNS).astype({"birth": "Int64", "death": "Int64"})
    return resolve_dates(table, circa_years=circa_years)


def years(table: pd.DataFrame) -> list[tuple[int | None, int | None]]:
    ends = [[None if pd.isna(year) else int(year) for year in table[side]] for side in ("earliest", "latest")]
    return list(zip(*ends, strict=True))


def dated(date: str | None, earliest: str | None = None, latest: str | None = None) -> Row:
    return date, earliest, latest, None, None


def test_columns_win_and_the_text_says_whether_it_is_circa() -> None:
    table, notes = resolve(dated("c. 1820", "1815", "1825"), dated("1820", "1815.0", "1825.0"))
    assert years(table) == [(1815, 1825), (1815, 1825)]
    assert list(table["circa"]) == [True, False] and list(table["year"]) == [1820, 1820]
    assert (notes.works, notes.dated, notes.from_columns, notes.from_text) == (2, 2, 2, 0)
    assert notes.disagreeing == notes.partly_disagreeing == 0


def test_the_result_has_its_types() -> None:
    table, _ = resolve(dated("1820"), dated("junk"))
    assert {name: str(table[name].dtype) for name in ("earliest", "latest", "year")} == dict.fromkeys(
        ("earliest", "latest", "year"), "Int32"
    )
    assert table["circa"].dtype == table["implausible"].dtype == bool


def test_disagreement_is_counted_with_examples() -> None:
    rows = [dated("1984", "1983", "1983")] * 2 + [dated("1830s", "1835", "1845"), dated("1830s", "1830", "1850")]
    table, notes = resolve(*rows)
    assert years(table)[0] == (1983, 1983)
    assert (notes.disagreeing, notes.partly_disagreeing) == (2, 1)
    assert notes.disagreements == (
        Disagreement(text="1984", text_years=(1984, 1984), column_years=(1983, 1983), works=2),
    )


def test_a_text_that_is_not_understood_is_listed_and_the_columns_used() -> None:
    table, notes = resolve(dated("room 12", "1800", "1810"), dated("room 12"), dated("500 BC"), dated("room 12"))
    assert years(table) == [(1800, 1810), (None, None), (None, None), (None, None)]
    assert [text for text, _, _ in notes.unread] == ["room 12", "500 BC"]
    assert [works for _, _, works in notes.unread] == [3, 1]
    assert notes.unread_with_columns == 1
    assert table["date_problem"].isna().tolist() == [True, False, False, False]
    assert table["date_problem"][2] == "is before Christ, which is not supported"


def test_columns_that_run_backwards_give_way_to_the_text() -> None:
    table, notes = resolve(dated("1850", "1860", "1840"), dated(None, "1860", "1840"))
    assert years(table) == [(1850, 1850), (None, None)]
    assert notes.reversed_columns == 2
    assert table["date_problem"][1] == "has a first year after the last"


def test_zero_is_no_year_and_other_values_that_are_none_are_listed() -> None:
    table, notes = resolve(
        dated("1850", "0", "0.0"),
        dated("1850", "9999", "9999"),
        dated("1850", "-500", "c. 1850"),
        dated("1850", "", " "),
    )
    assert years(table) == [(1850, 1850)] * 4
    assert sorted(notes.unread_years) == [
        ("-500", "earliest", 1), ("9999", "earliest", 1), ("9999", "latest", 1), ("c. 1850", "latest", 1)
    ]  # fmt: skip


def test_a_catalogue_with_one_column_takes_its_year_as_exact_where_no_text_is_read() -> None:
    table, notes = resolve(dated("1830–41", "1830"), dated(None, "1850"), dated("room 12", "1860"))
    assert years(table) == [(1830, 1841), (1850, 1850), (1860, 1860)]
    assert (notes.single_years, notes.half_columns) == (2, 0)


def test_one_year_of_two_columns_leaves_the_other_side_open() -> None:
    full = dated(None, "1800", "1810")
    table, notes = resolve(
        full, dated(None, "1850"), (None, None, "1850", 1820, None), (None, "1850", None, 1820, 1870)
    )
    assert years(table) == [(1800, 1810), (1850, None), (1820, 1850), (1850, 1870)]
    assert list(table["year"]) == [1805, 1850, 1835, 1860]
    assert (notes.single_years, notes.half_columns) == (0, 3)


def test_a_life_closes_what_the_text_leaves_open() -> None:
    table, _ = resolve(("after 1830", None, None, 1775, 1851), ("before 1830", None, None, 1775, None))
    assert years(table) == [(1830, 1851), (1775, 1830)]


def test_circa_widens_texts_and_leaves_columns() -> None:
    table, _ = resolve(dated("c. 1820"), dated("c. 1820", "1819", "1821"), circa_years=5)
    assert years(table) == [(1815, 1825), (1819, 1821)]


def test_works_outside_the_artists_life_are_implausible() -> None:
    rows = [(date, None, None, 1775, 1851) for date in ("1786", "1787", "1851", "1852", "1780–90", "room 12")]
    table, notes = resolve(*rows, dated("1500"))
    assert list(table["implausible"]) == [True, False, False, True, False, False, False]
    assert notes.implausible == 2


def test_works_without_a_date_are_counted() -> None:
    table, notes = resolve(dated(None), dated("  "), dated("1850"))
    assert (notes.undated, notes.dated, notes.unread) == (2, 1, ())
    assert list(table["date_problem"][:2]) == ["is empty"] * 2


def test_an_empty_catalogue() -> None:
    table, notes = resolve()
    assert table.empty and notes.works == notes.dated == 0
