"""python benchmarks/date_ranges.py --dataset DATASET --dates dates.csv

What is it worth to learn from dates that are ranges? Five-fold cross-validation on train and val works whose years are
exact: a share of the years that comparators learn from is replaced by ranges of the widths that museums give, with the
true year anywhere in them. The comparators then learn from the exact years, from the ranges, from their midpoints, from
their first years, or from the other works alone; the held-out works keep their exact years. The kernel and the trend
are chosen anew each time from what is left of the dates. Prints a table; no test work is touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tyro

from lib.data.dataset import Embeddings, read_embeddings, years_of
from lib.dating.comparator import fit_comparator
from lib.dating.kernel import NARROW, choose_kernel
from lib.dating.per_artist import TREND_WEIGHT
from lib.dating.trend import deviation_of, fit_trends
from lib.features.style_space import TILT, fit_style_space
from lib.stats.metrics import dating_quality
from lib.stats.years import Years

FOLDS = 5
WAYS = ("exact years", "ranges", "midpoints", "first years", "left out")


@dataclass
class DateRanges:
    """Options of benchmarks/date_ranges.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    dates: Path
    """CSV with the columns earliest, latest (years) and works: dates as curators give them."""
    backbone: str = "efficientnet_lite0"
    """Backbone of the embeddings."""
    shares: tuple[float, ...] = (0.3, 0.6, 0.9)
    """Shares of the years that are replaced by ranges, 0 to 1."""
    min_works: int = 48
    """Artists with fewer train and val works than this are not measured."""
    seed: int = 0
    """Random seed of the folds and of the ranges."""


def main(config: DateRanges) -> None:
    """Print pair accuracy and error by share and way."""
    seen = read_embeddings(config.dataset, config.backbone).outside_test().finite()
    seen = seen.where(years_of(seen.paintings).widths == 0)
    widths = museum_widths(config.dates)
    print(
        f"{len(seen.paintings)} works; widths of ranges: median {np.median(widths):.0f}, mean {widths.mean():.1f} years"
    )
    space = fit_style_space(seen.matrix, blocks=list(seen.manifest.blocks), tilt=TILT)
    positions = space.positions(seen.matrix)
    for share in config.shares:
        rows = [
            row for fold in range(FOLDS) for row in date_fold(seen, positions, widths, config, share=share, fold=fold)
        ]
        print_table(pd.DataFrame(rows), share=share)


def museum_widths(path: Path) -> np.ndarray:
    """Return the widths (works,), in years, of the ranges that curators give, one for each work."""
    dates = pd.read_csv(path).dropna(subset=["earliest", "latest"])
    widths = dates["latest"] - dates["earliest"]
    is_range = widths > 0
    return np.repeat(widths[is_range].to_numpy(), dates["works"][is_range].to_numpy())


def draw_ranges(years: np.ndarray, widths: np.ndarray, *, share: float, random: np.random.Generator) -> Years:
    """Return the years (n,), a share of them as ranges of random widths that hold the year anywhere."""
    width = np.where(random.random(len(years)) < share, random.choice(widths, len(years)), 0)
    earliest = years - np.floor(random.random(len(years)) * (width + 1))
    return Years(earliest, earliest + width)


def ways_to_learn(exact: np.ndarray, ranges: Years) -> Iterator[tuple[str, np.ndarray, Years]]:
    """Yield each of WAYS, with the mask of the works that it learns from and their years."""
    everything = np.ones(len(exact), dtype=bool)
    taken = (Years.exact(exact), ranges, Years.exact(ranges.midpoints), Years.exact(ranges.earliest))
    for way, years in zip(WAYS, taken, strict=False):
        yield way, everything, years
    yield WAYS[-1], ranges.widths == 0, ranges


def date_fold(
    seen: Embeddings, positions: np.ndarray, widths: np.ndarray, config: DateRanges, *, share: float, fold: int
) -> Iterator[dict[str, float | str]]:
    """Yield the figures of each artist's works of a fold, dated in each way by the works of the other folds."""
    random = np.random.default_rng([config.seed, round(100 * share)])
    exact = years_of(seen.paintings).midpoints
    ranges = draw_ranges(exact, widths, share=share, random=random)
    groups = {str(artist): np.asarray(rows) for artist, rows in seen.paintings.groupby("artist").indices.items()}
    folds = np.zeros(len(exact), dtype=int)
    for rows in groups.values():
        folds[rows] = random.permutation(len(rows)) % FOLDS
    for way, usable, years in ways_to_learn(exact, ranges):
        learned = {artist: rows[(folds[rows] != fold) & usable[rows]] for artist, rows in groups.items()}
        narrow = {artist: rows[years.widths[rows] <= NARROW] for artist, rows in learned.items()}
        dated = {artist: (positions[rows], years.midpoints[rows]) for artist, rows in narrow.items() if len(rows)}
        kernel, (everybody, trends) = choose_kernel(dated.values()), fit_trends(dated)
        for artist, rows in groups.items():
            queries, known = rows[folds[rows] == fold], years[learned[artist]]
            if len(rows) < config.min_works or not Years.exact(exact[queries]).are_ordered:
                continue
            if len(known) < 3 or not known.are_ordered:
                estimates = np.full(len(queries), np.median(exact[rows]))
            else:
                trend = TREND_WEIGHT * deviation_of(known.midpoints) * trends.get(artist, everybody).direction
                fit = fit_comparator(positions[learned[artist]], known, kernel=kernel, trend=trend)
                estimates = fit.comparator.estimate(positions[queries])[0]
            median = float(np.median(exact[rows[folds[rows] != fold]]))
            quality = dating_quality(estimates, Years.exact(exact[queries]), median=median)
            yield {
                "way": way,
                "artist": artist,
                "pairs": quality.pairs,
                "pair_accuracy": quality.pair_accuracy or 0.0,
                "error": quality.mae_years,
                "of_median": quality.mae_years_median_baseline,
            }


def print_table(rows: pd.DataFrame, *, share: float) -> None:
    """Print a row for each way: means over artists, each artist's folds first."""
    artists = rows.groupby(["way", "artist"]).agg(
        {"pairs": "sum", "pair_accuracy": "mean", "error": "mean", "of_median": "mean"}
    )
    print(f"\n{share:.0%} of the years replaced by ranges; {rows['artist'].nunique()} artists")
    print("| learned from | pairs | pair accuracy | error, years | of the median year's |\n|---|---|---|---|---|")
    for way in WAYS:
        of_way = artists[artists.index.get_level_values("way") == way]
        accuracy, error = of_way["pair_accuracy"].mean(), of_way["error"].mean()
        ratio = error / of_way["of_median"].mean()
        print(f"| {way} | {of_way['pairs'].sum():.0f} | {accuracy:.1%} | {error:.2f} | {ratio:.3f} |", flush=True)


if __name__ == "__main__":
    main(tyro.cli(DateRanges, description=__doc__))
