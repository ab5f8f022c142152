"""Figures of merit of attributions, orders and estimated years, each with the number of cases behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import kendalltau
from sklearn.metrics import mean_absolute_error

YEARS_APART = ((1, 2), (3, 5), (6, 10), (11, 20), (21, None))  # of the two works of a pair, first and last


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
    """How well scores order works.

    pairs: compared pairs, of different years. ties_excluded: pairs of equal years, which have no right answer.
    pair_accuracy: share of the compared pairs that are ordered rightly, equal scores counting half (the concordance
    index; Harrell et al. 1982); None without pairs. kendall_tau: tau-b of scores and years; None where it is undefined.
    """

    pairs: int
    ties_excluded: int
    pair_accuracy: float | None
    kendall_tau: float | None


@dataclass(frozen=True)
class DatingQuality:
    """How well estimated years order and date n works. The fields of OrderQuality, and mean absolute errors in years.

    mae_years_median_baseline: the error of dating every work to one median year.
    """

    n: int
    pairs: int
    ties_excluded: int
    pair_accuracy: float | None
    kendall_tau: float | None
    mae_years: float
    mae_years_median_baseline: float


@dataclass(frozen=True)
class IntervalQuality(DatingQuality):
    """How well estimated years with intervals order and date works. interval_coverage: share of years inside."""

    interval_coverage: float


def count_pairs(score_differences: np.ndarray, year_differences: np.ndarray) -> PairCounts:
    """Compare the signs of pairs' differences (pairs,) in score and in year; pairs of equal years are ignored."""
    different = year_differences != 0
    scores, years = np.sign(score_differences[different]), np.sign(year_differences[different])
    return PairCounts(right=float((scores == years).sum() + 0.5 * (scores == 0).sum()), pairs=len(years))


def order_quality(scores: np.ndarray, years: np.ndarray) -> OrderQuality:
    """Compare scores (n,), higher meaning newer, with the years (n,) of the same works."""
    score_differences, year_differences = differences(scores), differences(years)
    counts = count_pairs(score_differences, year_differences)
    tau = float(kendalltau(scores, years).statistic) if counts.pairs else np.nan
    return OrderQuality(
        pairs=counts.pairs,
        ties_excluded=len(year_differences) - counts.pairs,
        pair_accuracy=counts.accuracy,
        kendall_tau=None if np.isnan(tau) else tau,
    )


def dating_quality(estimates: np.ndarray, years: np.ndarray, *, median: float) -> DatingQuality:
    """Compare estimated years (n,) with the years (n,) of the same works, and with the baseline of one median year."""
    return DatingQuality(
        n=len(years),
        **asdict(order_quality(estimates, years)),
        mae_years=float(mean_absolute_error(years, estimates)),
        mae_years_median_baseline=float(mean_absolute_error(years, np.full(len(years), median))),
    )


def interval_quality(
    estimates: np.ndarray, half_widths: np.ndarray, years: np.ndarray, *, median: float
) -> IntervalQuality:
    """Return the dating quality of estimates (n,) and the coverage of the intervals estimates ± half_widths (n,)."""
    coverage = float((np.abs(estimates - years) <= half_widths).mean())
    return IntervalQuality(**asdict(dating_quality(estimates, years, median=median)), interval_coverage=coverage)


def pairs_by_years_apart(scores: np.ndarray, years: np.ndarray) -> list[PairCounts]:
    """Return the counts of all pairs of works, of scores (n,) and years (n,), for each of YEARS_APART."""
    score_differences, year_differences = differences(scores), differences(years)
    apart = np.abs(year_differences)
    bands = [(apart >= low) & (apart <= (np.inf if high is None else high)) for low, high in YEARS_APART]
    return [count_pairs(score_differences[band], year_differences[band]) for band in bands]


def differences(values: np.ndarray) -> np.ndarray:
    """Return the second value minus the first for every pair of values (n,), each pair once."""
    first, second = np.triu_indices(len(values), k=1)
    return values[second] - values[first]


def top_k(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Return the share of rows of `probabilities` (n, classes) whose label is among the k best; 0 for no rows.

    scikit-learn's top_k_accuracy_score refuses two columns, a single class and no rows, all of which occur here.
    """
    if not len(labels):
        return 0.0
    best = np.argsort(-probabilities, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


def mean_figures(rows: Iterable[Mapping[str, float | None]], names: Sequence[str]) -> dict[str, float | None]:
    """Return the mean of each named figure over the rows that have it; None for a figure that no row has."""
    rows = list(rows)
    columns = {name: [value for row in rows if (value := row[name]) is not None] for name in names}
    return {name: float(np.mean(column)) if column else None for name, column in columns.items()}
