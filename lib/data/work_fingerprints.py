"""Which works a model learned from, as fingerprints: equal ones need no other model."""

import hashlib
from collections.abc import Iterable

import pandas as pd

from lib.data.embeddings import PICTURE

COLUMNS = ["painting_id", "date", "circa", "catalogue_columns", "split"]
YEARS = ["earliest", "latest"]


def fingerprints_of_works(paintings: pd.DataFrame) -> list[str]:
    """Return a hash of each work: id, date, split, picture (where the embeddings name it) and the catalogue's columns.

    The years count as numbers, whether a missing one among others makes them floats or not.
    """
    texts = [paintings[name].astype(str) for name in COLUMNS]
    texts += [paintings[name].astype("Float64").astype("Int64").astype(str) for name in YEARS]
    pictures = paintings[PICTURE] if PICTURE in paintings else pd.Series("", index=paintings.index)
    texts.append(pictures.fillna("").astype(str))
    return [hashlib.sha256("\t".join(work).encode()).hexdigest()[:16] for work in zip(*texts, strict=True)]


def fingerprint_of(works: Iterable[str]) -> str:
    """Return the fingerprint of works, in whatever order, with these fingerprints."""
    return hashlib.sha256("\n".join(sorted(works)).encode()).hexdigest()[:16]


def fingerprints_of_artists(paintings: pd.DataFrame) -> dict[str, str]:
    """Return the fingerprint of the works of each artist. paintings: artist, and `fingerprint` of the work."""
    return {str(artist): fingerprint_of(works) for artist, works in paintings.groupby("artist")["fingerprint"]}
