"""Works to verify: which of them are evidence, and why others are none."""

from dataclasses import dataclass

import numpy as np

from lib.attribution.outliers import are_outliers
from lib.data.same_pictures import copies
from lib.infra.errors import UserError
from lib.models.references import ReferenceWork
from lib.models.store import ModelSet

UNLIKE = "is unlike everything that the models learned from"


@dataclass(frozen=True)
class QuestionedWorks:
    """Works to verify. positions: (n, d) in the style space. hashes: (n,) perceptual hashes. files: their n names."""

    files: list[str]
    positions: np.ndarray
    hashes: np.ndarray

    def where(self, rows: np.ndarray) -> "QuestionedWorks":
        """Return the works (n,) that are true in `rows`."""
        files = [file for file, kept in zip(self.files, rows, strict=True) if kept]
        return QuestionedWorks(files, self.positions[rows], self.hashes[rows])


def works_that_count(models: ModelSet, works: QuestionedWorks) -> tuple[QuestionedWorks, dict[str, str]]:
    """Return the works that are evidence, and why others are none, by file.

    A picture counts once, and one unlike everything that the models learned from does not. Raises UserError where no
    work is left.
    """
    outliers = are_outliers(models.head.model.projection, works.positions, usual=models.usual)
    left_out = {file: UNLIKE for file, odd in zip(works.files, outliers, strict=True) if odd}
    if outliers.all():
        raise UserError(f"no work can be verified: {works.files[0]} {UNLIKE}")
    like = works.where(~outliers)
    copied = copies(like.hashes)
    again = [file for file, copy in zip(like.files, copied, strict=True) if copy]
    left_out |= dict.fromkeys(again, "may show a picture of its own set again")
    return like.where(~copied), left_out


def same_as(file: str) -> str:
    """Return why a work does not count that is in the other set too."""
    return f"may show the same picture as {file} of the other set"


def same_as_reference(work: ReferenceWork) -> str:
    """Return why a reference work does not count."""
    return f"may show the same picture as {work.painting_id} of the catalogue, by {work.artist}, which was left out"
