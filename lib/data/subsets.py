"""The parts of a catalogue that the source study trained on, by name, and other parts by size.

Artists are ranked by their number of works, ties by name. Where only some works of an artist or year are taken, a
stable hash picks them: the same ones every time, and a new work pushes out one at most.
"""

import difflib

import pandas as pd

from lib.data.splits import stable_fraction
from lib.infra.errors import UserError

SUBSETS = ("5-artists-100-works", "100-artists", "15-years-100-works", "one-artist")


def select_subset(paintings: pd.DataFrame, *, name: str, artist: str | None = None) -> pd.DataFrame:
    """Return the rows of a subset of the source study, in their order.

    paintings: painting_id, artist, year. Raises UserError where `one-artist` has no artist of the catalogue.
    """
    match name:
        case "5-artists-100-works":
            return select_artists(paintings, artists=5, works_per_artist=100)
        case "100-artists":
            return select_artists(paintings, artists=100)
        case "15-years-100-works":
            return _sample(_most_frequent(paintings, "year", 15), by="year", works=100)
        case "one-artist":
            return _select_one(paintings, artist)
    raise UserError(f"there is no subset {name!r}; choose one of {', '.join(SUBSETS)}")


def select_artists(
    paintings: pd.DataFrame, *, artists: int | None = None, works_per_artist: int | None = None
) -> pd.DataFrame:
    """Return the rows of the artists with most works (None: all) and at most so many works of each (None: all)."""
    if artists is not None:
        paintings = _most_frequent(paintings, "artist", artists)
    return paintings if works_per_artist is None else _sample(paintings, by="artist", works=works_per_artist)


def _most_frequent(paintings: pd.DataFrame, column: str, number: int) -> pd.DataFrame:
    ranked = paintings[column].value_counts().rename_axis("value").reset_index()
    chosen = ranked.sort_values(["count", "value"], ascending=[False, True])["value"].head(number)
    return paintings[paintings[column].isin(chosen)]


def _sample(paintings: pd.DataFrame, *, by: str, works: int) -> pd.DataFrame:
    order = paintings["painting_id"].map(lambda name: stable_fraction(name, purpose="subset"))
    return paintings[order.groupby(paintings[by]).rank(method="first") <= works]


def _select_one(paintings: pd.DataFrame, artist: str | None) -> pd.DataFrame:
    if artist is None:
        raise UserError("the subset one-artist needs a name; add --artist 'Vincent van Gogh', for one")
    chosen = paintings[paintings["artist"] == artist]
    if chosen.empty:
        close = difflib.get_close_matches(artist, paintings["artist"].unique().tolist(), n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise UserError(f"no painting with a date and a file is by {artist!r}{hint or ', check the spelling'}")
    return chosen
