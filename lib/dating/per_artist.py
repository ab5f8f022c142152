"""Train the comparator of one artist: what the workers of jobs/train_per_artist.py run."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.data.dataset import LEARNED_SPLITS, Embeddings
from lib.data.provenance import Provenance
from lib.dating.comparator import (
    ArtistComparator,
    Comparator,
    ComparatorMetadata,
    Fit,
    constants_of,
    fit_comparator,
    write_comparator,
)
from lib.dating.kernel import NOISE, Kernel, loo_errors
from lib.dating.trend import Trend, TrendAccuracy, deviation_of, fit_trends, measure_trends, trend_comparator
from lib.features.style_space import StyleSpace
from lib.infra.bundles import slug
from lib.stats.metrics import IntervalQuality, dating_quality, interval_quality

TREND_WEIGHT = 0.5  # of the shared trend in a comparator, chosen by cross-validation (docs/research/dating.md)


@dataclass(frozen=True)
class ArtistWorks:
    """One artist's train and val works.

    positions: (n, d) in the style space. paintings: n rows of painting_id, year, circa, split. trend: of all other
    artists.
    """

    artist: str
    positions: np.ndarray
    paintings: pd.DataFrame
    trend: Trend

    @property
    def years(self) -> np.ndarray:
        """Return the years (n,) of the works."""
        return self.paintings["year"].to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class Trends:
    """The shared trend of all artists, for each artist that of all others, and how well such trends date."""

    everybody: Trend
    others: Mapping[str, Trend]
    accuracy: TrendAccuracy

    def without(self, artist: str) -> Trend:
        """Return the trend of all artists but this one."""
        return self.others.get(artist, self.everybody)


def comparator_folder(models: Path, artist: str) -> Path:
    """Return the folder of the comparator of `artist`."""
    return models / "comparators" / slug(artist)


def choose_artists(paintings: pd.DataFrame, *, most: int, min_works: int) -> tuple[list[str], dict[str, str]]:
    """Return the artists to train, most works first, and the reason for each that is skipped.

    paintings: artist, year, split of every painting. Of the `most` artists with most works, those are skipped that have
    fewer than `min_works` works outside the test split, or works of one year only.
    """
    ranked = paintings["artist"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:most]
    chosen, skipped = [], {}
    for artist in ranked:
        years = paintings["year"][(paintings["artist"] == artist) & paintings["split"].isin(LEARNED_SPLITS)]
        if len(years) < min_works:
            skipped[artist] = f"{len(years)} works to learn from, fewer than {min_works}"
        elif years.nunique() < 2:
            skipped[artist] = f"all {len(years)} works to learn from are of the year {years.iloc[0]}"
        else:
            chosen.append(artist)
    return chosen, skipped


def train_comparator(folder: Path, works: ArtistWorks, *, kernel: Kernel, provenance: Provenance) -> ComparatorMetadata:
    """Fit to train, measure on val, fit again to train and val, and write the bundle; return its metadata.

    Raises ValueError where the works cannot be ordered.
    """
    start = time.monotonic()
    val = (works.paintings["split"] == "val").to_numpy()
    fit = fit_works(works, np.ones(len(val), dtype=bool), kernel=kernel)
    errors = loo_errors(works.positions, works.years, gamma=kernel.gamma)
    metadata = ComparatorMetadata(
        **summary_of(works),
        constants=constants_of(fit.comparator),
        provenance=provenance,
        scope="own",
        noise_path=tuple({"noise": noise, "error_years": float(e)} for noise, e in zip(NOISE, errors, strict=True)),
        loo=dating_quality(fit.loo_estimates, works.years, median=float(np.median(works.years))),
        val=quality_on_val(works, val=val, kernel=kernel),
        reference_works=tuple(works.paintings["painting_id"]),
        seconds=round(time.monotonic() - start, 3),
    )
    write_comparator(folder, ArtistComparator(fit.comparator, metadata))
    return metadata


def fit_works(works: ArtistWorks, rows: np.ndarray, *, kernel: Kernel) -> Fit:
    """Fit to the works where `rows` (n,) is true, with the trend of all other artists."""
    years = works.years[rows]
    return fit_comparator(
        works.positions[rows].astype(np.float32),
        years,
        kernel=kernel,
        circa=works.paintings["circa"].to_numpy(dtype=bool)[rows],
        trend=TREND_WEIGHT * deviation_of(years) * works.trend.direction,
    )


def summary_of(works: ArtistWorks) -> dict[str, Any]:
    """Return the fields of ComparatorMetadata that the artist's works decide."""
    counts = works.paintings["split"].value_counts()
    return {
        "artist": works.artist,
        "works": {split: int(counts.get(split, 0)) for split in ("train", "val")},
        "first_year": int(works.years.min()),
        "last_year": int(works.years.max()),
    }


def write_trend_comparator(
    folder: Path, works: ArtistWorks, *, accuracy: TrendAccuracy, provenance: Provenance
) -> None:
    """Write the comparator of an artist with too few works for a fit: the trend of all other artists."""
    comparator = trend_comparator(works.trend, works.positions.astype(np.float32), works.years, accuracy=accuracy)
    metadata = ComparatorMetadata(
        **summary_of(works), constants=constants_of(comparator), provenance=provenance, scope="all artists"
    )
    write_comparator(folder, ArtistComparator(comparator, metadata))


def works_of(artist: str, seen: Embeddings, *, space: StyleSpace, trend: Trend) -> ArtistWorks:
    """Return the works of `artist` among those outside the test split, in the style space."""
    rows = (seen.paintings["artist"] == artist).to_numpy()
    paintings = seen.paintings.loc[rows, ["painting_id", "year", "circa", "split"]]
    positions = space.positions(seen.matrix[rows]).astype(np.float16)  # as the bundle keeps them
    return ArtistWorks(artist=artist, positions=positions, paintings=paintings, trend=trend)


def fit_all_trends(seen: Embeddings, *, space: StyleSpace) -> Trends:
    """Return the trends of all artists. seen: works outside the test split whose embeddings are finite."""
    positions, years = space.positions(seen.matrix), seen.paintings["year"].to_numpy(dtype=np.float64)
    works = {str(a): (positions[rows], years[rows]) for a, rows in seen.paintings.groupby("artist").indices.items()}
    everybody, others = fit_trends(works)
    return Trends(everybody, others, measure_trends(works, others))


def quality_on_val(works: ArtistWorks, *, val: np.ndarray, kernel: Kernel) -> IntervalQuality | None:
    """Return the figures on val of a comparator fitted to train alone, None where that is not possible."""
    years = works.years
    if not val.any() or (~val).sum() < 3 or len(set(years[~val])) < 2:
        return None
    return quality_of(fit_works(works, ~val, kernel=kernel).comparator, works.positions[val], years[val])


def quality_of(comparator: Comparator, positions: np.ndarray, years: np.ndarray) -> IntervalQuality:
    """Return the figures of a comparator on works (n, d) whose years (n,) are known."""
    return interval_quality(*comparator.estimate(positions), years, median=float(np.median(comparator.years)))
