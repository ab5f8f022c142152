"""Verify works with a model set: are they by this artist, or by the hand that made other works?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from lib.attribution.attribute import require_known_artist
from lib.attribution.likelihood_ratio import CalibratedRatio, TrialFigures, probability
from lib.attribution.two_covariance import TwoCovariance, WorkSets
from lib.attribution.verification import each_alone
from lib.attribution.verifier import KnownArtist, Verifier
from lib.data.same_pictures import matches
from lib.infra.errors import UserError
from lib.models.questioned import QuestionedWorks, same_as, same_as_reference, works_that_count
from lib.models.references import References, ReferenceWork, without
from lib.models.store import ModelSet

NEAREST = 3  # works shown for and against each work
FEW_REFERENCES = 5  # below which an answer about an artist says little


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
    answer is yes than if it is no. at_limit: whether it is as far from 0 as an answer may be. probability: of yes,
    where it had the probability `prior` before. references: works that the answer rests on, of the artist or of the
    other set. likelier: the known artist, other than `artist`, whose log_ratio is highest and above that of the answer;
    None without. known: whether the works are by any known artist. figures: of trials with sets of this size. works:
    those that count. left_out: why other files, or reference works, do not, by file.
    """

    artist: str | None
    log_ratio: float
    at_limit: bool
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

    Raises UserError where the artist is unknown or has no other works, where no work counts, and where the models have
    no verifier.
    """
    require_known_artist(artist, models.head.artists)
    verifier = require_verifier(models)
    works, left_out = works_that_count(models, works)
    same = references.near_duplicates(works.hashes)
    left_out |= {works.files[number]: same_as_reference(references.work(row)) for number, row in reversed(same)}
    rows = [row for _, row in same]
    model = without(models.head.model, references, rows)
    if artist not in model.artists:
        raise UserError(f"the works are all that the models know of {artist}; there is nothing to compare them with")
    coordinates = model.coordinates(works.positions)
    together, singly = WorkSets.one(coordinates), each_alone(coordinates)
    log_ratio = float(verifier.artist_log_ratios(model, together, artist=artist)[0])
    alone = verifier.artist_log_ratios(model, singly, artist=artist)
    by_artist = references.of(artist)
    own = np.setdiff1d(by_artist, rows)
    other = np.setdiff1d(np.arange(len(references.works)), [*by_artist, *rows])
    return Verification(
        artist=artist,
        log_ratio=log_ratio,
        at_limit=abs(log_ratio) >= verifier.artist.calibration.limit,
        probability=probability(log_ratio, prior=prior),
        prior=prior,
        references=int(model.works[model.artists.index(artist)]),
        likelier=likelier_artist(verifier, model, together, than=artist, log_ratio=log_ratio),
        known=verifier.known_artist(model, together),
        figures=figures_for(verifier.artist, size=len(works.files)),
        works=tuple(
            VerifiedWork(file, float(ratio), probability(float(ratio), prior=prior), supporting, opposing)
            for file, ratio, supporting, opposing in zip(
                works.files,
                alone,
                nearest_references(verifier, model, coordinates, references, rows=own),
                nearest_references(verifier, model, coordinates, references, rows=other),
                strict=True,
            )
        ),
        left_out=left_out,
    )


def verify_hand(
    models: ModelSet, references: References, works: QuestionedWorks, *, against: QuestionedWorks, prior: float
) -> Verification:
    """Return whether two sets of works are by one artist, known or not.

    Raises UserError where no work of a set counts, and where the models have no verifier.
    """
    verifier = require_verifier(models)
    works, left_out = works_that_count(models, works)
    against, more = works_that_count(models, against)
    both = matches(works.hashes, against.hashes)
    more |= {works.files[number]: same_as(against.files[other]) for number, other in reversed(both)}
    kept = np.ones(len(works.files), dtype=bool)
    kept[[number for number, _ in both]] = False
    if not kept.any():
        raise UserError("all works may show the same pictures as works of the other set; give other works")
    works = works.where(kept)
    same = references.near_duplicates(np.concatenate([works.hashes, against.hashes]))
    in_catalogue = [row for _, row in same]
    files = [*works.files, *against.files]
    more |= {files[number]: same_as_reference(references.work(row)) for number, row in reversed(same)}
    model = without(models.head.model, references, in_catalogue)
    first, second = (model.coordinates(side.positions) for side in (works, against))
    other_set, singly = WorkSets.one(second), each_alone(first)
    log_ratio = float(verifier.hand_log_ratios(model, WorkSets.one(first), other_set)[0])
    alone = verifier.hand_log_ratios(model, singly, repeated(other_set, len(first)))
    rows = np.setdiff1d(np.arange(len(references.works)), in_catalogue)
    return Verification(
        artist=None,
        log_ratio=log_ratio,
        at_limit=abs(log_ratio) >= verifier.hand.calibration.limit,
        probability=probability(log_ratio, prior=prior),
        prior=prior,
        references=len(against.files),
        likelier=None,
        known=verifier.known_artist(model, WorkSets.one(first)),
        figures=figures_for(verifier.hand, size=min(len(first), len(second))),
        works=tuple(
            VerifiedWork(file, float(ratio), probability(float(ratio), prior=prior), supporting, opposing)
            for file, ratio, supporting, opposing in zip(
                works.files,
                alone,
                nearest_files(verifier, model, first, second, files=against.files),
                nearest_references(verifier, model, first, references, rows=rows),
                strict=True,
            )
        ),
        left_out=left_out | more,
    )


def require_verifier(models: ModelSet) -> Verifier:
    """Return the verifier of the models. Raises UserError where they have none."""
    if models.verifier is None:
        raise UserError(
            f"{models.folder} knows too few artists, or too few val works of them, to calibrate an answer; train on a "
            "catalogue of at least ten artists with val works"
        )
    return models.verifier


def repeated(works: WorkSets, times: int) -> WorkSets:
    """Return one set several times."""
    return WorkSets(np.repeat(works.works, times), np.repeat(works.sums, times, axis=0))


def likelier_artist(
    verifier: Verifier, model: TwoCovariance, works: WorkSets, *, than: str, log_ratio: float
) -> tuple[str, float] | None:
    """Return the other known artist with the highest log-likelihood ratio above `log_ratio`; None without one."""
    [ratios] = verifier.every_artist_log_ratios(model, works)
    ratios[np.array(model.artists) == than] = -np.inf
    best = int(ratios.argmax())
    return (model.artists[best], float(ratios[best])) if ratios[best] > log_ratio else None


def figures_for(question: CalibratedRatio, *, size: int) -> TrialFigures | None:
    """Return the figures of the largest size in trials that is not larger than `size`; None without."""
    rows = [figures for figures in question.figures if figures.group <= size]
    return rows[-1] if rows else None


def nearest_references(
    verifier: Verifier, model: TwoCovariance, works: np.ndarray, references: References, *, rows: np.ndarray
) -> list[tuple[NearestWork, ...]]:
    """Return the NEAREST of the reference works in `rows` to each of the works (n, m)."""
    nearest = references.nearest(model, works, rows=rows, most=NEAREST)
    return rated(verifier, model, works, references.coordinates, nearest, named=references.work)


def nearest_files(
    verifier: Verifier, model: TwoCovariance, works: np.ndarray, others: np.ndarray, *, files: list[str]
) -> list[tuple[NearestWork, ...]]:
    """Return the NEAREST of the other set's works (k, m), in these files, to each of the works (n, m)."""
    nearest = np.argsort(-model.work_ratios(works, others), axis=1, kind="stable")[:, :NEAREST]
    return rated(verifier, model, works, others, nearest, named=files.__getitem__)


def rated(
    verifier: Verifier,
    model: TwoCovariance,
    works: np.ndarray,
    others: np.ndarray,
    nearest: np.ndarray,
    *,
    named: Callable[[int], ReferenceWork | str],
) -> list[tuple[NearestWork, ...]]:
    """Return what is near to each of the works (n, m). nearest: rows (n, k) of others. named: what is in a row."""
    each, near = np.repeat(works, nearest.shape[1], axis=0), others[nearest.ravel()]
    ratios = verifier.hand_log_ratios(model, each_alone(each), each_alone(near)).reshape(nearest.shape)
    return [
        tuple(NearestWork(named(int(row)), float(ratio)) for row, ratio in zip(of_work, its_ratios, strict=True))
        for of_work, its_ratios in zip(nearest, ratios, strict=True)
    ]


def reference_ids(works: Iterable[VerifiedWork]) -> list[str]:
    """Return the ids of the reference works that are near to some works."""
    near = [near.work for work in works for near in (*work.supporting, *work.opposing)]
    return sorted({work.painting_id for work in near if isinstance(work, ReferenceWork)})
