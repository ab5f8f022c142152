import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.scoring.figures import artist_figures, date_figures, order_figures, verify_figures

Rows = list[tuple[str, int, int]]  # artist, year, score


def is_ordered(rows: Rows) -> bool:
    """Return whether some artist has works of different years."""
    return len({row[:2] for row in rows}) > len({artist for artist, _, _ in rows})


work = st.tuples(st.sampled_from(["Degas", "Manet", "Sisley"]), st.integers(1870, 1876), st.integers(-20, 20))
careers = st.lists(work, min_size=2, max_size=20).filter(is_ordered)


def works_of(rows: Rows, *, split: str = "test") -> pd.DataFrame:
    years = [year for _, year, _ in rows]
    columns = {"artist": [artist for artist, _, _ in rows], "earliest": years, "latest": years, "split": split}
    return pd.DataFrame(columns).astype({"earliest": "Int32", "latest": "Int32"}).assign(asked=split == "test")


def values_of(figures: list) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}


def order_of(rows: Rows, scores: np.ndarray) -> dict[str, float]:
    return values_of(order_figures(works_of(rows), pd.DataFrame({"score": scores})))


def scores_of(rows: Rows) -> np.ndarray:
    return np.array([score for _, _, score in rows], dtype=float)


@given(careers)
def test_only_the_order_of_the_scores_counts(rows: Rows) -> None:
    scores = scores_of(rows)
    shifted = np.exp(scores / 4) + np.array([len(artist) * 1000 for artist, _, _ in rows])  # within each artist
    assert order_of(rows, shifted) == pytest.approx(order_of(rows, scores))


@given(careers)
def test_reversed_scores_give_the_complement(rows: Rows) -> None:
    forward, backward = order_of(rows, scores_of(rows)), order_of(rows, -scores_of(rows))
    assert forward["pair accuracy"] + backward["pair accuracy"] == pytest.approx(1)
    assert forward["Kendall's tau"] == pytest.approx(-backward["Kendall's tau"])


@given(careers)
def test_the_years_order_perfectly_and_no_order_is_chance(rows: Rows) -> None:
    assert order_of(rows, np.array([float(year) for _, year, _ in rows]))["pair accuracy"] == 1
    assert order_of(rows, np.zeros(len(rows))) == {"pair accuracy": 0.5, "Kendall's tau": 0}


def test_artists_count_alike_and_pairs_of_equal_years_are_counted_apart() -> None:
    rows = [("Degas", 1870, 1), ("Degas", 1871, 2), ("Degas", 1872, 3), ("Degas", 1872, 0), ("Manet", 1870, 2)]
    rows += [("Manet", 1871, 1), ("Sisley", 1870, 1)]
    figure = order_figures(works_of(rows), pd.DataFrame({"score": scores_of(rows)}))[0]
    assert figure.value == pytest.approx((3 / 5 + 0) / 2)
    assert figure.cases == "2 artists, 6 pairs, without 1 pairs of equal or overlapping years"


def dated(years: list[float], *, half_width: float | None = None) -> list:
    works = pd.concat([works_of([("Degas", 1870, 0), ("Degas", 1880, 0)]),
                       works_of([("Degas", year, 0) for year in range(1860, 1871)], split="train")])  # fmt: skip
    answers = pd.DataFrame({"year": years})
    if half_width is not None:
        answers = answers.assign(low=answers["year"] - half_width, high=answers["year"] + half_width)
    return date_figures(works.reset_index(drop=True), answers)


def test_errors_are_beside_the_median_of_the_years_that_may_be_learned_from() -> None:
    error, ratio = dated([1870.0, 1876.0])
    assert (error.value, error.baseline) == (2.0, 10.0)
    assert ratio.value == pytest.approx(0.2)


def test_intervals_cost_their_width_and_ten_times_what_they_miss_by() -> None:
    _, _, inside, width, score = dated([1870.0, 1876.0], half_width=1.0)
    assert (inside.value, width.value) == (0.5, 2.0)
    assert score.value == pytest.approx(2 + (0 + 10 * 3) / 2)
    assert (inside.baseline, width.baseline) == (0.0, 8.0)  # 1861 to 1869


@given(st.floats(1, 500))
def test_wide_intervals_hold_all_works_and_are_no_better_for_it(half_width: float) -> None:
    *_, inside, width, score = dated([1870.0, 1880.0], half_width=half_width)
    assert inside.value == 1
    assert score.value == width.value > dated([1870.0, 1880.0], half_width=half_width / 2)[-1].value


def test_artists_are_named_beside_the_commonest_ones() -> None:
    learned = [("Degas", 1870, 0)] * 3 + [("Manet", 1870, 0)] * 2
    test = [("Degas", 1870, 0), ("Manet", 1870, 0), ("Sisley", 1870, 0), ("Sisley", 1871, 0)]
    works = pd.concat([works_of(learned, split="val"), works_of(test)], ignore_index=True)
    answers = pd.DataFrame(
        {"artist": ["Degas", "Degas", "Sisley", "Manet"], "artist_2": [None, "Manet", None, "Degas"]}
    )
    top1, top5 = artist_figures(works, answers)
    assert (top1.value, top1.baseline, top5.value, top5.baseline) == (0.5, 0.25, 0.75, 0.5)
    assert len(artist_figures(works, answers[["artist"]])) == 1


def test_seen_and_unseen_artists_have_figures_of_their_own() -> None:
    same = np.resize([True, False], 400)
    pairs = pd.DataFrame({"same": same, "unseen": np.arange(400) < 200})
    right = np.where(pairs["unseen"], ~same, same)  # wrong about unseen artists
    values = values_of(verify_figures(pairs, pd.DataFrame({"score": right.astype(float)})))
    assert values["seen artists: AUC"] == 1 and values["unseen artists: AUC"] == 0
    assert values["seen artists: equal error rate"] == 0 and values["unseen artists: equal error rate"] == 1
    assert not any("calibration" in name for name in values)


def test_probabilities_have_a_calibration_error_beside_that_of_chance() -> None:
    random = np.random.default_rng(0)
    probability = random.random(4000)
    pairs = pd.DataFrame({"same": random.random(4000) < probability, "unseen": False})
    honest = verify_figures(pairs, pd.DataFrame({"probability": probability}))[-1]
    sure = verify_figures(pairs, pd.DataFrame({"probability": (probability > 0.5).astype(float)}))[-1]
    assert honest.value < 2 * honest.baseline < sure.value
