"""Recognise pictures that are in the catalogue which the models learned from."""

from collections.abc import Mapping, Sequence

import numpy as np

from lib.data.same_pictures import CERTAIN_BITS
from lib.dating.known import KnownDates
from lib.models.references import References, ReferenceWork

Recognised = Mapping[str, ReferenceWork]  # the reference work that shows the same picture, by file


def recognise(references: References, files: Sequence[str], hashes: np.ndarray) -> Recognised:
    """Return the reference work that shows the same picture, by file, of files with perceptual hashes (n,)."""
    found = references.near_duplicates(hashes, bits=CERTAIN_BITS)
    return {files[number]: references.work(row) for number, row in reversed(found)}  # the nearest comes last and stays


def dates_of(recognised: Recognised) -> KnownDates:
    """Return the catalogue's dates of the files that are recognised."""
    return {file: work.dated for file, work in recognised.items()}
