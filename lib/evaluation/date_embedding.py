"""Figures of a date embedding on the test works, beside the other ways to date them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lib.data.descriptor import EmbeddingsManifest
from lib.data.embedded_works import EmbeddedWorks, careers_of
from lib.data.paintings import LEARNED_SPLITS
from lib.dating.date_embedding.plan import PlannedDateEmbedding
from lib.dating.date_embedding.works import EVERYBODY
from lib.dating.neighbours import GroupFigures, figures_by_group, group_estimates, mean_figures
from lib.evaluation.methods import MethodComparison, comparator_estimates, compare_methods
from lib.features.placed_works import place
from lib.features.style_space import StyleSpace
from lib.infra.errors import UserError
from lib.infra.tasks import map_batches
from lib.models.store import ModelSet


@dataclass(frozen=True)
class DateEmbeddingFigures:
    """Figures on the test works.

    works: number of works by split. queries: test works of whose year there is a dated work. test, test_neighbours:
    means over the groups, in the date embedding and in the style space. date_embedding, neighbours: the same by group.
    methods: comparison of all ways to date.
    """

    works: dict[str, int]
    queries: int
    test: dict[str, float]
    test_neighbours: dict[str, float]
    date_embedding: list[GroupFigures]
    neighbours: list[GroupFigures]
    methods: MethodComparison


@dataclass(frozen=True)
class GroupsMeasured:
    """Figures of some groups, as DateEmbeddingFigures has them. years: by either way, by painting_id."""

    date_embedding: list[GroupFigures]
    neighbours: list[GroupFigures]
    years: pd.DataFrame


def measure_date_embedding(
    learned: np.ndarray, planned: PlannedDateEmbedding, *, others: Mapping[str, np.ndarray]
) -> DateEmbeddingFigures:
    """Return the figures of the date embeddings `learned` (works, dimensions) on the test works.

    others: years (works,) by other methods, which are compared.
    """
    works, embedded = planned.plan.works, planned.statistics
    # Groups are the artists, of whom no work is left out, or one group of few works.
    groups = [embedded] if (works["group"] == EVERYBODY).all() else careers_of(embedded, longest=None)
    shared = {"works": works, "learned": learned, "space": planned.space}
    measured = list(map_batches(measure_groups, groups, label="test figures", **shared))
    rows = sorted((row for batch in measured for row in batch.date_embedding), key=lambda row: -row.dated_works)
    neighbours = sorted((row for batch in measured for row in batch.neighbours), key=lambda row: -row.dated_works)
    years = pd.concat([batch.years for batch in measured]).loc[works["painting_id"]]
    estimates = {**others, **{name: years[name].to_numpy() for name in ("date_embedding", "neighbours")}}
    return DateEmbeddingFigures(
        works={str(split): int(count) for split, count in works["split"].value_counts().items()},
        queries=sum(row.queries for row in rows),
        test=mean_figures(rows),
        test_neighbours=mean_figures(neighbours),
        date_embedding=rows,
        neighbours=neighbours,
        methods=compare_methods(estimates, works),
    )


def measure_groups(batch: EmbeddedWorks, works: pd.DataFrame, learned: np.ndarray, space: StyleSpace) -> GroupsMeasured:
    """Return the figures of a batch of whole groups. works, learned: all works of the plan, their date embeddings."""
    rows = np.flatnonzero(works["painting_id"].isin(batch.paintings["painting_id"]))
    own = works.iloc[rows].reset_index(drop=True)
    order = pd.Index(batch.paintings["painting_id"]).get_indexer(pd.Index(own["painting_id"]))
    embeddings = {"date_embedding": learned[rows], "neighbours": space.positions(batch.where(order).read().matrix)}
    figures, years = {}, pd.DataFrame(index=pd.Index(own["painting_id"]))
    for name, vectors in embeddings.items():
        figures[name] = figures_by_group(vectors, own, split="test", reference_splits=LEARNED_SPLITS)
        years[name] = group_estimates(vectors, own, split="test", reference_splits=LEARNED_SPLITS)
    return GroupsMeasured(**figures, years=years)


def date_by_comparators(models: ModelSet, planned: PlannedDateEmbedding) -> np.ndarray:
    """Return the years (works,) of the test works by their artists' comparators, NaN for others."""
    test = planned.works.where((planned.works.paintings["split"] == "test").to_numpy())
    years = comparator_estimates(models.comparators(), place(test, space=models.space), test.paintings)
    return pd.Series(years, test.paintings["painting_id"]).reindex(planned.plan.works["painting_id"]).to_numpy()


def models_to_compare(folder: Path, manifest: EmbeddingsManifest) -> ModelSet | None:
    """Return the models in `folder`; None, after printing the reason, where none were made from these embeddings."""
    try:
        models = ModelSet.open(folder)
        models.require_made_from(manifest)
    except UserError as error:
        print(f"without comparators to compare with: {error}")
        return None
    return models
