"""Subsets of a catalogue: those that the source study trained on, by name, and others by size.

Artists are ranked by their number of works, ties by name. Where a subset has only part of the works of an artist or
year, a stable hash chooses them: always the same ones, and a new work replaces one at most.

DATASET/subsets/FINGERPRINT/   a subset as a dataset, in the splits of the dataset it is part of
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lib.data.dataset import Dataset
from lib.data.paintings import PAINTINGS_SCHEMA, read_part, write_part
from lib.data.splits import stable_fraction
from lib.infra.atomic import resumable_folder
from lib.infra.bundles import fingerprint_of
from lib.infra.errors import UserError, did_you_mean

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
    """Return the rows of the artists with most works, and at most `works_per_artist` of each. None: all."""
    if artists is not None:
        paintings = _most_frequent(paintings, "artist", artists)
    return paintings if works_per_artist is None else _sample(paintings, by="artist", works=works_per_artist)


def choose_works(
    paintings: pd.DataFrame,
    *,
    subset: str | None,
    artist: str | None,
    artists: int | None,
    works_per_artist: int | None,
) -> pd.DataFrame:
    """Return the chosen works of artists' own, and with them the works apart of the same artists, artist by artist.

    An artist's works then lie together in the dataset, and are read without those of others. subset, artist: as
    select_subset() takes them; without a subset artists, works_per_artist as select_artists() does.
    """
    own, apart = paintings[paintings["apart"].isna()], paintings[paintings["apart"].notna()]
    if subset:
        chosen = select_subset(own, name=subset, artist=artist)
    else:
        chosen = select_artists(own, artists=artists, works_per_artist=works_per_artist)
    if subset or artists:
        apart = apart[apart["artist"].isin(chosen["artist"])]
    return pd.concat([chosen, apart]).sort_index().sort_values("artist", kind="stable")


def ensure_subset(dataset: Path, *, artists: int | None, works_per_artist: int | None) -> Path:
    """Return the folder of the subset by size, as select_artists() chooses it, after making it where it is missing.

    Returns the dataset itself where both sizes are None. Raises UserError for sizes below 1.
    """
    if artists is None and works_per_artist is None:
        return dataset
    if any(size is not None and size < 1 for size in (artists, works_per_artist)):
        raise UserError("--artists and --works-per-artist must be at least 1")
    superset = Dataset.open(dataset)
    fields = {"part_of": superset.fingerprint, "artists": artists, "works_per_artist": works_per_artist}
    fingerprint = fingerprint_of(fields)
    folder = dataset / "subsets" / fingerprint
    if (folder / "manifest.json").is_file():
        return folder
    settings = {"fingerprint": fingerprint, "short_side": superset.manifest.short_side, **fields}
    paintings = superset.paintings(columns=["painting_id", "artist", "split"])
    paintings = paintings[paintings["split"] != "apart"]
    chosen = pa.array(select_artists(paintings, artists=artists, works_per_artist=works_per_artist)["painting_id"])
    with resumable_folder(folder, settings=settings) as out:
        for part in superset.parts():
            table = read_part(part, columns=[*PAINTINGS_SCHEMA.names, "split"])
            table = table.filter(pc.is_in(table["painting_id"], chosen))
            if len(table):
                write_part(out / "paintings" / part.name, table)
    return folder


def _most_frequent(paintings: pd.DataFrame, column: str, number: int) -> pd.DataFrame:
    ranked = paintings[column].value_counts().rename_axis("value").reset_index()
    chosen = ranked.sort_values(["count", "value"], ascending=[False, True])["value"].head(number)
    return paintings[paintings[column].isin(chosen)]


def _sample(paintings: pd.DataFrame, *, by: str, works: int) -> pd.DataFrame:
    order = paintings["painting_id"].map(lambda name: stable_fraction(name, purpose="subset"))
    return paintings[order.groupby(paintings[by]).rank(method="first") <= works]


def _select_one(paintings: pd.DataFrame, artist: str | None) -> pd.DataFrame:
    if artist is None:
        raise UserError("the subset one-artist needs a name; add --artist, such as --artist 'Vincent van Gogh'")
    chosen = paintings[paintings["artist"] == artist]
    if chosen.empty:
        hint = did_you_mean(artist, paintings["artist"].unique().tolist())
        raise UserError(f"no painting with a date and a file is by {artist!r}; {hint}")
    return chosen
