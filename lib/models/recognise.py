"""Recognise pictures that are in the catalogue which the models learned from."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from lib.dating.known import KnownDates
from lib.models.references import References, ReferenceWork

Recognised = Mapping[str, ReferenceWork]  # the reference work that shows the same picture, by file


def recognise(references: References, files: Sequence[str], hashes: np.ndarray) -> Recognised:
    """Return the reference work that shows the same picture, by file, of files with perceptual hashes (n,)."""
    return {files[number]: references.work(row) for number, row in references.near_duplicates(hashes).items()}


def dates_of(recognised: Recognised, files: Collection[str]) -> KnownDates:
    """Return the catalogue's dates of the files that are recognised."""
    return {file: work.dated for file, work in recognised.items() if file in files}
