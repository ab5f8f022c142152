"""Train the comparator of one artist: what the workers of jobs/train_per_artist.py run."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.data.embeddings import Embeddings
from lib.data.paintings import LEARNED_SPLITS, years_of
from lib.data.provenance import Provenance
from lib.dating.artist_comparator import ArtistComparator, ComparatorMetadata, constants_of, write_comparator
from lib.dating.comparator import FEWEST_WORKS, Comparator, Fit, fit_comparator
from lib.dating.kernel import NARROW, NOISE, Kernel, loo_errors, narrowly_dated
from lib.dating.trend import SharedTrend, Trend, TrendAccuracy, deviation_of, trend_comparator
from lib.features.style_space import StyleSpace
from lib.infra.bundles import slug
from lib.stats.metrics import IntervalQuality, dating_quality, interval_quality
from lib.stats.years import Years

TREND_WEIGHT = 0.5  # of the shared trend in a comparator, chosen by cross-validation (docs/research/dating.md)


@dataclass(frozen=True)
class ArtistWorks:
    """One artist's train and val works.

    positions: (n, d) in the style space. paintings: n rows of painting_id, date, earliest, latest, circa,
    catalogue_columns, split, and the name of the picture where it is known. trend: of all other artists.
    """

    artist: str
    positions: np.ndarray
    paintings: pd.DataFrame
    trend: Trend
    fingerprint: str = ""

    @property
    def years(self) -> Years:
        """Return the years (n) of the works."""
        return years_of(self.paintings)


def comparator_folder(models: Path, artist: str) -> Path:
    """Return the folder of the comparator of `artist`."""
    return models / "comparators" / slug(artist)


def choose_artists(paintings: pd.DataFrame, *, most: int, min_works: int) -> tuple[list[str], dict[str, str]]:
    """Return the artists to train, most works first, and the reason for each that is skipped.

    paintings: artist, earliest, latest, split of every painting. Of the `most` artists with most works, those are
    skipped that have fewer than `min_works` works to learn from, or none that is certainly newer than another.
    """
    ranked = paintings["artist"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:most]
    chosen, skipped = [], {}
    for artist in ranked:
        years = years_of(paintings[(paintings["artist"] == artist) & paintings["split"].isin(LEARNED_SPLITS)])
        if len(years) < min_works:
            skipped[artist] = f"{len(years)} works to learn from, fewer than {min_works}"
        elif not years.are_ordered:
            skipped[artist] = f"all {len(years)} works to learn from may be of the year {years.earliest.max():.0f}"
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
    narrow = works.years.widths <= NARROW
    errors = loo_errors(works.positions[narrow], works.years.midpoints[narrow], gamma=kernel.gamma)
    metadata = ComparatorMetadata(
        **summary_of(works),
        constants=constants_of(fit.comparator),
        provenance=provenance,
        scope="own",
        noise_path=tuple({"noise": noise, "error_years": float(e)} for noise, e in zip(NOISE, errors, strict=True)),
        loo=dating_quality(fit.loo_estimates, works.years, median=float(np.median(works.years.midpoints))),
        val=quality_on_val(works, val=val, kernel=kernel),
        reference_works=tuple(works.paintings["painting_id"]),
        reference_dates=tuple(works.paintings["date"]),
        reference_columns=tuple(json.loads(columns) for columns in works.paintings["catalogue_columns"]),
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
        trend=TREND_WEIGHT * deviation_of(years.midpoints) * works.trend.direction,
    )


def summary_of(works: ArtistWorks) -> dict[str, Any]:
    """Return the fields of ComparatorMetadata that the artist's works decide."""
    counts = works.paintings["split"].value_counts()
    return {
        "artist": works.artist,
        "works": {split: int(counts.get(split, 0)) for split in ("train", "val")},
        "works_fingerprint": works.fingerprint,
        "first_year": int(works.years.midpoints.min()),
        "last_year": int(works.years.midpoints.max()),
        "median_year": float(np.median(works.years.midpoints)),
    }


def write_trend_comparator(
    folder: Path, works: ArtistWorks, *, accuracy: TrendAccuracy, provenance: Provenance
) -> None:
    """Write the comparator of an artist with too few works for a fit: the trend of all other artists."""
    comparator = trend_comparator(
        works.trend, works.positions.astype(np.float32), works.years.midpoints, accuracy=accuracy
    )
    metadata = ComparatorMetadata(
        **summary_of(works), constants=constants_of(comparator), provenance=provenance, scope="all artists"
    )
    write_comparator(folder, ArtistComparator(comparator, metadata))


def works_of(
    artist: str, seen: Embeddings, *, space: StyleSpace, shared: SharedTrend, fingerprint: str = ""
) -> ArtistWorks:
    """Return the works of `artist` among those outside the test split, in the style space.

    fingerprint: of all works of the artist that could be learned from; a bundle keeps it.
    """
    rows = (seen.paintings["artist"] == artist).to_numpy()
    works = seen.where(rows)
    positions = space.positions(works.matrix).astype(np.float16)  # as the bundle keeps them
    careers = narrowly_dated(works, positions=positions.astype(np.float32))
    trend = shared.without(*careers[artist]) if artist in careers else shared.of_all()
    return ArtistWorks(artist, positions, works.paintings, trend, fingerprint)


def quality_on_val(works: ArtistWorks, *, val: np.ndarray, kernel: Kernel) -> IntervalQuality | None:
    """Return the figures on val of a comparator fitted to train alone, None where that is not possible."""
    years = works.years
    if not val.any() or (~val).sum() < FEWEST_WORKS or not years[~val].are_ordered:
        return None
    return quality_of(fit_works(works, ~val, kernel=kernel).comparator, works.positions[val], years[val])


def quality_of(comparator: Comparator, positions: np.ndarray, years: Years) -> IntervalQuality:
    """Return the figures of a comparator on works (n, d) whose years (n) are known."""
    return interval_quality(*comparator.estimate(positions), years, median=float(np.median(comparator.years.midpoints)))
