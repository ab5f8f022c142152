"""Calibrated answers to three questions about works: by this artist, by one hand, by an artist who is known at all?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lib.attribution.held_out_artists import HeldOutArtists
from lib.attribution.likelihood_ratio import (
    CalibratedRatio,
    Trials,
    fit_calibrated_ratio,
    probability,
    verdicts,
)
from lib.attribution.open_set import known_evidence, known_trials
from lib.attribution.two_covariance import TwoCovariance, WorkSets
from lib.attribution.verification import (
    artist_evidence,
    artist_trials,
    every_artist_evidence,
    hand_evidence,
    hand_trials,
    pair_evidence,
)
from lib.infra.tasks import Done, Long, run_long

Verdict = Literal["known", "unknown", "uncertain"]
MANY_ARTISTS = 1000  # whose models take longer over their trials than Ray takes to start
VERDICTS: dict[float, Verdict] = {1.0: "known", 0.0: "unknown", 0.5: "uncertain"}


@dataclass(frozen=True)
class KnownArtist:
    """Whether works are by an artist whom the models know.

    probability: at even odds before the works were seen. Without a calibration it is None and the verdict uncertain.
    """

    verdict: Verdict
    probability: float | None


@dataclass(frozen=True)
class Verifier:
    """Calibrated answers of a two-covariance model, each with its figures by the size of the (smaller) set.

    artist: a set is by a known artist, not by somebody else. hand: two sets are by one artist, known or not. known: a
    set is by any known artist.
    """

    artist: CalibratedRatio
    hand: CalibratedRatio
    known: CalibratedRatio

    def artist_log_ratios(self, model: TwoCovariance, sets: WorkSets, *, artist: str) -> np.ndarray:
        """Return (sets,) log-likelihood ratios: each set is by this known artist."""
        artists = np.full(len(sets.works), model.artists.index(artist))
        return self.artist.calibration.log_ratios(artist_evidence(model, sets, artists=artists))

    def every_artist_log_ratios(self, model: TwoCovariance, sets: WorkSets) -> np.ndarray:
        """Return (sets, artists) log-likelihood ratios: each set is by each known artist."""
        return self.artist.calibration.log_ratios(every_artist_evidence(model, sets))

    def hand_log_ratios(self, model: TwoCovariance, first: WorkSets, second: WorkSets) -> np.ndarray:
        """Return (sets,) log-likelihood ratios: a set of `first` and that of `second` beside it are by one artist."""
        return self.hand.calibration.log_ratios(hand_evidence(model, first, second))

    def pair_log_ratios(self, model: TwoCovariance, coordinates: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Return (pairs,) log-likelihood ratios: works in (pairs, 2) rows of coordinates (n, m) are by one artist."""
        return self.hand.calibration.log_ratios(pair_evidence(model, coordinates, pairs))

    def known_artist(self, model: TwoCovariance, works: WorkSets) -> KnownArtist:
        """Return whether one set of works is by a known artist."""
        log_ratios = self.known.calibration.log_ratios(known_evidence(model, works))
        return KnownArtist(VERDICTS[float(verdicts(log_ratios)[0])], probability(float(log_ratios[0]), prior=0.5))


def fit_verifier(folds: Sequence[HeldOutArtists]) -> Verifier | None:
    """Return a verifier calibrated on the works of all folds; None where they lack true or false trials."""
    kinds = (artist_trials, hand_trials, known_trials)
    drawn = [(draw, number) for draw in kinds for number in range(len(folds))]
    each = run_long(
        trials_of_fold,
        drawn,
        label="verifier: trials of held-out artists",
        total=len(drawn),
        unit="sets",
        apart=any(len(fold.model.artists) >= MANY_ARTISTS for fold in folds),
        folds=folds,
    )
    trials = [Trials.joined(each[first : first + len(folds)]) for first in range(0, len(drawn), len(folds) or 1)]
    usable = [of_kind for of_kind in trials if of_kind and of_kind.of_both_kinds().can_be_calibrated()]
    return Verifier(*map(fit_calibrated_ratio, usable)) if len(usable) == len(kinds) else None


def trials_of_fold(drawn: tuple[Callable[..., Trials], int], folds: Sequence[HeldOutArtists]) -> Long[Trials]:
    """Draw the trials of one question with the model of one fold, by its number."""
    draw, number = drawn
    trials = draw(folds[number], number=number)
    yield 1
    yield Done(trials)
