"""Dating by neighbours: how well works lie among dated works of about their year."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN
from sklearn.metrics.pairwise import euclidean_distances

from lib.dating.per_artist import quality

NEAREST = 10  # dated works that a year is read from
RETRIEVAL = ("precision_at_1", "r_precision", "mean_average_precision_at_r")
FIGURES = (
    *RETRIEVAL,
    "precision_at_1_chance",
    "pair_accuracy",
    "kendall_tau",
    "mae_years",
    "mae_years_median_baseline",
)


def neighbour_years(distances: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return a year (m,) for each work from its distances (m, n) to dated works of these years (n,).

    It is the median year of the NEAREST dated works, each weighted by the inverse of its distance.
    """
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :NEAREST]
    weights = 1 / (np.take_along_axis(distances, nearest, axis=1) + 1e-6)
    return np.quantile(years[nearest], 0.5, axis=1, weights=weights, method="inverted_cdf")


def retrieval(
    places: np.ndarray, years: np.ndarray, *, references: np.ndarray, reference_years: np.ndarray
) -> dict[str, Any]:
    """Return how often the nearest dated works are of the same year, for works at places (m, d) of years (m,).

    precision_at_1, r_precision, mean_average_precision_at_r (Musgrave et al. 2020), beside precision_at_1_chance, that
    of a random dated work; all over the `asked` works, of whose year there is a dated work.
    """
    shares = np.array([(reference_years == year).mean() for year in years])
    asked = shares > 0
    if not asked.any():
        return {**dict.fromkeys((*RETRIEVAL, "precision_at_1_chance")), "asked": 0}
    calculator = AccuracyCalculator(
        include=RETRIEVAL,
        k="max_bin_count",
        device=torch.device("cpu"),
        knn_func=CustomKNN(LpDistance(normalize_embeddings=False)),
    )
    figures = calculator.get_accuracy(
        torch.from_numpy(places[asked].astype(np.float32)),
        torch.from_numpy(years[asked]),
        torch.from_numpy(references.astype(np.float32)),
        torch.from_numpy(reference_years),
    )
    return {**figures, "precision_at_1_chance": float(shares[asked].mean()), "asked": int(asked.sum())}


def groups(works: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the row numbers of each group of works."""
    return {str(name): np.asarray(rows) for name, rows in works.groupby("group").indices.items()}


def group_estimates(places: np.ndarray, works: pd.DataFrame, *, asked: str, known: list[str]) -> np.ndarray:
    """Return the year (n,) of each work in the split `asked`, by the dated works of its group in the splits `known`.

    places: (n, d). works: n rows of group, year, split. NaN for other works, and where no work of the group is dated.
    """
    splits, years = works["split"].to_numpy(), works["year"].to_numpy(dtype=np.float64)
    estimates = np.full(len(works), np.nan)
    for own in groups(works).values():
        query, dated = own[splits[own] == asked], own[np.isin(splits[own], known)]
        if query.size and dated.size:
            estimates[query] = neighbour_years(euclidean_distances(places[query], places[dated]), years[dated])
    return estimates


def figures_by_group(places: np.ndarray, works: pd.DataFrame, *, asked: str, known: list[str]) -> list[dict[str, Any]]:
    """Return a row of figures for each group that group_estimates() answers for, the one with most dated works first.

    places: (n, d). works: n rows of group, year, split.
    """
    splits, years = works["split"].to_numpy(), works["year"].to_numpy(dtype=np.float64)
    estimates = group_estimates(places, works, asked=asked, known=known)
    rows = []
    for group, own in groups(works).items():
        query, dated = own[np.isfinite(estimates[own])], own[np.isin(splits[own], known)]
        if query.size:
            told = retrieval(places[query], years[query], references=places[dated], reference_years=years[dated])
            dating = quality(estimates[query], years[query], median=float(np.median(years[dated])))
            rows.append({"group": group, "dated_works": len(dated), **told, **dating})
    return sorted(rows, key=lambda row: -row["dated_works"])


def mean_figures(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return the mean of each figure over the groups that have it; a figure that none has is left out."""
    values = {name: [row[name] for row in rows if row[name] is not None] for name in FIGURES}
    return {name: float(np.mean(found)) for name, found in values.items() if found}
