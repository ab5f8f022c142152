"""Dating methods side by side on the same works: comparators, the date embedding, plain neighbours, the median year.

To add a method, name it in METHODS and give its estimates to compare_methods().
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, model_serializer

from lib.data.dataset import Dataset
from lib.data.descriptor import EmbeddingsManifest
from lib.data.embedded_works import EmbeddedWorks, careers_of
from lib.data.paintings import LEARNED_SPLITS, years_of
from lib.dating.artist_comparator import ArtistComparator
from lib.dating.date_embedding.model import DateEmbeddingModel, read_date_embedding_model
from lib.dating.neighbours import group_estimates, rows_by_group
from lib.evaluation.works import HeldOutWorks, estimate
from lib.features.stored_positions import StoredPositions
from lib.features.style_space import StyleSpace
from lib.infra.errors import UserError
from lib.infra.progress import track
from lib.infra.tasks import map_batches
from lib.stats.metrics import dating_quality, mean_figures
from lib.stats.years import Years

METHODS = {"comparator": "comparator", "date_embedding": "date embedding", "neighbours": "plain neighbours"}
METHOD_FIGURES = {"pair_accuracy": "pairs", "kendall_tau": "tau", "mae_years": "error"}


class MethodFigures(BaseModel, frozen=True):
    """Figures of one method, None where it dated too few works."""

    pair_accuracy: float | None = None
    kendall_tau: float | None = None
    mae_years: float | None = None


class MethodRow(BaseModel, frozen=True):
    """All methods on the n test works of one group. works: in all splits. dated: test works that a method dated."""

    group: str
    works: int
    n: int
    dated: dict[str, int]
    figures: dict[str, MethodFigures]
    median_mae_years: float

    @model_serializer
    def flat(self) -> dict[str, Any]:
        """Return a flat record: METHOD_n and METHOD_FIGURE for each method."""
        record: dict[str, Any] = {"group": self.group, "works": self.works, "n": self.n}
        for method, figures in self.figures.items():
            record |= {f"{method}_n": self.dated[method], **prefixed(method, figures)}
        return {**record, "median_mae_years": self.median_mae_years}

    @property
    def is_complete(self) -> bool:
        """Return whether every method dated all test works, and two of them are of different years."""
        return all(
            self.dated[method] == self.n and figures.pair_accuracy is not None
            for method, figures in self.figures.items()
        )


class MethodMeans(BaseModel, frozen=True):
    """Means over the groups of at least `min_works` works, with n test works, that are complete."""

    groups: int
    n: int
    min_works: int
    figures: dict[str, MethodFigures]
    median_mae_years: float | None

    @model_serializer
    def flat(self) -> dict[str, Any]:
        """Return a flat record: METHOD_FIGURE for each method."""
        record: dict[str, Any] = {"groups": self.groups, "n": self.n, "min_works": self.min_works}
        for method, figures in self.figures.items():
            record |= prefixed(method, figures)
        return {**record, "median_mae_years": self.median_mae_years}


class MethodComparison(BaseModel, frozen=True):
    """A row for each group, most works first, and their means."""

    rows: list[MethodRow]
    mean: MethodMeans


def prefixed(method: str, figures: MethodFigures) -> dict[str, float | None]:
    """Return the figures as METHOD_FIGURE."""
    return {f"{method}_{name}": getattr(figures, name) for name in METHOD_FIGURES}


def open_date_embedding(
    folder: Path | None, *, models: Path, manifest: EmbeddingsManifest
) -> DateEmbeddingModel | None:
    """Return the date embedding in `folder`, by default the one in the models folder.

    None where no folder is given and the models folder has none of this dataset. Raises UserError where the one in
    `folder` is missing or was made from another dataset.
    """
    named, folder = folder is not None, folder or models / "date_embedding"
    if not named and not (folder / "model.json").is_file():
        return None
    model = read_date_embedding_model(folder)
    if model.metadata.provenance.is_of(manifest):
        return model
    if named:
        raise UserError(f"{folder} was made from another dataset; train it on this one: jobs/train_date_embedding.py")
    print(f"{folder} was made from another dataset: it is not compared")
    return None


def evaluate_methods(
    comparators: Mapping[str, ArtistComparator],
    embedded: EmbeddedWorks,
    test: HeldOutWorks,
    date_embedding: DateEmbeddingModel | None,
    *,
    space: StyleSpace,
    dataset: Dataset,
    min_works: int,
) -> MethodComparison:
    """Compare all methods on each artist's test works; the date embedding dates the artists that it learned from."""
    works = embedded.paintings[["artist", "earliest", "latest", "year", "split"]].reset_index(drop=True)
    works["group"] = works["artist"]
    is_test = (works["split"] == "test").to_numpy()
    estimates = {"comparator": np.full(len(works), np.nan), "neighbours": neighbour_estimates(embedded, space=space)}
    estimates["comparator"][is_test] = comparator_estimates(comparators, test.positions, test.paintings)
    if date_embedding:
        rows = works["artist"].isin(date_embedding.metadata.artists).to_numpy()
        learned = date_embedding.embed(embedded.where(rows), dataset=dataset)
        years = group_estimates(learned, works[rows], split="test", reference_splits=LEARNED_SPLITS)
        estimates["date_embedding"] = np.full(len(works), np.nan)
        estimates["date_embedding"][rows] = years
    return compare_methods(estimates, works, min_works=min_works)


def neighbour_estimates(embedded: EmbeddedWorks, *, space: StyleSpace) -> np.ndarray:
    """Return the years (n,) of the test works by the nearest works to learn from of their artists, NaN for others."""
    asked = embedded.paintings["artist"].isin(set(embedded.paintings["artist"][embedded.paintings["split"] == "test"]))
    careers = careers_of(embedded.where(asked.to_numpy()))
    years = pd.Series(np.nan, index=embedded.paintings.index)
    dated = map_batches(date_by_neighbours, careers, label="plain neighbours", space=space)
    for batch, years_of_batch in zip(careers, dated, strict=True):
        years.loc[batch.paintings.index] = years_of_batch
    return years.to_numpy()


def date_by_neighbours(batch: EmbeddedWorks, space: StyleSpace) -> np.ndarray:
    """Return the years (n,) of the works in a batch of whole artists."""
    works = batch.read()
    groups = works.paintings.assign(group=works.paintings["artist"])
    return group_estimates(space.positions(works.matrix), groups, split="test", reference_splits=LEARNED_SPLITS)


def comparator_estimates(
    comparators: Mapping[str, ArtistComparator], positions: StoredPositions, works: pd.DataFrame
) -> np.ndarray:
    """Return the years (n,) of the test works by their artists' comparators, NaN for others.

    positions: in the models' style space. works: n rows of artist, split.
    """
    estimates, test = np.full(len(works), np.nan), (works["split"] == "test").to_numpy()
    artists = sorted(set(works["artist"]) & set(comparators))
    for artist in track(artists, "comparing methods", total=len(artists), unit="artists", brief=True):
        queries = np.flatnonzero(test & (works["artist"] == artist).to_numpy())
        if queries.size:
            estimates[queries] = estimate(comparators[artist].comparator, positions.where(queries))[0]
    return estimates


def compare_methods(
    estimates: Mapping[str, np.ndarray], works: pd.DataFrame, *, min_works: int = 0
) -> MethodComparison:
    """Compare methods by their estimated years (n,) of the test works, NaN for works that a method does not date.

    works: n rows of group, earliest, latest, split. min_works: of the groups that have a part in the means.
    """
    splits, years = works["split"].to_numpy(), years_of(works)
    rows = []
    for group, members in rows_by_group(works).items():
        test, references = members[splits[members] == "test"], members[np.isin(splits[members], LEARNED_SPLITS)]
        if not len(test) or not len(references):
            continue
        median = float(np.median(years[references].midpoints))
        dated = {method: test[np.isfinite(years_by[test])] for method, years_by in estimates.items()}
        rows.append(
            MethodRow(
                group=group,
                works=len(members),
                n=len(test),
                dated={method: len(queries) for method, queries in dated.items()},
                figures={
                    method: method_figures(estimates[method][queries], years[queries], median=median)
                    for method, queries in dated.items()
                },
                median_mae_years=float(years[test].distances(np.full(len(test), median)).mean()),
            )
        )
    rows.sort(key=lambda row: (-row.works, row.group))
    return MethodComparison(rows=rows, mean=mean_methods(rows, min_works=min_works))


def method_figures(estimates: np.ndarray, years: Years, *, median: float) -> MethodFigures:
    """Return the figures of one method on works that it dated: estimates (n,), years (n)."""
    if not len(years):
        return MethodFigures()
    quality = dating_quality(estimates, years, median=median)
    return MethodFigures(**{name: getattr(quality, name) for name in METHOD_FIGURES})


def mean_methods(rows: Sequence[MethodRow], *, min_works: int) -> MethodMeans:
    """Return the means over the complete rows of groups of at least `min_works` works."""
    complete = [row for row in rows if row.works >= min_works and row.is_complete]
    methods = [method for method in METHODS if rows and method in rows[0].figures]
    medians = [{"median_mae_years": row.median_mae_years} for row in complete]
    return MethodMeans(
        groups=len(complete),
        n=sum(row.n for row in complete),
        min_works=min_works,
        figures={
            method: MethodFigures(
                **mean_figures([row.figures[method].model_dump() for row in complete], list(METHOD_FIGURES))
            )
            for method in methods
        },
        **mean_figures(medians, ["median_mae_years"]),
    )
