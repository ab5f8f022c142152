import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.data.artists.names import choose_spelling, name_key
from lib.data.artists.resolve import COLUMNS, resolve_artists

REAL = Path(__file__).parents[5] / "shared" / "painter-by-numbers" / "all_data_info.csv.zip"

Cells = str | tuple[str | None, ...] | None


def catalogue(*rows: Cells) -> pd.DataFrame:
    cells = [row if isinstance(row, tuple) else (row,) for row in rows]
    return pd.DataFrame([(*row, *[None] * (len(COLUMNS) - len(row))) for row in cells], columns=list(COLUMNS))


def artists(*rows: Cells, **aliases: str) -> list[str | None]:
    return list(resolve_artists(catalogue(*rows), aliases=aliases)[0]["artist"])


def test_spellings_of_one_artist_are_merged_and_reported() -> None:
    texts = [
        "Turner, Joseph Mallord William", "Joseph Mallord William Turner", "TURNER, JOSEPH MALLORD WILLIAM",
        "Turner, Joseph Mallord William ", "Artist: Turner, Joseph Mallord William",
        "Turner,  Joseph Mallord William (British, 1775–1851)", "joseph mallord william turner.",
    ]  # fmt: skip
    table, notes = resolve_artists(catalogue(*texts))
    assert set(table["artist"]) == {"Joseph Mallord William Turner"}
    assert set(table["birth"]) == {1775} and set(table["death"]) == {1851}
    (merge,) = notes.merges
    assert merge.artist == "Joseph Mallord William Turner"
    assert merge.spellings == dict.fromkeys(texts, 1)


def test_a_name_written_only_last_name_first_stays_so() -> None:
    assert artists("Turner, William", "Turner, William") == ["Turner, William"] * 2
    assert artists("TURNER, WILLIAM", "Turner, William") == ["Turner, William"] * 2


def test_composed_and_decomposed_accents_are_one_name_and_missing_ones_a_near_miss() -> None:
    table, notes = resolve_artists(catalogue("Albrecht Dürer", "Albrecht Du\u0308rer", "Albrecht Durer"))
    assert list(table["artist"]) == ["Albrecht Dürer", "Albrecht Dürer", "Albrecht Durer"]
    assert [(miss.first, miss.second) for miss in notes.near_misses] == [("Albrecht Dürer", "Albrecht Durer")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Pieter Bruegel the Elder", "Bruegel, Pieter, the Elder"),
        ("Pieter Bruegel the Elder", "Bruegel the Elder, Pieter"),
        ("Pieter Bruegel the Elder", "Pieter Bruegel (the Elder)"),
        ("Pieter Bruegel the Elder", "Pieter Bruegel d. Ä."),
        ("Pieter Bruegel the Elder", "Bruegel, Pieter (Elder)"),
        ("Pieter Bruegel the Elder", "Bruegel, Pieter the Elder"),
        ("Georg Wechter I", "Wechter I, Georg"),
        ("Charles Wells, Jr.", "Wells, Jr., Charles"),
        ("Utagawa Hiroshige II", "Utagawa Hiroshige (II)"),
        ("J.M.W. Turner", "Turner, J. M. W."),
        ("Vincent van Gogh", "Gogh, Vincent van"),
    ],
)
def test_one_name(first: str, second: str) -> None:
    assert name_key(first) == name_key(second)


def test_suffixes_tell_persons_apart() -> None:
    names = ["Pieter Bruegel", "Pieter Bruegel the Elder", "Pieter Bruegel the Younger", "Pieter Bruegel Jr.", "P. II"]
    assert len({name_key(name) for name in names}) == len(names)
    _, notes = resolve_artists(
        catalogue("Jan Brueghel II", "Jan Brueghel III", "Jan Vos the Elder", "Jan Vos the Younger")
    )
    assert notes.near_misses == ()


def test_namesakes_with_contradicting_lives_are_two_artists() -> None:
    rows = ["John Smith (1700–1750)", "Smith, John (1820–1880)", "John Smith", "after John Smith"]
    table, notes = resolve_artists(catalogue(*rows))
    assert list(table["artist"]) == ["John Smith (1700–1750)", "John Smith (1820–1880)", "John Smith", "John Smith"]
    (split,) = notes.splits
    assert split.artists == {"John Smith": 2, "John Smith (1700–1750)": 1, "John Smith (1820–1880)": 1}


def test_years_that_differ_a_little_are_one_artist_and_counted() -> None:
    table, notes = resolve_artists(
        catalogue("Frans Hals (1582–1666)", "Frans Hals (1580–1666)", "Frans Hals (1582–1666)")
    )
    assert set(table["artist"]) == {"Frans Hals"}
    assert set(table["birth"]) == {1582}
    assert notes.contradicting_years == 1


def test_columns_of_years_win_over_the_text_and_what_is_no_year_is_counted() -> None:
    rows = [("Frans Hals (1580–1666)", None, None, "1582", "n.d."), ("Judith Leyster", None, None, "1609.0", "16-60")]
    table, notes = resolve_artists(catalogue(*rows))
    assert list(table["birth"]) == [1582, 1609]
    assert table["death"][0] == 1666 and table["death"].isna()[1]
    assert str(table["birth"].dtype) == "Int32"
    assert notes.unreadable_years == 2


def test_a_qualified_work_belongs_to_the_artist() -> None:
    table, notes = resolve_artists(
        catalogue("Rembrandt", "Workshop of Rembrandt", ("Rembrandt", "Sitter"), "Unknown", None)
    )
    assert list(table["artist"])[:3] == ["Rembrandt"] * 3
    assert table["artist"].isna().tolist() == [False, False, False, True, True]
    assert list(table["qualifier"]) == ["", "workshop of", "other role", "", ""]
    assert notes.rows_by_qualifier == {"": 1, "other role": 1, "workshop of": 1}
    assert notes.nobody == {"": 1, "Unknown": 1} and notes.nobody_rows == 2
    assert notes.unknown_roles == {"Sitter": 1}


def test_a_short_name_beside_a_longer_one_is_a_near_miss() -> None:
    table, notes = resolve_artists(catalogue("Workshop of Rembrandt", "Rembrandt van Rijn"))
    assert list(table["artist"]) == ["Rembrandt", "Rembrandt van Rijn"]
    assert [miss.reason for miss in notes.near_misses] == ["one name is part of the other"]


def test_equal_ids_are_one_artist_in_any_notation() -> None:
    rows: list[Cells] = [
        ("Frans Hals", None, "http://vocab.getty.edu/ulan/500115493"), ("F. Hals", None, "500115493"),
        ("F. Hals", None, "ulan:500115493"), ("Hals, Frans", None, "500115493.0"), "Frans Hals",
        ("Judith Leyster", None, "https://www.wikidata.org/wiki/Q232423"), ("J. Leyster", None, "Q232423"),
    ]  # fmt: skip
    assert artists(*rows) == ["Frans Hals"] * 5 + ["Judith Leyster"] * 2


def test_different_ids_are_two_artists_whose_names_differ() -> None:
    rows = [
        ("John Smith", None, "1", "1700", "1750"),
        ("John Smith", None, "2", "1700", "1750"),
        ("John Smith", None, "3"),
    ]
    assert artists(*rows) == ["John Smith (1)", "John Smith (2)", "John Smith (3)"]
    assert artists(("A Vos", None, "1", "1700"), ("A Vos", None, "2"), "A Vos") == [
        "A Vos (born 1700)",
        "A Vos (2)",
        "A Vos",
    ]


def test_an_id_of_the_workshop_does_not_make_a_second_master() -> None:
    rows = [
        ("Rembrandt", None, "7"),
        ("Workshop of Rembrandt", None, "8", "1640", "1680"),
        ("after Rembrandt", None, "0"),
    ]
    assert artists(*rows) == ["Rembrandt"] * 3


def test_aliases_decide() -> None:
    rows: list[Cells] = [
        "Gilbert & George",
        "J.M.W. Turner",
        "after J. M. W. Turner",
        ("Turner", None, "5"),
        "British School",
    ]
    aliases = {
        "Gilbert & George": "Gilbert & George", "J. M. W. Turner": "Joseph Mallord William Turner",
        "turner": "J.M.W. Turner", "British School": "William Somebody",
    }  # fmt: skip
    table, _ = resolve_artists(catalogue(*rows), aliases=aliases)
    turner = "Joseph Mallord William Turner"
    assert list(table["artist"]) == ["Gilbert & George", turner, turner, turner, "William Somebody"]
    assert list(table["qualifier"]) == ["", "", "after", "", ""]


def test_aliases_in_a_circle_end() -> None:
    assert artists("Anna B", Anna="x", **{"Anna B": "Anna C", "Anna C": "Anna B"}) == ["Anna B"]


def test_near_misses() -> None:
    rows = [
        "Edvard Munch", "Edvard Munsh", "Utagawa, Kunisada", "Utagawa Kunisada", "Joshua Reynolds (1723–1792)",
        "Sir Joshua W. Reynolds (1723–1792)",
        "Otto Dix (1723–1792)", "John Martin (1789–1854)", "John Marin (1870–1953)",
        "artist 1", "artist 2", "Arp", "Arb",
    ]  # fmt: skip
    _, notes = resolve_artists(catalogue(*rows))
    assert {(miss.first, miss.second, miss.reason) for miss in notes.near_misses} == {
        ("Edvard Munch", "Edvard Munsh", "edit distance 1"),
        ("Utagawa Kunisada", "Utagawa, Kunisada", "same words in another order"),
        ("Joshua Reynolds", "Sir Joshua W. Reynolds", "equal life dates"),
    }
    assert notes.near_miss_count == 3


def test_the_list_of_near_misses_ends_but_all_are_counted() -> None:
    letters = "abcdefghijklmnop"
    names = [f"{first}{second}lora {last}" for first in letters for second in letters for last in ("Vens", "Venz")]
    table, notes = resolve_artists(catalogue(*names))
    assert table["artist"].nunique() == 512
    assert len(notes.near_misses) == 200 < notes.near_miss_count


ROWS = st.lists(
    st.tuples(
        st.sampled_from(
            ["Ann Lee", "Lee, Ann", "ANN LEE", "after Ann Lee", "A. Lee", "Unknown", "Ann Lee (1700–1760)"]
        ),
        st.sampled_from([None, "Artist", "after"]),
        st.sampled_from([None, None, "1", "2"]),
        st.sampled_from([None, None, "1700", "1705", "1820"]),
        st.none(),
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_rows_does_not_matter(rows: list[tuple[str | None, ...]], order: random.Random) -> None:
    table, notes = resolve_artists(catalogue(*rows))
    shuffled = catalogue(*rows).sample(frac=1, random_state=order.randrange(1000))
    again, same = resolve_artists(shuffled)
    pd.testing.assert_frame_equal(again.sort_index(), table)
    assert same == notes


@given(ROWS)
@settings(max_examples=60)
def test_ids_keep_artists_apart(rows: list[tuple[str | None, ...]]) -> None:
    table, _ = resolve_artists(catalogue(*rows))
    own = table[table["artist_id"].notna() & (table["qualifier"] == "") & table["artist"].notna()]
    pairs = own[["artist", "artist_id"]].drop_duplicates()
    assert pairs["artist"].is_unique and pairs["artist_id"].is_unique


def test_columns_and_index_stay() -> None:
    table = catalogue("Frans Hals", None).assign(title=["a", "b"])
    table.index = pd.Index([7, 3])
    resolved, _ = resolve_artists(table)
    assert list(resolved.index) == [7, 3] and list(resolved["title"]) == ["a", "b"]


def test_an_empty_catalogue() -> None:
    resolved, notes = resolve_artists(catalogue())
    assert resolved.empty and notes.rows_by_qualifier == {}


def test_the_shown_spelling_is_the_most_frequent_of_the_best() -> None:
    assert choose_spelling({"Turner, W.": 9, "W. Turner": 1, "W. TURNER": 5}) == "W. Turner"
    assert choose_spelling({"W. Turner": 2, "W Turner": 3}) == "W Turner"


def test_real_names_of_painter_by_numbers_stay() -> None:
    if not REAL.is_file():
        pytest.skip(f"the shared part of Painter by Numbers is not beside the repository ({REAL})")
    counts = pd.read_csv(REAL, dtype=str, keep_default_na=False)["artist"].str.strip().value_counts()
    names = counts[counts >= 10].index  # the rarer ones are titles that slipped into the column
    table, _ = resolve_artists(catalogue(*names))
    assert list(table["artist"]) == [" ".join(name.split()) for name in names]
    assert set(table["qualifier"]) == {""}
