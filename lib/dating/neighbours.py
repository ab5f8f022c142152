"""Dating by nearest neighbours: the year of a work from the dated works near it in an embedding."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN
from sklearn.metrics.pairwise import euclidean_distances

from lib.data.paintings import years_of
from lib.stats import metrics

NEAREST = 10  # dated works that a year is estimated from
CHUNK = 512  # works that are dated at once: their distances to 100,000 dated works take 400 MB
RATES = ("precision_at_1", "r_precision", "mean_average_precision_at_r")
COUNTS = ("group", "dated_works", "queries", "n", "pairs", "ties_excluded")  # fields that have no mean


@dataclass(frozen=True)
class RetrievalFigures:
    """How often the nearest dated works are of the query's year (Musgrave et al. 2020).

    precision_at_1_chance: that of a dated work drawn at random. queries: works of whose year there is a dated work; all
    figures are over these, and None where there are none.
    """

    precision_at_1: float | None
    r_precision: float | None
    mean_average_precision_at_r: float | None
    precision_at_1_chance: float | None
    queries: int


@dataclass(frozen=True)
class GroupFigures(RetrievalFigures):
    """Retrieval and dating figures of the n works of one group that were dated by its `dated_works`.

    The fields from `n` on are those of lib.stats.metrics, beside the median year of the dated works as baseline.
    """

    group: str
    dated_works: int
    n: int
    pairs: int
    ties_excluded: int
    pair_accuracy: float | None
    kendall_tau: float | None
    mae_years: float
    mae_years_median_baseline: float


def neighbour_years(distances: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return a year (m,) for each work, given its distances (m, n) to dated works of these years (n,).

    It is the median year of the NEAREST dated works, each weighted by the inverse of its distance.
    """
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :NEAREST]
    weights = 1 / (np.take_along_axis(distances, nearest, axis=1) + 1e-6)
    return np.quantile(years[nearest], 0.5, axis=1, weights=weights, method="inverted_cdf")


def retrieval_figures(
    embeddings: np.ndarray, years: np.ndarray, *, references: np.ndarray, reference_years: np.ndarray
) -> RetrievalFigures:
    """Return the retrieval figures of works with embeddings (m, d) and years (m,) among dated works (n, d), (n,)."""
    chances = np.array([(reference_years == year).mean() for year in years])
    queries = chances > 0
    if not queries.any():
        return RetrievalFigures(**dict.fromkeys((*RATES, "precision_at_1_chance")), queries=0)
    calculator = AccuracyCalculator(
        include=RATES,
        k="max_bin_count",
        device=torch.device("cpu"),
        knn_func=CustomKNN(LpDistance(normalize_embeddings=False)),
    )
    rates = calculator.get_accuracy(
        torch.from_numpy(embeddings[queries].astype(np.float32)),
        torch.from_numpy(years[queries]),
        torch.from_numpy(references.astype(np.float32)),
        torch.from_numpy(reference_years),
    )
    return RetrievalFigures(**rates, precision_at_1_chance=float(chances[queries].mean()), queries=int(queries.sum()))


def rows_by_group(works: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the row numbers of each group of works."""
    return {str(name): np.asarray(rows) for name, rows in works.groupby("group").indices.items()}


def group_estimates(
    embeddings: np.ndarray, works: pd.DataFrame, *, split: str, reference_splits: Sequence[str]
) -> np.ndarray:
    """Return the years (n,) of the works of `split`, dated by the works of their group in `reference_splits`.

    embeddings: (n, d). works: n rows of group, year, split. NaN for works of other splits, and where the group has no
    dated works.
    """
    splits, years = works["split"].to_numpy(), works["year"].to_numpy(dtype=np.float64)
    estimates = np.full(len(works), np.nan)
    for rows in rows_by_group(works).values():
        queries, dated = rows[splits[rows] == split], rows[np.isin(splits[rows], list(reference_splits))]
        for first in range(0, len(queries) if dated.size else 0, CHUNK):
            some = queries[first : first + CHUNK]
            distances = euclidean_distances(embeddings[some], embeddings[dated])
            estimates[some] = neighbour_years(distances, years[dated])
    return estimates


def figures_by_group(
    embeddings: np.ndarray, works: pd.DataFrame, *, split: str, reference_splits: Sequence[str]
) -> list[GroupFigures]:
    """Return the figures of each group that group_estimates() dates, sorted by descending number of dated works.

    embeddings: (n, d). works: n rows of group, earliest, latest, year, split.
    """
    splits, intervals, years = works["split"].to_numpy(), years_of(works), works["year"].to_numpy(dtype=np.float64)
    estimates = group_estimates(embeddings, works, split=split, reference_splits=reference_splits)
    figures = []
    for group, rows in rows_by_group(works).items():
        queries, dated = rows[np.isfinite(estimates[rows])], rows[np.isin(splits[rows], list(reference_splits))]
        if queries.size:
            retrieval = retrieval_figures(
                embeddings[queries], years[queries], references=embeddings[dated], reference_years=years[dated]
            )
            quality = metrics.dating_quality(
                estimates[queries], intervals[queries], median=float(np.median(years[dated]))
            )
            figures.append(GroupFigures(group=group, dated_works=len(dated), **asdict(retrieval), **asdict(quality)))
    return sorted(figures, key=lambda row: -row.dated_works)


def mean_figures(rows: list[GroupFigures]) -> dict[str, float]:
    """Return the mean of each figure over the groups that have it, by name; without figures that no group has."""
    names = [field.name for field in fields(GroupFigures) if field.name not in COUNTS]
    means = metrics.mean_figures([asdict(row) for row in rows], names)
    return {name: mean for name, mean in means.items() if mean is not None}
