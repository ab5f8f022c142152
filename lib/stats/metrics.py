"""Figures of merit of attributions, orders and estimated years, each with the number of cases behind it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from lib.stats.years import Years

YEARS_APART = ((1, 2), (3, 5), (6, 10), (11, 20), (21, None))  # fewest years between the works of a pair
PAIRS_AT_ONCE = 1_000_000  # in memory, 100 bytes each


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
    """Compare scores (n,), higher meaning newer, with the years (n) of the same works.

    Kendall's tau is counted here: scipy's needs values, and overlapping years have an order only by pairs.
    """
    right, pairs, every_pair, agreeing, untied = 0.0, 0, 0, 0, 0
    for score_differences, gaps in pair_differences(scores, years):
        counts = count_pairs(score_differences, gaps)
        right, pairs, every_pair = right + counts.right, pairs + counts.pairs, every_pair + len(gaps)
        agreeing += int((np.sign(score_differences) * np.sign(gaps)).sum())
        untied += int(np.count_nonzero(score_differences))
    return OrderQuality(
        pairs=pairs,
        ties_excluded=every_pair - pairs,
        pair_accuracy=PairCounts(right, pairs).accuracy,
        kendall_tau=float(agreeing / np.sqrt(float(untied) * pairs)) if untied and pairs else None,
    )


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
    right, pairs = np.zeros(len(YEARS_APART)), np.zeros(len(YEARS_APART), dtype=int)
    for score_differences, gaps in pair_differences(scores, years):
        apart = np.abs(gaps)
        for band, (low, high) in enumerate(YEARS_APART):
            of = (apart >= low) & (apart <= (np.inf if high is None else high))
            counts = count_pairs(score_differences[of], gaps[of])
            right[band] += counts.right
            pairs[band] += counts.pairs
    return [PairCounts(float(of), int(number)) for of, number in zip(right, pairs, strict=True)]


def pair_differences(scores: np.ndarray, years: Years) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the differences in score and the gaps in years (pairs,), each pair of works once, some pairs at a time."""
    rows = np.arange(len(scores))
    size = max(1, PAIRS_AT_ONCE // max(1, len(rows)))
    for first in range(0, len(rows), size):
        former, latter = np.nonzero(rows[first : first + size, None] < rows)
        pairs = np.stack([latter, former + first], axis=1)
        yield scores[pairs[:, 0]] - scores[pairs[:, 1]], years.gaps_of(pairs)


def top_k(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Return the share of rows of `probabilities` (n, classes) whose label is among the k best; 0 for no rows.

    Of equal probabilities the first is the better; what is not a number is right for no label. scikit-learn's
    top_k_accuracy_score refuses two columns, a single class and no rows, all of which occur here.
    """
    if not len(labels):
        return 0.0
    own = probabilities[np.arange(len(labels)), labels][:, None]
    after = np.arange(probabilities.shape[1]) >= labels[:, None]
    worse = (probabilities < own) | ((probabilities == own) & after)  # the label itself among them
    return float(((~worse).sum(axis=1) < k).mean())


def mean_figures(rows: Iterable[Mapping[str, float | None]], names: Sequence[str]) -> dict[str, float | None]:
    """Return the mean of each named figure over the rows that have it; None for a figure that no row has."""
    rows = list(rows)
    columns = {name: [value for row in rows if (value := row[name]) is not None] for name in names}
    return {name: float(np.mean(column)) if column else None for name, column in columns.items()}
