import numpy as np
import pandas as pd
import pytest

from lib.dating.neighbours import (
    NEAREST,
    figures_by_group,
    group_estimates,
    mean_figures,
    neighbour_years,
    retrieval_figures,
)


def test_the_year_is_the_weighted_median_of_the_nearest() -> None:
    years = np.array([1850.0, 1860, 1900, *[2000] * 20])
    far = np.full(20, 100.0)
    near_two = neighbour_years(np.array([[1.0, 1, 1, *far], [0.1, 1, 1, *far], [5.0, 1, 0.01, *far]]), years)
    assert near_two.tolist() == [1860, 1850, 1900]


def test_only_the_nearest_count() -> None:
    years = np.array([1850.0] * NEAREST + [1990.0] * 500)
    distances = np.array([[1.0] * NEAREST + [1.01] * 500])
    assert neighbour_years(distances, years).tolist() == [1850]


def test_retrieval_by_hand_beside_chance() -> None:
    references, dated = np.array([[0.0], [1], [2], [3]]), np.array([1880.0, 1880, 1890, 1895])
    figures = retrieval_figures(
        np.array([[0.1], [2.9], [1.9], [0.0]]),
        np.array([1880.0, 1890, 1890, 1700]),  # of 1700 there is no dated work
        references=references,
        reference_years=dated,
    )
    assert figures.queries == 3
    assert figures.precision_at_1 == pytest.approx(2 / 3)  # the second's nearest is of 1895
    assert figures.precision_at_1_chance == pytest.approx((0.5 + 0.25 + 0.25) / 3)
    assert figures.r_precision == pytest.approx(2 / 3)
    without_queries = retrieval_figures(
        np.zeros((1, 1)), np.array([1700.0]), references=references, reference_years=dated
    )
    assert (without_queries.queries, without_queries.precision_at_1) == (0, None)


def test_neighbours_are_searched_in_the_group_and_in_the_reference_splits() -> None:
    works = pd.DataFrame(
        {
            "group": ["a"] * 5 + ["b"] * 2,
            "year": [1850, 1852, 1860, 1870, 1851, 1900, 1902],
            "split": ["train", "train", "val", "test", "test", "test", "test"],
        }
    )
    works = works.assign(earliest=works["year"], latest=works["year"])
    embeddings = np.arange(7.0)[:, None]
    estimates = group_estimates(embeddings, works, split="test", reference_splits=["train"])
    assert np.isfinite(estimates).tolist() == [False, False, False, True, True, False, False]
    assert set(estimates[3:5]) <= {1850, 1852}  # b has no dated works, and a's val work is not known
    rows = figures_by_group(embeddings, works, split="test", reference_splits=["train", "val"])
    assert [(row.group, row.dated_works, row.n) for row in rows] == [("a", 3, 2)]
    assert rows[0].mae_years_median_baseline == pytest.approx((18 + 1) / 2)
    assert mean_figures(rows)["mae_years"] == rows[0].mae_years
    assert "precision_at_1" not in mean_figures(rows)  # no test work is of the year of a dated one
