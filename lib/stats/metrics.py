"""Figures of merit for attributions, orders and years, each with the number of cases behind it."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau

GAPS = ((1, 2), (3, 5), (6, 10), (11, 20), (21, np.inf))  # years between the works of a pair


@dataclass(frozen=True)
class PairCounts:
    """Pairs of works of different years. right: those ordered rightly, equal scores counting half."""

    right: float
    pairs: int

    @property
    def accuracy(self) -> float | None:
        """Return the pair accuracy, which is the concordance index; None without pairs. A coin gives 0.5."""
        return self.right / self.pairs if self.pairs else None


@dataclass(frozen=True)
class OrderQuality:
    """How well scores order one artist's works.

    pairs: compared pairs (different years). ties_excluded: pairs of equal years, which have no right
    answer. pair_accuracy: share of pairs ordered rightly (equal scores count half, a coin gives 0.5),
    None without pairs.
    kendall_tau: tau-b of scores and years, None where it is not defined.
    """

    pairs: int
    ties_excluded: int
    pair_accuracy: float | None
    kendall_tau: float | None


def count_pairs(score_differences: np.ndarray, year_differences: np.ndarray) -> PairCounts:
    """Compare the signs of pairs' differences (pairs,) in score and in year; pairs of equal years are ignored."""
    different = year_differences != 0
    scores, years = np.sign(score_differences[different]), np.sign(year_differences[different])
    return PairCounts(right=float((scores == years).sum() + 0.5 * (scores == 0).sum()), pairs=len(years))


def order_quality(scores: np.ndarray, years: np.ndarray) -> OrderQuality:
    """Compare scores (n,), higher meaning newer, with the years (n,) of the same works."""
    first, second = np.triu_indices(len(years), k=1)
    asked = np.sign(years[second] - years[first])
    told = np.sign(scores[second] - scores[first])
    different = asked != 0
    pairs = int(different.sum())
    right = (asked == told)[different].sum() + 0.5 * (told == 0)[different].sum()
    tau = float(kendalltau(scores, years).statistic) if pairs else np.nan
    return OrderQuality(
        pairs=pairs,
        ties_excluded=int((~different).sum()),
        pair_accuracy=float(right / pairs) if pairs else None,
        kendall_tau=None if np.isnan(tau) else tau,
    )


def right_by_gap(scores: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many pairs are ordered rightly, and how many there are, for each of GAPS (equal scores count half)."""
    first, second = np.triu_indices(len(years), k=1)
    gaps = years[second] - years[first]
    right = np.where(scores[first] == scores[second], 0.5, np.sign(scores[second] - scores[first]) == np.sign(gaps))
    inside = [(np.abs(gaps) >= low) & (np.abs(gaps) <= high) for low, high in GAPS]
    return np.array([right[some].sum() for some in inside]), np.array([some.sum() for some in inside])


def mean_absolute_error(estimates: np.ndarray, years: np.ndarray) -> float:
    """Return the mean absolute error in years."""
    return float(np.abs(np.asarray(estimates) - years).mean())


def top_k(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Return the share of rows of `probabilities` (n, classes) whose label is among the k best; 0 for no rows."""
    if not len(labels):
        return 0.0
    best = np.argsort(-probabilities, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())
