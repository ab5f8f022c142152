"""Calibrated likelihood ratios: how far a piece of evidence should move an opinion, and how well that was tested.

A model's own ratios are too sure, because the dimensions of a work are less independent than it takes them to be.
Logistic regression on trials with known answers makes them mean what they say (Brümmer and du Preez 2006).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from lib.stats.calibration import error_by_chance, in_bins
from lib.stats.verification import equal_error_rate

SURE = 2 / 3  # odds of two to one, below which there is no verdict
REGULARISATION = 1.0  # inverse: without, trials that can be separated without mistake would give any weights


@dataclass(frozen=True)
class Calibration:
    """A logistic regression from evidence to a log-likelihood ratio, in nats.

    weights: of the columns of the evidence. low, high: of the columns in the trials that it was fitted to; what lies
    outside, such as a larger set, counts as the nearest that was tried. limit: largest ratio of either sign, the
    logarithm of the number of works that it was fitted to plus one. Where none of them was a mistake, the next may be
    (rule of succession).
    """

    weights: tuple[float, ...]
    bias: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    limit: float

    def log_ratios(self, evidence: np.ndarray) -> np.ndarray:
        """Return (…,) for evidence (…, columns)."""
        tried = np.clip(evidence, self.low, self.high)
        return np.clip(tried @ np.array(self.weights) + self.bias, -self.limit, self.limit)


@dataclass(frozen=True)
class Trials:
    """Questions with known answers.

    evidence: (n, columns). true: (n,) the answers. group: (n,) of trials that count alike, such as those of one size.
    fold: (n,) of the model that gave the evidence. works: number of different works in the largest fold.
    """

    evidence: np.ndarray
    true: np.ndarray
    group: np.ndarray
    fold: np.ndarray
    works: int

    @classmethod
    def joined(cls, parts: "Sequence[Trials]") -> "Trials | None":
        """Return the trials of several folds together; None without any."""
        if not parts:
            return None
        evidence, true, group, fold = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("evidence", "true", "group", "fold")
        )
        return cls(evidence, true, group, fold, works=max(part.works for part in parts))

    def weights(self) -> np.ndarray:
        """Return (n,): every group weighs the same, and in it true and false trials do."""
        _, cells = np.unique(np.stack([self.group, self.true]), axis=1, return_inverse=True)
        return 1 / np.bincount(cells)[cells]

    def of_both_kinds(self) -> "Trials":
        """Return the trials of groups in which some are true and some are false: others would pass for evidence."""
        groups = set(self.group[self.true].tolist()) & set(self.group[~self.true].tolist())
        return self.where(np.isin(self.group, sorted(groups)))

    def can_be_calibrated(self) -> bool:
        """Return whether there are true and false trials."""
        return bool(self.true.any() and not self.true.all())

    def where(self, rows: np.ndarray) -> "Trials":
        """Return the trials (n,) that are true in `rows`."""
        return Trials(self.evidence[rows], self.true[rows], self.group[rows], self.fold[rows], self.works)


@dataclass(frozen=True)
class TrialFigures:
    """How well calibrated ratios answer the trials of one group.

    auc: chance that a true trial has a higher ratio than a false one. equal_error_rate: where both errors are equally
    frequent. calibration_error: expected error of the probability at even odds, with as many true trials as false ones;
    by_chance: what exact probabilities would show. false_accepted, true_rejected: shares of the false and true trials
    with the wrong verdict; uncertain: share of both, each counting half, without one. trials, true_trials: numbers.
    """

    group: int
    auc: float
    equal_error_rate: float
    calibration_error: float
    by_chance: float
    false_accepted: float
    true_rejected: float
    uncertain: float
    trials: int
    true_trials: int


@dataclass(frozen=True)
class CalibratedRatio:
    """A calibration, and how calibrations of other trials answered the trials that it was fitted to, by group."""

    calibration: Calibration
    figures: tuple[TrialFigures, ...]


def fit_calibrated_ratio(trials: Trials) -> CalibratedRatio:
    """Return the calibration of trials, of which some are true and some false in at least one group."""
    usable = trials.of_both_kinds()
    return CalibratedRatio(fit_calibration(usable), tuple(measure_calibration(usable)))


def verdicts(log_ratios: np.ndarray) -> np.ndarray:
    """Return (n,): 1 for yes, 0 for no, 0.5 where the odds are below two to one either way."""
    chances = expit(log_ratios)
    return np.where(chances >= SURE, 1.0, np.where(chances <= 1 - SURE, 0.0, 0.5))


def probability(log_ratio: float, *, prior: float) -> float:
    """Return the probability after evidence of this log-likelihood ratio, of what had the probability `prior`."""
    return float(expit(log_ratio + logit(prior)))


def fit_calibration(trials: Trials) -> Calibration:
    """Return the logistic regression of trials, at even odds.

    The trials together weigh as much as their different works: those of one work are not independent.
    """
    model = LogisticRegression(C=REGULARISATION, max_iter=1000)
    weights = trials.weights()
    model.fit(trials.evidence, trials.true, sample_weight=weights * trials.works / weights.sum())
    return Calibration(
        weights=tuple(model.coef_[0].tolist()),
        bias=float(model.intercept_[0]),
        low=tuple(trials.evidence.min(axis=0).tolist()),
        high=tuple(trials.evidence.max(axis=0).tolist()),
        limit=float(np.log(trials.works + 1)),
    )


def measure_calibration(trials: Trials) -> list[TrialFigures]:
    """Return the figures of each group of trials, each fold answered by a calibration of the other folds."""
    ratios = np.full(len(trials.true), np.nan)
    for fold in np.unique(trials.fold):
        others = trials.where(trials.fold != fold)
        if others.can_be_calibrated():
            ratios[trials.fold == fold] = fit_calibration(others).log_ratios(trials.evidence[trials.fold == fold])
    answered = np.isfinite(ratios)
    return [
        trial_figures(ratios[rows], trials.true[rows], group=int(group))
        for group in np.unique(trials.group)
        for rows in [answered & (trials.group == group)]
        if trials.where(rows).can_be_calibrated()
    ]


def trial_figures(ratios: np.ndarray, true: np.ndarray, *, group: int) -> TrialFigures:
    """Return the figures of log-likelihood ratios (n,) of trials with these answers (n,)."""
    even = balanced(true)
    said = expit(ratios[even])
    if_true, if_false = verdicts(ratios[true]), verdicts(ratios[~true])
    return TrialFigures(
        group=group,
        auc=float(roc_auc_score(true, ratios)),
        equal_error_rate=equal_error_rate(ratios, true),
        calibration_error=in_bins(said, true[even]).expected_error(),
        by_chance=error_by_chance(np.stack([said, 1 - said], axis=1)),
        false_accepted=float((if_false == 1).mean()),
        true_rejected=float((if_true == 0).mean()),
        uncertain=float((if_true == 0.5).mean() + (if_false == 0.5).mean()) / 2,
        trials=len(true),
        true_trials=int(true.sum()),
    )


def balanced(true: np.ndarray) -> np.ndarray:
    """Return rows of trials (n,), drawn at random, of which as many are true as false."""
    kinds: Sequence[np.ndarray] = [np.flatnonzero(true), np.flatnonzero(~true)]
    count, random = min(map(len, kinds)), np.random.default_rng(0)
    return np.concatenate([random.choice(rows, count, replace=False) for rows in kinds])
