"""Train the comparator of one artist: what the workers of jobs/train_per_artist.py run."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.data.dataset import Embeddings
from lib.dating.comparator import NOISE, Comparator, Fit, Kernel, fit_comparator, loo_errors
from lib.dating.trend import Trend, TrendAccuracy, deviation_of, fit_trends, judge_trends, trend_comparator
from lib.features.style_space import StyleSpace
from lib.models.store import Card, comparator_folder, write_comparator
from lib.stats.metrics import mean_absolute_error, order_quality

TREND_SHARE = 0.5  # of what the trend of all artists says, chosen by cross-validation (docs/dating.md)


@dataclass(frozen=True)
class Works:
    """One artist's train and val works: positions (n, d) in the style space, n rows of painting_id, year, circa, split.

    trend: of all other artists.
    """

    artist: str
    positions: np.ndarray
    paintings: pd.DataFrame
    trend: Trend


def choose_artists(paintings: pd.DataFrame, *, most: int, min_works: int) -> tuple[list[str], dict[str, str]]:
    """Return the artists to train, most works first, and the reason for each that is skipped.

    paintings: artist, year, split of every painting. Of the `most` artists with most works, those are
    skipped that have fewer than `min_works` works outside the test split, or only one year there.
    """
    ranked = paintings["artist"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:most]
    chosen, skipped = [], {}
    for artist in ranked:
        years = paintings["year"][(paintings["artist"] == artist) & (paintings["split"] != "test")]
        if len(years) < min_works:
            skipped[artist] = f"{len(years)} works to learn from, fewer than {min_works}"
        elif years.nunique() < 2:
            skipped[artist] = f"all {len(years)} works to learn from are of the year {years.iloc[0]}"
        else:
            chosen.append(artist)
    return chosen, skipped


def train_comparator(folder: Path, works: Works, *, kernel: Kernel, recipe: Card) -> Card:
    """Fit, measure on val, fit again on train and val, and write the bundle; return its card.

    The figures on val come from a fit to train alone. Raises ValueError where the works cannot be ordered.
    """
    start = time.monotonic()
    years = works.paintings["year"].to_numpy(dtype=np.float64)
    val = (works.paintings["split"] == "val").to_numpy()
    fit = fit_works(works, np.ones(len(years), dtype=bool), kernel=kernel)
    errors = loo_errors(works.positions, years, gamma=kernel.gamma)
    card = {
        **about(works, recipe=recipe),
        "scope": "own",
        "noise_path": [{"noise": noise, "error_years": float(e)} for noise, e in zip(NOISE, errors, strict=True)],
        "loo": quality(fit.loo, years, median=float(np.median(years))),
        "val": quality_on_val(works, val=val, kernel=kernel),
        "reference_works": works.paintings["painting_id"].tolist(),
        "seconds": round(time.monotonic() - start, 3),
    }
    write_comparator(folder, fit.comparator, card=card)
    return card


def fit_works(works: Works, rows: np.ndarray, *, kernel: Kernel) -> Fit:
    """Fit to the works of some rows (n,); the trend of the other artists takes part."""
    positions = works.positions[rows].astype(np.float32)
    years = works.paintings["year"].to_numpy(dtype=np.float64)[rows]
    circa = works.paintings["circa"].to_numpy(dtype=bool)[rows]
    trend = TREND_SHARE * deviation_of(years) * works.trend.direction
    return fit_comparator(positions, years, kernel=kernel, circa=circa, trend=trend)


def about(works: Works, *, recipe: Card) -> Card:
    """Return what the card of every comparator says."""
    years, counts = works.paintings["year"], works.paintings["split"].value_counts()
    return {
        "artist": works.artist,
        "recipe": recipe,
        "works": {split: int(counts.get(split, 0)) for split in ("train", "val")},
        "first_year": int(years.min()),
        "last_year": int(years.max()),
    }


def write_by_trend(folder: Path, works: Works, *, accuracy: TrendAccuracy, recipe: Card) -> None:
    """Write the bundle of an artist whose works are too few for a comparator of their own: the trend of all artists."""
    years = works.paintings["year"].to_numpy(dtype=np.float64)
    comparator = trend_comparator(works.trend, works.positions.astype(np.float32), years, accuracy=accuracy)
    loo = dict.fromkeys(("pair_accuracy", "mae_years", "mae_years_median_baseline"))
    write_comparator(
        folder,
        comparator,
        card={**about(works, recipe=recipe), "scope": "all artists", "loo": loo, "reference_works": []},
    )


def works_of(artist: str, seen: Embeddings, *, space: StyleSpace, trend: Trend) -> Works:
    """Return the works of `artist` among those outside the test split, in the style space."""
    rows = (seen.paintings["artist"] == artist).to_numpy()
    paintings = seen.paintings.loc[rows, ["painting_id", "year", "circa", "split"]]
    positions = space.positions(seen.matrix[rows]).astype(np.float16)  # as the bundle keeps them
    return Works(artist=artist, positions=positions, paintings=paintings, trend=trend)


def fit_all_trends(seen: Embeddings, *, space: StyleSpace) -> tuple[dict[str, Trend], TrendAccuracy]:
    """Return the trend of all other artists for each artist, and how well such trends date.

    seen: works outside the test split whose embeddings are finite.
    """
    positions, years = space.positions(seen.matrix), seen.paintings["year"].to_numpy(dtype=np.float64)
    works = {str(a): (positions[rows], years[rows]) for a, rows in seen.paintings.groupby("artist").indices.items()}
    everybody, others = fit_trends(works)
    return defaultdict(lambda: everybody, others), judge_trends(works, others)


def write_trends(
    artists: list[str],
    seen: Embeddings,
    *,
    space: StyleSpace,
    trends: dict[str, Trend],
    accuracy: TrendAccuracy,
    models: Path,
    recipe: Card,
) -> None:
    """Write the comparators of artists with too few works for their own; seen: as fit_all_trends() takes them."""
    for artist in artists:
        works = works_of(artist, seen, space=space, trend=trends[artist])
        if len(works.paintings):
            write_by_trend(comparator_folder(models, artist), works, accuracy=accuracy, recipe=recipe)


def quality_on_val(works: Works, *, val: np.ndarray, kernel: Kernel) -> Card | None:
    """Return the figures on val of a comparator fitted to train alone, None where that is not possible."""
    years = works.paintings["year"].to_numpy(dtype=np.float64)
    if not val.any() or (~val).sum() < 3 or len(set(years[~val])) < 2:
        return None
    return quality_of(fit_works(works, ~val, kernel=kernel).comparator, works.positions[val], years[val])


def quality_of(comparator: Comparator, positions: np.ndarray, years: np.ndarray) -> Card:
    """Return the figures of a comparator on works (n, d) whose years (n,) are known."""
    return judged(*comparator.estimate(positions), years, median=float(np.median(comparator.years)))


def judged(estimates: np.ndarray, half_widths: np.ndarray, years: np.ndarray, *, median: float) -> Card:
    """Return order, year and interval figures of estimates (n,) and half widths (n,) of their intervals."""
    covered = float((np.abs(estimates - years) <= half_widths).mean())
    return {**quality(estimates, years, median=median), "interval_coverage": covered}


def quality(estimates: np.ndarray, years: np.ndarray, *, median: float) -> Card:
    """Return order and year figures of estimates (n,), beside the baseline that always answers `median`."""
    return {
        "n": len(years),
        **asdict(order_quality(estimates, years)),
        "mae_years": mean_absolute_error(estimates, years),
        "mae_years_median_baseline": mean_absolute_error(np.full(len(years), median), years),
    }


def share(artists: Sequence[Any], *, rank: int, workers: int) -> Sequence[Any]:
    """Return what worker `rank` of `workers` does of a list sorted from long to short work."""
    return artists[rank::workers]
