"""Train the comparator of one artist: what the workers of jobs/train_per_artist.py run."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.comparators import NOISE, Comparator, Kernel, fit_comparator, left_out_errors
from lib.metrics import mean_absolute_error, order_quality
from lib.models import Card, write_comparator


@dataclass(frozen=True)
class Works:
    """One artist's train and val works: positions (n, d) in the style space, n rows of painting_id, year, split."""

    artist: str
    positions: np.ndarray
    paintings: pd.DataFrame


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
    fit = fit_comparator(works.positions, years, kernel=kernel)
    errors = left_out_errors(works.positions, years, sharpness=kernel.sharpness)
    card = {
        "artist": works.artist,
        "recipe": recipe,
        "works": {"train": int((~val).sum()), "val": int(val.sum())},
        "first_year": int(years.min()),
        "last_year": int(years.max()),
        "noise_path": [{"noise": noise, "error_years": float(e)} for noise, e in zip(NOISE, errors, strict=True)],
        "left_out": quality(fit.left_out, years, median=float(np.median(years))),
        "val": quality_on_val(works.positions, years, val=val, kernel=kernel),
        "reference_works": works.paintings["painting_id"].tolist(),
        "seconds": round(time.monotonic() - start, 3),
    }
    write_comparator(folder, fit.comparator, card=card)
    return card


def quality_on_val(positions: np.ndarray, years: np.ndarray, *, val: np.ndarray, kernel: Kernel) -> Card | None:
    """Return the figures on val of a comparator fitted to train alone, None where that is not possible."""
    if not val.any() or (~val).sum() < 3 or len(set(years[~val])) < 2:
        return None
    comparator = fit_comparator(positions[~val], years[~val], kernel=kernel).comparator
    return quality_of(comparator, positions[val], years[val])


def quality_of(comparator: Comparator, positions: np.ndarray, years: np.ndarray) -> Card:
    """Return the figures of a comparator on works (n, d) whose years (n,) are known."""
    estimates, half_widths = comparator.estimate(positions)
    covered = float((np.abs(estimates - years) <= half_widths).mean())
    return {**quality(estimates, years, median=float(np.median(comparator.years))), "interval_coverage": covered}


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
