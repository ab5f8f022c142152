"""Figures of merit of attributions, orders and estimated years, each with the number of cases behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lib.stats.years import Years

YEARS_APART = ((1, 2), (3, 5), (6, 10), (11, 20), (21, None))  # fewest years between the works of a pair


@dataclass(frozen=True)
class PairCounts:
    """Pairs of works whose years do not overlap. right: those ordered rightly, equal scores counting half."""

    right: float
    pairs: int

    @property
    def accuracy(self) -> float | None:
        """Return the pair accuracy, which is the concordance index; None without pairs. A coin gives 0.5."""
        return self.right / self.pairs if self.pairs else None


@dataclass(frozen=True)
class OrderQuality:
    """How well scores order works.

    pairs: compared pairs, whose years do not overlap. ties_excluded: pairs of equal or overlapping years, which have no
    right answer.
    pair_accuracy: share of the compared pairs that are ordered rightly, equal scores counting half (the concordance
    index; Harrell et al. 1982); None without pairs. kendall_tau: tau-b of scores and years (Kendall 1945), overlapping
    years being ties; None where it is undefined.
    """

    pairs: int
    ties_excluded: int
    pair_accuracy: float | None
    kendall_tau: float | None


@dataclass(frozen=True)
class DatingQuality:
    """How well estimated years order and date n works. The fields of OrderQuality, and mean absolute errors in years.

    The error of an estimate is its distance to the interval of the work. mae_years_median_baseline: the error of dating
    every work to one median year.
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
    """How well estimated years with intervals order and date works.

    interval_coverage: share of works whose own interval meets the estimated one.
    """

    interval_coverage: float


def count_pairs(score_differences: np.ndarray, year_gaps: np.ndarray) -> PairCounts:
    """Compare the signs of pairs' differences (pairs,) in score and of their gaps in years; gaps of 0 are ignored."""
    different = year_gaps != 0
    scores, years = np.sign(score_differences[different]), np.sign(year_gaps[different])
    return PairCounts(right=float((scores == years).sum() + 0.5 * (scores == 0).sum()), pairs=len(years))


def order_quality(scores: np.ndarray, years: Years) -> OrderQuality:
    """Compare scores (n,), higher meaning newer, with the years (n) of the same works."""
    score_differences, gaps = differences(scores), years.gaps()
    counts = count_pairs(score_differences, gaps)
    return OrderQuality(
        pairs=counts.pairs,
        ties_excluded=len(gaps) - counts.pairs,
        pair_accuracy=counts.accuracy,
        kendall_tau=kendall_tau(score_differences, gaps),
    )


def kendall_tau(score_differences: np.ndarray, year_gaps: np.ndarray) -> float | None:
    """Return tau-b of pairs (pairs,); scipy's needs values, and overlapping years have an order only by pairs."""
    scores, years = np.sign(score_differences), np.sign(year_gaps)
    untied = float(np.count_nonzero(scores)) * np.count_nonzero(years)
    return float((scores * years).sum() / np.sqrt(untied)) if untied else None


def dating_quality(estimates: np.ndarray, years: Years, *, median: float) -> DatingQuality:
    """Compare estimated years (n,) with the years (n) of the same works, and with the baseline of one median year."""
    return DatingQuality(
        n=len(years),
        **asdict(order_quality(estimates, years)),
        mae_years=float(years.distances(estimates).mean()),
        mae_years_median_baseline=float(years.distances(np.full(len(years), median)).mean()),
    )


def interval_quality(estimates: np.ndarray, half_widths: np.ndarray, years: Years, *, median: float) -> IntervalQuality:
    """Return the dating quality of estimates (n,) and the coverage of the intervals estimates ± half_widths (n,)."""
    coverage = float((years.distances(estimates) <= half_widths).mean())
    return IntervalQuality(**asdict(dating_quality(estimates, years, median=median)), interval_coverage=coverage)


def pairs_by_years_apart(scores: np.ndarray, years: Years) -> list[PairCounts]:
    """Return the counts of all pairs of works, of scores (n,) and years (n), for each of YEARS_APART."""
    score_differences, gaps = differences(scores), years.gaps()
    apart = np.abs(gaps)
    bands = [(apart >= low) & (apart <= (np.inf if high is None else high)) for low, high in YEARS_APART]
    return [count_pairs(score_differences[band], gaps[band]) for band in bands]


def differences(values: np.ndarray) -> np.ndarray:
    """Return the second value minus the first for every pair of values (n,), each pair once."""
    first, second = np.triu_indices(len(values), k=1)
    return values[second] - values[first]


def top_k(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Return the share of rows of `probabilities` (n, classes) whose label is among the k best; 0 for no rows.

    Of equal probabilities the first is the better. scikit-learn's top_k_accuracy_score refuses two columns, a single
    class and no rows, all of which occur here.
    """
    if not len(labels):
        return 0.0
    own = probabilities[np.arange(len(labels)), labels][:, None]
    before = np.arange(probabilities.shape[1]) < labels[:, None]
    better = (probabilities > own) | ((probabilities == own) & before)
    return float((better.sum(axis=1) < k).mean())


def mean_figures(rows: Iterable[Mapping[str, float | None]], names: Sequence[str]) -> dict[str, float | None]:
    """Return the mean of each named figure over the rows that have it; None for a figure that no row has."""
    rows = list(rows)
    columns = {name: [value for row in rows if (value := row[name]) is not None] for name in names}
    return {name: float(np.mean(column)) if column else None for name, column in columns.items()}
