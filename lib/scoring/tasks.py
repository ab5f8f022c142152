"""What the published protocol asks (docs/protocol.md): works of Painter by Numbers, their splits, tasks and subsets.

Everything follows from the catalogue and, where not all of its pictures are at hand, from a list of ids.
"""

import hashlib
from pathlib import Path
from typing import Literal

import pandas as pd

from lib.data.artists.resolve import resolve_artists
from lib.data.columns import ColumnNames
from lib.data.dates.resolve import resolve_dates
from lib.data.rows import CatalogueOptions
from lib.data.splits import split_of_id, stable_fraction
from lib.data.table_catalogue import read_rows
from lib.infra.errors import UserError, first_line

Task = Literal["order", "date", "artist", "verify"]

# Dated works of the subset, in all splits, that an artist must have to count.
FEWEST_WORKS: dict[Task, int] = {"order": 60, "date": 60, "artist": 10, "verify": 10}
UNSEEN_FRACTION = 0.2  # of the artists, from whose works no answer of verify may be learned
# Test works with a near-duplicate outside the test split, among the works whose pictures were compared: never asked.
NEAR_DUPLICATES = frozenset({"64230.jpg", "82630.jpg", "88428.jpg", "91200.jpg", "102682.jpg"})
CATALOGUE_COLUMNS = ColumnNames(file="new_filename", artist="artist", date="date")


def read_works(catalogue: Path) -> pd.DataFrame:
    """Return the artists' own works with a date that is understood, of the catalogue of Painter by Numbers.

    Columns: painting_id, artist, date (as the catalogue writes it), earliest, latest (years, Int32, null on an open
    side), split (train, val or test, by a hash of the id) and unseen (whether the artist is, by a hash of the name).
    Raises UserError where the catalogue cannot be read.
    """
    rows = read_rows(catalogue, CATALOGUE_COLUMNS, options=CatalogueOptions(), stamps={}).table
    named, _ = resolve_artists(rows[rows["date"].notna()])
    dated, _ = resolve_dates(named, circa_years=0)
    own = dated["artist"].notna() & (dated["qualifier"] == "") & dated["date_problem"].isna() & ~dated["implausible"]
    works = dated.loc[own, ["painting_id", "artist", "date", "earliest", "latest"]].reset_index(drop=True)
    if works["painting_id"].isna().any() or works["painting_id"].duplicated().any():
        raise UserError(f"{catalogue} has dated works without an id of their own; take Kaggle's file as it is")
    return works.assign(
        split=works["painting_id"].map(split_of_id),
        unseen=works["artist"].map(lambda artist: stable_fraction(artist, purpose="unseen artist") < UNSEEN_FRACTION),
    )


def restrict(works: pd.DataFrame, subset: Path) -> pd.DataFrame:
    """Return the works whose ids are in the file `subset`, one id a line. Other ids are ignored.

    Raises UserError where the file cannot be read or names no work.
    """
    try:
        ids = subset.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeError) as error:
        raise UserError(f"cannot read the subset {subset}: {first_line(error)}; give a text of ids") from error
    chosen = works[works["painting_id"].isin(ids)].reset_index(drop=True)
    if chosen.empty:
        example = works["painting_id"].iloc[0] if len(works) else "49823.jpg"
        raise UserError(f"the subset {subset} names no dated work of the catalogue; write one id a line, as {example}")
    return chosen


def for_task(works: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the works as a task splits them, and asked: whether answers about a work are wanted.

    works: of the catalogue or of a subset. For verify all works by unseen artists are test.
    """
    split = works["split"].mask(works["unseen"], "test") if task == "verify" else works["split"]
    number = works.groupby("artist")["artist"].transform("size")
    asked = (split == "test") & (number >= FEWEST_WORKS[task]) & ~works["painting_id"].isin(NEAR_DUPLICATES)
    return works.assign(split=split, asked=asked)


def checksum(works: pd.DataFrame) -> str:
    """Return what is equal only for equal works, artists, years and splits."""
    columns = works.sort_values("painting_id")[["painting_id", "artist", "earliest", "latest", "split", "unseen"]]
    return hashlib.sha256(columns.to_csv(index=False, lineterminator="\n").encode()).hexdigest()[:12]


def asked_works(works: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the works, of for_task(), that a task asks about. Raises UserError where there is none."""
    asked = works[works["asked"]].reset_index(drop=True)
    if asked.empty:
        fewest = FEWEST_WORKS[task]
        raise UserError(f"the works hold nothing to ask: no artist with {fewest} dated works has a test work")
    return asked
