"""Measure the models on works they never saw, beside the baselines that need no model."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from lib.attribution.linear_head import ArtistHead
from lib.dating.comparator import Comparator
from lib.evaluation.failures import worst_named
from lib.stats.metrics import (
    YEARS_APART,
    interval_quality,
    mean_figures,
    pairs_by_years_apart,
    top_k,
)

LARGEST = 20  # artists that have figures of their own
FIGURES = ("pair_accuracy", "kendall_tau", "mae_years", "mae_years_median_baseline", "interval_coverage")


@dataclass(frozen=True)
class TestWorks:
    """positions: (n, dimensions) in the style space. paintings: n rows of artist, year. works: by artist."""

    positions: np.ndarray
    paintings: pd.DataFrame
    works: dict[str, int]

    def of(self, artist: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions and the years of one artist's works."""
        rows = (self.paintings["artist"] == artist).to_numpy()
        return self.positions[rows], self.paintings["year"].to_numpy(dtype=np.float64)[rows]


def evaluate_artist(head: ArtistHead, test: TestWorks, *, majority: str) -> dict[str, Any]:
    """Return the figures of the head on works of artists it knows; `majority` is the commonest artist of train."""
    artists = test.paintings["artist"].to_numpy(dtype=str)
    known = np.isin(artists, head.artists)
    probabilities = head.probabilities(test.positions[known])
    labels = head.labels(artists[known])
    return {
        "top1": top_k(probabilities, labels, 1) if known.any() else None,
        "top5": top_k(probabilities, labels, 5) if known.any() else None,
        "n": int(known.sum()),
        "classes": len(head.artists),
        "majority_baseline": float((artists[known] == majority).mean()) if known.any() else None,
        "worst": worst_named(probabilities, labels, head.artists),
    }


def evaluate_dating(comparators: dict[str, Comparator], test: TestWorks, *, min_works: int) -> dict[str, Any]:
    """Return the figures of the comparators, as means over the artists with at least `min_works` dated works.

    `largest` holds the same means over the LARGEST of them, `all_artists` over every artist with a comparator,
    `per_artist` the artists' rows, and `by_gap` the pairs of the artists with `min_works` by the years between works.
    """
    rows, right, pairs = [], np.zeros(len(YEARS_APART)), np.zeros(len(YEARS_APART), dtype=int)
    for artist, comparator in comparators.items():
        positions, years = test.of(artist)
        if not len(years):
            continue
        known = {"artist": artist, "works": test.works[artist], "reference_works": len(comparator.years)}
        estimates, half_widths = comparator.estimate(positions)
        quality = interval_quality(estimates, half_widths, years, median=float(np.median(comparator.years)))
        rows.append({**known, **asdict(quality)})
        if test.works[artist] >= min_works:
            bands = pairs_by_years_apart(estimates, years)
            right, pairs = right + [band.right for band in bands], pairs + [band.pairs for band in bands]
    rows.sort(key=lambda row: (-row["works"], row["artist"]))
    large = [row for row in rows if row["works"] >= min_works]
    by_gap = [
        {
            "from": low,
            "to": high,
            "pairs": int(n),
            "pair_accuracy": float(r / n) if n else None,
        }
        for (low, high), r, n in zip(YEARS_APART, right, pairs, strict=True)
    ]
    told = {"largest": means(large[:LARGEST]), "all_artists": means(rows), "by_gap": by_gap, "per_artist": rows}
    return {"min_works": min_works, **means(large), **told}


def means(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each figure over the artists that have test pairs, its interval, and the number of cases."""
    asked = [row for row in rows if row["pairs"]]
    counts = {"artists": len(asked), "test_works": sum(row["n"] for row in asked)}
    totals = {name: sum(row[name] for row in asked) for name in ("pairs", "ties_excluded")}
    values = {name: [row[name] for row in asked if row[name] is not None] for name in FIGURES}
    told = mean_figures(asked, FIGURES)
    return {**counts, **totals, **told, "intervals": intervals(values)}


def intervals(values: dict[str, list[float]]) -> dict[str, list[float] | None]:
    """Return the 95 % bootstrap interval over artists of each mean, and of the error's ratio to the median year's.

    None where there are fewer than two artists. Efron and Tibshirani 1993, the percentile interval.
    """
    errors, baselines = np.array(values["mae_years"]), np.array(values["mae_years_median_baseline"])
    found: dict[str, list[float] | None] = {name: resampled(np.mean, np.array(v)) for name, v in values.items()}
    found["mae_ratio"] = resampled(lambda a, b, axis: a.mean(axis) / b.mean(axis), errors, baselines)
    return found


def resampled(statistic: Any, *samples: np.ndarray) -> list[float] | None:
    """Return the 95 % interval of a statistic of paired samples, None for fewer than two cases."""
    if len(samples[0]) < 2:
        return None
    result = bootstrap(samples, statistic, paired=True, n_resamples=2000, method="percentile", rng=0)
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]
