"""Which works a model learned from, as fingerprints: equal ones need no other model."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from lib.data.embeddings import PICTURE

COLUMNS = ["painting_id", "date", "circa", "catalogue_columns", "split"]
YEARS = ["earliest", "latest"]


def fingerprints_of_works(paintings: pd.DataFrame) -> np.ndarray:
    """Return a hash of each work, uint64 (n,).

    It is of id, date, years, split, picture (where the embeddings name it) and the catalogue's columns. Years count as
    numbers, whether a missing one among others makes them floats or not.
    """
    texts = [text_of(paintings[name]) for name in COLUMNS]
    texts += [text_of(paintings[name].astype("Float64").astype("Int64")) for name in YEARS]
    texts.append(text_of(paintings[PICTURE]) if PICTURE in paintings else [""] * len(paintings))
    hashes = [hashlib.sha256("\t".join(work).encode()).digest()[:8] for work in zip(*texts, strict=True)]
    return np.frombuffer(b"".join(hashes), dtype=">u8").astype(np.uint64)


def text_of(column: pd.Series) -> list[str]:
    """Return the values of a column as text, a missing one, such as the year of an open date, as none."""
    return ["" if missing else str(value) for value, missing in zip(column, column.isna(), strict=True)]


def fingerprint_of(works: Iterable[int]) -> str:
    """Return the fingerprint of works, in whatever order, with these fingerprints."""
    return hashlib.sha256("\n".join(f"{work:016x}" for work in sorted(works)).encode()).hexdigest()[:16]


def fingerprints_of_artists(paintings: pd.DataFrame) -> dict[str, str]:
    """Return the fingerprint of the works of each artist. paintings: artist, and `fingerprint` of the work."""
    return {str(artist): fingerprint_of(works) for artist, works in paintings.groupby("artist")["fingerprint"]}
