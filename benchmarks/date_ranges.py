"""python benchmarks/date_ranges.py --dataset DATASET --dates dates.csv

What is it worth to learn from dates that are ranges? Five-fold cross-validation on train and val works whose years are
exact: a share of the years that comparators learn from is replaced by ranges of the widths that museums give, with the
true year anywhere in them. The comparators then learn from the exact years, from the ranges, from their midpoints, from
their first years, or from the other works alone; the held-out works keep their exact years. The kernel is chosen anew
each time from what is left of the dates. Prints a table; no test work is touched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tyro

from lib.data.embeddings import Embeddings, read_embeddings
from lib.data.paintings import years_of
from lib.dating.comparator import FEWEST_WORKS, fit_comparator
from lib.dating.kernel import NARROW, choose_kernel
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


@dataclass(frozen=True)
class ArtistWorks:
    """Works of one artist. positions: (n, n), which have the distances of the style space. years, folds: (n,).

    ranges: by share, of the n works.
    """

    artist: str
    positions: np.ndarray
    years: np.ndarray
    folds: np.ndarray
    ranges: dict[float, Years]

    def learned(self, way: int, *, share: float, fold: int) -> tuple[np.ndarray, Years]:
        """Return positions and years of what a comparator learns from in one of WAYS, by number, outside a fold."""
        ranges = self.ranges[share]
        rows = (self.folds != fold) & ((ranges.widths == 0) | (WAYS[way] != "left out"))
        taken = (Years.exact(self.years), ranges, Years.exact(ranges.midpoints), Years.exact(ranges.earliest), ranges)
        return self.positions[rows], taken[way][rows]


def main(config: DateRanges) -> None:
    """Print pair accuracy and error by share and way."""
    seen = read_embeddings(config.dataset, config.backbone).outside_test().finite()
    seen = seen.where(years_of(seen.paintings).widths == 0)
    widths = museum_widths(config.dates)
    print(
        f"{len(seen.paintings)} works; widths of ranges: median {np.median(widths):.0f}, mean {widths.mean():.1f} years"
    )
    space = fit_style_space(seen.matrix, parts=seen.manifest.parts, tilt=TILT)
    artists = list(works_by_artist(seen, space.positions(seen.matrix), widths, config))
    for share in config.shares:
        rows = [row for fold in range(FOLDS) for row in date_fold(artists, share=share, fold=fold)]
        print_table(pd.DataFrame(rows), share=share)


def works_by_artist(
    seen: Embeddings, positions: np.ndarray, widths: np.ndarray, config: DateRanges
) -> Iterator[ArtistWorks]:
    """Yield the works of each artist that is measured; positions: (works, d) of all works of `seen`."""
    random = np.random.default_rng(config.seed)
    years = years_of(seen.paintings).midpoints
    for artist, rows in seen.paintings.groupby("artist").indices.items():
        if len(rows) < config.min_works:
            continue
        left, scale, _ = np.linalg.svd(positions[rows] - positions[rows].mean(axis=0), full_matrices=False)
        yield ArtistWorks(
            artist=str(artist),
            positions=left * scale,
            years=years[rows],
            folds=random.permutation(len(rows)) % FOLDS,
            ranges={share: draw_ranges(years[rows], widths, share=share, random=random) for share in config.shares},
        )


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


def date_fold(artists: Sequence[ArtistWorks], *, share: float, fold: int) -> Iterator[dict[str, float | str]]:
    """Yield the figures of each artist's works of a fold, dated in each way by the works of the other folds."""
    for number, way in enumerate(WAYS):
        learned = [works.learned(number, share=share, fold=fold) for works in artists]
        narrow = [
            (positions[rows], years.midpoints[rows])
            for positions, years in learned
            for rows in [years.widths <= NARROW]
        ]
        kernel = choose_kernel(narrow)
        for works, (positions, years) in zip(artists, learned, strict=True):
            held_out = works.folds == fold
            exact, median = Years.exact(works.years[held_out]), float(np.median(works.years[~held_out]))
            if not exact.are_ordered:
                continue
            estimates = np.full(len(exact), median)
            if len(years) >= FEWEST_WORKS and years.are_ordered:
                comparator = fit_comparator(positions, years, kernel=kernel).comparator
                estimates = comparator.estimate(works.positions[held_out])[0]
            quality = dating_quality(estimates, exact, median=median)
            yield {
                "way": way,
                "artist": works.artist,
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
