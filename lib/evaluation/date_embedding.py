"""Figures of a date embedding on the test works, beside the other ways to date them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.data.embeddings import Embeddings
from lib.data.paintings import LEARNED_SPLITS
from lib.dating.date_embedding.inputs import fit_train_space
from lib.dating.date_embedding.plan import PlannedDateEmbedding
from lib.dating.neighbours import GroupFigures, figures_by_group, group_estimates, mean_figures
from lib.evaluation.methods import MethodComparison, comparator_estimates, compare_methods
from lib.infra.errors import UserError
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


def measure_date_embedding(
    learned: np.ndarray, planned: PlannedDateEmbedding, *, others: Mapping[str, np.ndarray]
) -> DateEmbeddingFigures:
    """Return the figures of the date embeddings `learned` (works, dimensions) on the test works.

    others: years (works,) by other methods, which are compared.
    """
    works, embeddings = planned.plan.works, planned.embeddings
    positions = fit_train_space(embeddings).positions(embeddings.matrix)
    rows = figures_by_group(learned, works, split="test", reference_splits=LEARNED_SPLITS)
    neighbours = figures_by_group(positions, works, split="test", reference_splits=LEARNED_SPLITS)
    estimates = {
        **others,
        "date_embedding": group_estimates(learned, works, split="test", reference_splits=LEARNED_SPLITS),
        "neighbours": group_estimates(positions, works, split="test", reference_splits=LEARNED_SPLITS),
    }
    return DateEmbeddingFigures(
        works={str(split): int(count) for split, count in works["split"].value_counts().items()},
        queries=sum(row.queries for row in rows),
        test=mean_figures(rows),
        test_neighbours=mean_figures(neighbours),
        date_embedding=rows,
        neighbours=neighbours,
        methods=compare_methods(estimates, works),
    )


def date_by_comparators(models: ModelSet, works: Embeddings) -> np.ndarray:
    """Return the years (works,) of the test works by their artists' comparators, NaN for others."""
    return comparator_estimates(models.comparators(), models.space.positions(works.matrix), works.paintings)


def models_to_compare(folder: Path, embeddings: Embeddings) -> ModelSet | None:
    """Return the models in `folder`; None, after printing the reason, where none were made from these embeddings."""
    try:
        models = ModelSet.open(folder)
        models.require_made_from(embeddings.manifest)
    except UserError as error:
        print(f"without comparators to compare with: {error}")
        return None
    return models
