"""Verify works with a model set: are they by this artist, or by the hand that made other works?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.attribution.attribute import require_known_artist
from lib.attribution.likelihood_ratio import CalibratedRatio, TrialFigures, probability
from lib.attribution.two_covariance import TwoCovariance, WorkSets
from lib.attribution.verification import each_alone
from lib.attribution.verifier import KnownArtist, Verifier
from lib.data.splits import NEAR_DUPLICATE_BITS
from lib.infra.errors import UserError
from lib.models.references import References, ReferenceWork, without
from lib.models.store import ModelSet

NEAREST = 3  # works shown for and against each work
FEW_REFERENCES = 5  # below which an answer about an artist says little


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


@dataclass(frozen=True)
class NearestWork:
    """A work that resembles a questioned one: a reference work, or a file of the other set.

    log_ratio: of the two works being by one artist, calibrated.
    """

    work: ReferenceWork | str
    log_ratio: float


@dataclass(frozen=True)
class VerifiedWork:
    """The answer for one work alone.

    supporting, opposing: the nearest works by the artist and by others. Where two sets were compared, they are the
    nearest works of the other set, and the nearest reference works of all artists.
    """

    file: str
    log_ratio: float
    probability: float
    supporting: tuple[NearestWork, ...]
    opposing: tuple[NearestWork, ...]


@dataclass(frozen=True)
class Verification:
    """The answer for a set of works.

    artist: None where two sets were compared. log_ratio: natural logarithm of how much likelier the works are if the
    answer is yes than if it is no. probability: of yes, where it had the probability `prior` before. references: works
    that the answer rests on, of the artist or of the other set. likelier: the known artist, other than `artist`, whose
    log_ratio is highest and above that of the answer; None without. known: whether the works are by any known artist.
    figures: of trials with sets of this size. left_out: reference works that show the same picture as a file, and
    files that show the same picture as one of the other set, by file; they count for nothing.
    """

    artist: str | None
    log_ratio: float
    probability: float
    prior: float
    references: int
    likelier: tuple[str, float] | None
    known: KnownArtist
    figures: TrialFigures | None
    works: tuple[VerifiedWork, ...]
    left_out: dict[str, str]


def verify_artist(
    models: ModelSet, references: References, works: QuestionedWorks, *, artist: str, prior: float
) -> Verification:
    """Return whether works are by a known artist.

    Raises UserError where the artist is unknown or has no other works, and where the models have no verifier.
    """
    require_known_artist(artist, models.head.artists)
    verifier = require_verifier(models)
    same = references.near_duplicates(works.hashes)
    model = without(models.head.model, references, list(same.values()))
    number = model.artists.index(artist)
    if not model.works[number]:
        raise UserError(f"the works are all that the models know of {artist}; there is nothing to compare them with")
    coordinates = model.coordinates(works.positions)
    together, singly = WorkSets.one(coordinates), each_alone(coordinates)
    log_ratio = float(verifier.artist_log_ratios(model, together, artist=artist)[0])
    alone = verifier.artist_log_ratios(model, singly, artist=artist)
    own = np.setdiff1d(references.of(artist), list(same.values()))
    other = np.setdiff1d(np.arange(len(references.works)), [*references.of(artist), *same.values()])
    return Verification(
        artist=artist,
        log_ratio=log_ratio,
        probability=probability(log_ratio, prior=prior),
        prior=prior,
        references=int(model.works[number]),
        likelier=likelier_artist(verifier, model, together, than=artist, log_ratio=log_ratio),
        known=verifier.known_artist(model, together),
        figures=figures_for(verifier.artist, size=len(works.files)),
        works=tuple(
            VerifiedWork(
                file,
                float(ratio),
                probability(float(ratio), prior=prior),
                supporting=nearest(verifier, model, work, references, rows=own),
                opposing=nearest(verifier, model, work, references, rows=other),
            )
            for file, ratio, work in zip(works.files, alone, coordinates, strict=True)
        ),
        left_out={works.files[file]: references.work(row).painting_id for file, row in same.items()},
    )


def verify_hand(
    models: ModelSet, references: References, works: QuestionedWorks, *, against: QuestionedWorks, prior: float
) -> Verification:
    """Return whether two sets of works are by one artist, known or not.

    Works that show the same picture as one of `against` are left out. Raises UserError where none is left, and where
    the models have no verifier.
    """
    verifier, kept = require_verifier(models), np.ones(len(works.files), dtype=bool)
    left_out = same_pictures(works, against)
    kept[[works.files.index(file) for file in left_out]] = False
    if not kept.any():
        raise UserError("all works show the same pictures as works of the other set; give other works")
    hashes = np.concatenate([works.hashes, against.hashes])
    in_catalogue = list(references.near_duplicates(hashes).values())
    model, works = without(models.head.model, references, in_catalogue), works.where(kept)
    first, second = (model.coordinates(side.positions) for side in (works, against))
    other_set, singly = WorkSets.one(second), each_alone(first)
    log_ratio = float(verifier.hand_log_ratios(model, WorkSets.one(first), other_set)[0])
    alone = verifier.hand_log_ratios(model, singly, repeated(other_set, len(first)))
    rows = np.setdiff1d(np.arange(len(references.works)), in_catalogue)
    return Verification(
        artist=None,
        log_ratio=log_ratio,
        probability=probability(log_ratio, prior=prior),
        prior=prior,
        references=len(against.files),
        likelier=None,
        known=verifier.known_artist(model, WorkSets.one(first)),
        figures=figures_for(verifier.hand, size=min(len(first), len(second))),
        works=tuple(
            VerifiedWork(
                file,
                float(ratio),
                probability(float(ratio), prior=prior),
                supporting=nearest_files(verifier, model, work, second, files=against.files),
                opposing=nearest(verifier, model, work, references, rows=rows),
            )
            for file, ratio, work in zip(works.files, alone, first, strict=True)
        ),
        left_out=left_out,
    )


def require_verifier(models: ModelSet) -> Verifier:
    """Return the verifier of the models. Raises UserError where they have none."""
    if models.verifier is None:
        raise UserError(
            f"{models.folder} knows {len(models.head.artists)} artists, too few to calibrate an answer; train on a "
            "catalogue of at least ten artists, some of whom have val works"
        )
    return models.verifier


def repeated(works: WorkSets, times: int) -> WorkSets:
    """Return one set several times."""
    return WorkSets(np.repeat(works.works, times), np.repeat(works.sums, times, axis=0))


def same_pictures(works: QuestionedWorks, against: QuestionedWorks) -> dict[str, str]:
    """Return the file of `against` that shows the same picture, by file of `works`."""
    distances = np.bitwise_count(works.hashes[:, None] ^ against.hashes)
    rows = np.flatnonzero(distances.min(axis=1) <= NEAR_DUPLICATE_BITS)
    return {works.files[row]: against.files[int(distances[row].argmin())] for row in rows}


def likelier_artist(
    verifier: Verifier, model: TwoCovariance, works: WorkSets, *, than: str, log_ratio: float
) -> tuple[str, float] | None:
    """Return the other known artist with the highest log-likelihood ratio above `log_ratio`; None without one."""
    ratios = verifier.every_artist_log_ratios(model, works)
    ratios[(model.works == 0) | (np.array(model.artists) == than)] = -np.inf
    best = int(ratios.argmax())
    return (model.artists[best], float(ratios[best])) if ratios[best] > log_ratio else None


def figures_for(question: CalibratedRatio, *, size: int) -> TrialFigures | None:
    """Return the figures of the largest size in trials that is not larger than `size`; None without."""
    rows = [figures for figures in question.figures if figures.group <= size]
    return rows[-1] if rows else None


def nearest(
    verifier: Verifier, model: TwoCovariance, work: np.ndarray, references: References, *, rows: np.ndarray
) -> tuple[NearestWork, ...]:
    """Return the NEAREST of the reference works in `rows` to a work (m,)."""
    ratios = model.work_ratios(work[None], references.coordinates[rows])[0]
    best = np.argsort(-ratios, kind="stable")[:NEAREST]
    calibrated = single_log_ratios(verifier, model, work, references.coordinates[rows[best]])
    return tuple(
        NearestWork(references.work(int(row)), float(ratio)) for row, ratio in zip(rows[best], calibrated, strict=True)
    )


def nearest_files(
    verifier: Verifier, model: TwoCovariance, work: np.ndarray, others: np.ndarray, *, files: Sequence[str]
) -> tuple[NearestWork, ...]:
    """Return the NEAREST of the works (k, m) of the other set, whose names are `files`, to a work (m,)."""
    best = np.argsort(-model.work_ratios(work[None], others)[0], kind="stable")[:NEAREST]
    calibrated = single_log_ratios(verifier, model, work, others[best])
    return tuple(NearestWork(files[int(row)], float(ratio)) for row, ratio in zip(best, calibrated, strict=True))


def single_log_ratios(verifier: Verifier, model: TwoCovariance, work: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return (k,) calibrated log-likelihood ratios: a work (m,) and each of others (k, m) are by one artist."""
    return verifier.hand_log_ratios(model, repeated(each_alone(work[None]), len(others)), each_alone(others))
