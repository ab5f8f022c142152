"""Ways to date the same works, side by side: comparators, date embedding, nearest neighbours, the median year."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.data.dataset import Dataset, Embeddings
from lib.dating.date_embedding.model import DateEmbeddingModel
from lib.dating.neighbours import group_estimates, rows_by_group
from lib.dating.per_artist import quality
from lib.models.store import ModelSet
from lib.reports.evaluation import METHOD_FIGURES, methods_of

DATED = ["train", "val"]  # splits whose works date the test works


def comparator_estimates(models: ModelSet, positions: np.ndarray, works: pd.DataFrame) -> np.ndarray:
    """Return the year (n,) of each test work by its artist's comparator; NaN for others, and where there is none.

    positions: (n, d) in the models' style space. works: n rows of artist, split.
    """
    estimates, test = np.full(len(works), np.nan), (works["split"] == "test").to_numpy()
    for artist in sorted(set(works["artist"])):
        query = np.flatnonzero(test & (works["artist"] == artist).to_numpy())
        artist_comparator = models.comparator(artist) if query.size else None
        if artist_comparator:
            estimates[query] = artist_comparator.comparator.estimate(positions[query])[0]
    return estimates


def compare_all(
    models: ModelSet,
    embeddings: Embeddings,
    date_embedding: DateEmbeddingModel | None,
    *,
    dataset: Path,
    min_works: int,
) -> dict[str, Any]:
    """Return the rows of all methods for every artist, and their means; an embedding dates the artists it learned."""
    embeddings = embeddings.finite()
    works = embeddings.paintings.assign(group=embeddings.paintings["artist"])
    positions = models.space.positions(embeddings.matrix)
    estimates = {
        "comparator": comparator_estimates(models, positions, works),
        "neighbours": group_estimates(positions, works, split="test", reference_splits=DATED),
    }
    if date_embedding:
        rows_learned = works["artist"].isin(date_embedding.metadata.artists).to_numpy()
        learned = date_embedding.embed(embeddings.where(rows_learned), dataset=Dataset.open(dataset))
        dated = group_estimates(learned, works[rows_learned], split="test", reference_splits=DATED)
        estimates["date_embedding"] = np.full(len(works), np.nan)
        estimates["date_embedding"][rows_learned] = dated
    rows = compare_methods(estimates, works)
    return {"rows": rows, "mean": mean_methods(rows, min_works=min_works)}


def compare_methods(estimates: dict[str, np.ndarray], works: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each group with test works, most works first: figures of each method and of the median year.

    estimates: (n,) years of the test works by method, NaN where it has none. works: n rows of group, year, split.
    Figures are named METHOD_FIGURE; METHOD_n counts the works that a method dated.
    """
    splits, years = works["split"].to_numpy(), works["year"].to_numpy(dtype=np.float64)
    rows = []
    for group, own in rows_by_group(works).items():
        query, dated = own[splits[own] == "test"], own[splits[own] != "test"]
        if not len(query) or not len(dated):
            continue
        median = float(np.median(years[dated]))
        row: dict[str, Any] = {"group": group, "works": len(own), "n": len(query)}
        for method, told in estimates.items():
            asked = query[np.isfinite(told[query])]
            figures: dict[str, Any] = quality(told[asked], years[asked], median=median) if len(asked) else {}
            row |= {f"{method}_n": len(asked), **{f"{method}_{name}": figures.get(name) for name in METHOD_FIGURES}}
        rows.append({**row, "median_mae_years": float(np.abs(years[query] - median).mean())})
    return sorted(rows, key=lambda row: (-row["works"], row["group"]))


def mean_methods(rows: list[dict[str, Any]], *, min_works: int = 0) -> dict[str, Any]:
    """Return the means over the groups of at least `min_works` works that every method dated all test works of.

    Groups without pairs of different years are left out.
    """
    methods = methods_of(rows)
    shared = [
        row
        for row in rows
        if row["works"] >= min_works
        and all(row[f"{method}_n"] == row["n"] and row[f"{method}_pair_accuracy"] is not None for method in methods)
    ]
    names = [f"{method}_{name}" for method in methods for name in METHOD_FIGURES] + ["median_mae_years"]
    values = {name: [row[name] for row in shared if row[name] is not None] for name in names}
    means = {name: float(np.mean(found)) if found else None for name, found in values.items()}
    return {"groups": len(shared), "n": sum(row["n"] for row in shared), "min_works": min_works, **means}
