"""python benchmarks/catalogue_dates.py [--catalogue CSV]

Compare what dates are read as with what museums' curators give as first and last year: CSV with the columns museum,
text, earliest, latest (empty where unknown) and works (how many have this text and these years). Prints shares of the
works that the museum itself dates, those whose text has a digit or a century, beside two simple rules: a text that is
one year or circa and a year, and the first number of four digits in any text.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import tyro

from lib.data.dates.painting_date import DateError
from lib.data.dates.parse import parse_date

SHARED = Path(__file__).parents[2] / "shared" / "museum-catalogues" / "dates.csv"  # beside the repository
Reader = Callable[[str], int | None]


def main(catalogue: Path = SHARED, misses: int = 20) -> None:
    """Print the shares by museum, and the commonest misses.

    Args:
        catalogue: CSV with the columns museum, text, earliest, latest and works.
        misses: Texts to print whose middle year lies outside the curators' years.
    """
    table = read_catalogue(catalogue)
    readers = {"dates as intervals": middle_year, "one year, or circa": single_year, "first four digits": first_number}
    print("inside: the middle year lies within the curators' years; off: mean years between the middles")
    print(f"{'museum':12} {'rule':20} {'works':>8} {'understood':>11} {'inside':>8} {'off':>6}")
    for museum, rows in table.groupby("museum"):
        for rule, reader in readers.items():
            understood, inside, off = quality(rows, reader)
            print(f"{museum:12} {rule:20} {rows['works'].sum():8} {understood:11.2%} {inside:8.2%} {off:6.2f}")
    print_refused(table)
    print_misses(table, most=misses)


def read_catalogue(path: Path) -> pd.DataFrame:
    """Return museum, text, earliest, latest (Int32) and works of the texts by which a museum dates works."""
    table = pd.read_csv(path, dtype={"museum": "string", "text": "string"}, dtype_backend="numpy_nullable")
    return table[table["text"].map(is_dated).astype(bool)]


def is_dated(text: str) -> bool:
    """Return whether a text says anything of a year: `date not known` does not."""
    try:
        parse_date(text)
    except DateError as error:
        return str(error) != "names no year" or any(character.isdigit() for character in text)
    return True


def quality(rows: pd.DataFrame, reader: Reader) -> tuple[float, float, float]:
    """Return the share of works that are understood; of these the share inside the curators' years, and the mean
    distance of the year from the middle of the curators' years."""
    years = rows["text"].map(reader).astype("Int32")
    understood = years.notna()
    judged = rows[understood & rows["earliest"].notna() & rows["latest"].notna()]
    inside = years[judged.index].between(judged["earliest"], judged["latest"])
    distance = (years[judged.index] - (judged["earliest"] + judged["latest"]) / 2).abs()
    return (
        rows.loc[understood, "works"].sum() / rows["works"].sum(),
        judged.loc[inside, "works"].sum() / judged["works"].sum(),
        (distance * judged["works"]).sum() / judged["works"].sum(),
    )


def print_refused(table: pd.DataFrame) -> None:
    """Print the texts that are refused, with their reasons."""
    print("\nrefused")
    rows = table.sort_values("works", ascending=False)
    for text, museum, works in zip(rows["text"], rows["museum"], rows["works"], strict=True):
        try:
            parse_date(text)
        except DateError as error:
            print(f"  {works:5}  {museum}  {text}: {error}")


def print_misses(table: pd.DataFrame, *, most: int) -> None:
    """Print works by kind of text (letters a, digits 9), then the texts, where the middle year lies outside."""
    years = table["text"].map(middle_year).astype("Int32")
    missed = table[((years < table["earliest"]) | (years > table["latest"])).fillna(False)]
    kinds = missed.groupby(missed["text"].map(kind_of))["works"].sum().sort_values(ascending=False)
    print("\noutside the curators' years, by kind")
    for kind, works in kinds.head(most).items():
        print(f"  {works:5}  {kind}")
    print("\noutside the curators' years, by text")
    for row in missed.sort_values("works", ascending=False).head(most).itertuples():
        print(f"  {row.works:5}  {row.museum}  {row.text}: {row.earliest}–{row.latest}")


def kind_of(text: str) -> str:
    """Return a text with its digits as 9."""
    return re.sub(r"\d", "9", text)


def middle_year(text: str) -> int | None:
    """Return the middle of the interval."""
    try:
        return parse_date(text).year
    except DateError:
        return None


def single_year(text: str) -> int | None:
    """Return the year of a text that is one year, with or without circa."""
    match = re.fullmatch(r"(?:c\.?|ca\.?|circa|about)?\s*(\d{3,4})", text.strip(), re.IGNORECASE)
    return int(match[1]) if match else None


def first_number(text: str) -> int | None:
    """Return the first number of four digits."""
    match = re.search(r"(?<!\d)\d{4}(?!\d)", text)
    return int(match[0]) if match else None


if __name__ == "__main__":
    tyro.cli(main)
