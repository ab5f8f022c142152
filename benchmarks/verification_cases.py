"""Questions about works of train and val with known answers, and their figures, for benchmarks/verification.py."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from lib.attribution.artist_sums import sums_by
from lib.attribution.held_out_artists import HeldOutArtists, held_out_artists
from lib.attribution.likelihood_ratio import CalibratedRatio, TrialFigures, Trials, fit_calibration, trial_figures
from lib.attribution.open_set import draw_sets, known_evidence, known_trials
from lib.attribution.two_covariance import TwoCovariance, WorkSets
from lib.attribution.verification import artist_trials, each_alone, every_artist_evidence, hand_trials, pair_evidence
from lib.attribution.verifier import Verifier
from lib.data.splits import NEAR_DUPLICATE_BITS
from lib.features.placed_works import PlacedWorks
from lib.infra.errors import UserError
from lib.stats.verification import equal_error_rate

FEW = (10, 20)  # reference works of an artist with few
DRAWN = (artist_trials, hand_trials, known_trials)  # trials of the questions of a Verifier, in its order


@dataclass(frozen=True)
class LearnedWorks:
    """Train and val works. positions: (n, d) in the style space. artists, val, hashes, ids: (n,)."""

    positions: np.ndarray
    artists: np.ndarray
    val: np.ndarray
    hashes: np.ndarray
    ids: np.ndarray


@dataclass(frozen=True)
class Fold:
    """A model that never saw a fifth of the artists, with works that it did not learn from.

    rows: (n,) of the works of `held_out` among all. cosines: (n, artists) of their positions and the mean positions of
    the artists that the model knows. verifier: calibrated on the other folds. trials: drawn for each of its questions.
    """

    held_out: HeldOutArtists
    rows: np.ndarray
    cosines: np.ndarray
    verifier: Verifier
    trials: Sequence[Trials]

    @property
    def model(self) -> TwoCovariance:
        """Return the model."""
        return self.held_out.model

    def of(self, *, unknown: bool) -> np.ndarray:
        """Return which of the works (k,) are by artists that the model never saw, or by those it knows."""
        return np.flatnonzero(self.held_out.unknown == unknown)


@dataclass(frozen=True)
class Cases:
    """Questions with known answers: true (n,).

    ratios: (n,) calibrated. alone: (n,) of the two-covariance model alone. cosines: (n,), none where not computed.
    """

    true: np.ndarray
    ratios: np.ndarray
    alone: np.ndarray
    cosines: np.ndarray | None = None


@dataclass(frozen=True)
class Row:
    """Figures of one kind of case over all folds together.

    aucs: of each fold. alone, cosine: AUC of the model's ratio alone and of the plain cosine; None where not computed.
    cosine_error: equal error rate of the cosine.
    """

    name: str
    figures: TrialFigures
    ratios: np.ndarray
    true: np.ndarray
    aucs: tuple[float, ...]
    alone: float
    cosine: float | None
    cosine_error: float | None

    @classmethod
    def of(cls, name: str, folds: Sequence[Cases]) -> "Row | None":
        """Return the figures of cases; None without true or without false ones."""
        true, ratios, alone = (
            np.concatenate([getattr(cases, part) for cases in folds]) for part in ("true", "ratios", "alone")
        )
        if true.all() or not true.any():
            return None
        found = [cases.cosines for cases in folds if cases.cosines is not None]
        cosines = np.concatenate(found) if len(found) == len(folds) else None
        return cls(
            name=name,
            figures=trial_figures(ratios, true, group=1),
            ratios=ratios,
            true=true,
            aucs=tuple(float(roc_auc_score(c.true, c.ratios)) for c in folds if 0 < c.true.sum() < len(c.true)),
            alone=float(roc_auc_score(true, alone)),
            cosine=None if cosines is None else float(roc_auc_score(true, cosines)),
            cosine_error=None if cosines is None else equal_error_rate(cosines, true),
        )


def make_folds(works: LearnedWorks) -> list[Fold]:
    """Return the folds. Raises UserError where there are too few works to calibrate an answer."""
    learned = PlacedWorks(works.positions, works.artists, works.val)
    parts = held_out_artists(learned)
    trials = [[draw(part, number=number) for draw in DRAWN] for number, part in enumerate(parts)]
    folds = []
    for number, part in enumerate(parts):
        others = [each for other, each in enumerate(trials) if other != number]
        joined = [Trials.joined([each[question] for each in others]) for question in range(len(DRAWN))]
        usable = [each for each in joined if each and each.can_be_calibrated()]
        if len(usable) == len(DRAWN):
            verifier = Verifier(*(CalibratedRatio(fit_calibration(each), figures=()) for each in usable))
            folds.append(Fold(part, *works_and_cosines(part, works), verifier, trials[number]))
    if not folds:
        raise UserError("there are too few artists or val works to calibrate an answer; take at least ten artists")
    return folds


def works_and_cosines(part: HeldOutArtists, works: LearnedWorks) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the works of a fold, and their cosines to the mean positions of the known artists."""
    known = np.isin(works.artists, part.model.artists)
    rows = np.flatnonzero(np.isin(works.artists, part.artists[part.unknown]) | (works.val & known))
    learned = known & ~works.val
    labels = np.searchsorted(part.model.artists, works.artists[learned])
    means = sums_by(works.positions[learned], labels, len(part.model.artists)) / np.bincount(labels)[:, None]
    return rows, cosine_similarity(works.positions[rows], means)


def pair_cases(fold: Fold, works: LearnedWorks, *, unknown: bool) -> tuple[Cases, int]:
    """Return all pairs of single works by artists of one kind, and how many that show one picture were left out."""
    own = fold.of(unknown=unknown)
    pairs = np.stack(np.triu_indices(len(own), k=1), axis=1)
    pairs, same_pictures = different_pictures(works.hashes[fold.rows[own]], pairs)
    artists = fold.held_out.artists[own]
    evidence = pair_evidence(fold.model, fold.held_out.coordinates[own], pairs)
    cosines = cosine_similarity(works.positions[fold.rows[own]])[pairs[:, 0], pairs[:, 1]]
    ratios = fold.verifier.hand.calibration.log_ratios(evidence)
    return Cases(artists[pairs[:, 0]] == artists[pairs[:, 1]], ratios, evidence[:, 0], cosines), same_pictures


def different_pictures(hashes: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the pairs (k, 2) of works with these hashes that show two pictures, and the number of the others."""
    different = np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]) > NEAR_DUPLICATE_BITS
    return pairs[different], int((~different).sum())


def artist_cases(fold: Fold, coordinates: np.ndarray, *, own: np.ndarray) -> dict[str, Cases]:
    """Return cases of the question of the artist for single works of known artists.

    coordinates: (k, m) of the works `own` (k,) of the fold, as they are or altered. Cosines are of the works as they
    are.
    """
    evidence, names = every_artist_evidence(fold.model, each_alone(coordinates)), fold.model.artists
    scores = (fold.verifier.artist.calibration.log_ratios(evidence), evidence[:, :, 0], fold.cosines[own])
    rows, right = np.arange(len(own)), np.searchsorted(names, fold.held_out.artists[own])
    other = (right + np.random.default_rng(0).integers(1, len(names), len(own))) % len(names)
    is_right = np.arange(len(names)) == right[:, None]
    true, asked = np.repeat([True, False], len(own)), np.concatenate([right, other])
    few = (fold.model.works[asked] >= FEW[0]) & (fold.model.works[asked] <= FEW[1])
    at_random = [score[np.concatenate([rows, rows]), asked] for score in scores]
    # Each score has a likeliest other artist of its own.
    likeliest = [np.concatenate([score[is_right], np.where(is_right, -np.inf, score).max(axis=1)]) for score in scores]
    return {
        "by this artist, or another at random": Cases(true, *at_random),
        f"the same, artists with {FEW[0]} to {FEW[1]} references": Cases(true[few], *(of[few] for of in at_random)),
        "by this artist, or the likeliest other": Cases(true, *likeliest),
    }


def known_cases(fold: Fold, sets: Sequence[np.ndarray]) -> Cases:
    """Return the question of any known artist for sets of works, each by the rows (k,) of its works in the fold."""
    evidence = known_evidence(fold.model, WorkSets.of(fold.held_out.coordinates, sets))
    return Cases(
        true=np.array([not fold.held_out.unknown[rows[0]] for rows in sets], dtype=bool),
        ratios=fold.verifier.known.calibration.log_ratios(evidence),
        alone=evidence[:, 0],
        cosines=np.array([fold.cosines[rows].mean(axis=0).max() for rows in sets]),
    )


def known_sets(fold: Fold, *, size: int) -> list[np.ndarray]:
    """Return the sets of this size that are drawn for each artist."""
    kinds = (fold.held_out.rows_by_artist(unknown=unknown) for unknown in (False, True))
    return [rows for kind in kinds for rows in draw_sets(kind) if len(rows) == size]


def drawn_cases(fold: Fold, *, question: int, size: int | None = None, few: bool = False) -> Cases:
    """Return the trials drawn for a question, by its number in DRAWN: all, or those of sets of this size.

    few: of the question of the artist, only artists with few references.
    """
    trials = fold.trials[question]
    kept = np.full(len(trials.true), True) if size is None else trials.group == size
    if few:
        references = np.rint(np.exp(trials.evidence[:, 3]))
        kept = kept & (references >= FEW[0]) & (references <= FEW[1])
    calibration = (fold.verifier.artist, fold.verifier.hand, fold.verifier.known)[question].calibration
    evidence = trials.evidence[kept]
    return Cases(trials.true[kept], calibration.log_ratios(evidence), evidence[:, 0])
