"""Which works a comparator was fitted to, as a fingerprint: equal ones need no other comparator."""

import hashlib

import pandas as pd

from lib.data.embeddings import PICTURE

COLUMNS = ["painting_id", "date", "earliest", "latest", "circa", "catalogue_columns", "split"]


def columns_of(paintings: pd.DataFrame) -> list[str]:
    """Return the columns that a fingerprint of paintings covers: PICTURE among them where the embeddings have it."""
    return [*COLUMNS, *([PICTURE] if PICTURE in paintings else [])]


def fingerprint_of_works(paintings: pd.DataFrame) -> str:
    """Return a hash of an artist's works, in their order: ids, dates, splits, pictures and the catalogue's columns."""
    digest = hashlib.sha256()
    for work in paintings[columns_of(paintings)].astype("str").itertuples(index=False):
        digest.update("\t".join(map(str, work)).encode() + b"\n")
    return digest.hexdigest()[:16]


def fingerprints_of_artists(paintings: pd.DataFrame) -> dict[str, str]:
    """Return the fingerprint of the works of each artist."""
    return {str(artist): fingerprint_of_works(works) for artist, works in paintings.groupby("artist")}
