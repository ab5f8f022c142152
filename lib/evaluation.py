"""Measure the models on works they never saw, beside the baselines that need no model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.attribution import ArtistHead
from lib.comparators import Comparator
from lib.metrics import top_k
from lib.per_artist import quality_of

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
    }


def evaluate_dating(comparators: dict[str, Comparator], test: TestWorks, *, min_works: int) -> dict[str, Any]:
    """Return the figures of the comparators, as means over the artists with at least `min_works` dated works.

    `all_artists` holds the same means over every artist with a comparator, `per_artist` their rows.
    """
    rows = []
    for artist, comparator in comparators.items():
        positions, years = test.of(artist)
        if len(years):
            known = {"artist": artist, "works": test.works[artist], "reference_works": len(comparator.years)}
            rows.append({**known, **quality_of(comparator, positions, years)})
    rows.sort(key=lambda row: (-row["works"], row["artist"]))
    large = [row for row in rows if row["works"] >= min_works]
    return {"min_works": min_works, **means(large), "all_artists": means(rows), "per_artist": rows}


def means(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each figure over the artists that have test pairs, and the number of cases."""
    asked = [row for row in rows if row["pairs"]]
    counts = {"artists": len(asked), "test_works": sum(row["n"] for row in asked)}
    totals = {name: sum(row[name] for row in asked) for name in ("pairs", "ties_excluded")}
    values = {name: [row[name] for row in asked if row[name] is not None] for name in FIGURES}
    return {**counts, **totals, **{name: float(np.mean(v)) if v else None for name, v in values.items()}}
