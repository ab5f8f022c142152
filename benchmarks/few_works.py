"""python benchmarks/few_works.py --dataset DATASET

Where do few dated works need the help of other artists? Five-fold cross-validation on train and val works: artists with
many works are given only some of them, and the rest of their fold is dated by the artist's own comparator, by that with
the trend of all other artists, and by the trend alone. Prints a table by number of works; no test work is touched.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tyro
from sklearn.metrics import mean_absolute_error

from lib.data.embeddings import read_embeddings
from lib.dating.comparator import fit_comparator
from lib.dating.per_artist import TREND_WEIGHT
from lib.dating.trend import Trend, TrendAccuracy, deviation_of, fit_shared_trend, trend_comparator
from lib.features.style_space import TILT
from lib.models.train import fit_space_and_kernel
from lib.stats.metrics import order_quality
from lib.stats.years import Years

WORKS = (5, 10, 20, 30, 40, 80, 160)
FOLDS = 5


@dataclass
class FewWorks:
    """Options of benchmarks/few_works.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    min_works: int = 48
    """Artists with fewer train and val works than this teach the trend, and are not asked."""
    seed: int = 0
    """Of the folds, and of the works that an artist is given."""


def main(config: FewWorks) -> None:
    """Print pair accuracy and error by number of dated works."""
    seen = read_embeddings(config.dataset, "efficientnet_lite0").outside_test().finite()
    space, kernel = fit_space_and_kernel(seen, tilt=TILT)
    positions, years = space.positions(seen.matrix), seen.paintings["year"].to_numpy(dtype=np.float64)
    groups = {str(artist): np.asarray(rows) for artist, rows in seen.paintings.groupby("artist").indices.items()}
    folds = np.zeros(len(years), dtype=int)
    for number, rows in enumerate(groups.values()):
        folds[rows] = np.random.default_rng([config.seed, number]).permutation(len(rows)) % FOLDS
    found = defaultdict(list)
    for fold in range(FOLDS):
        dated = {artist: rows[folds[rows] != fold] for artist, rows in groups.items()}
        shared = fit_shared_trend(
            {artist: (positions[rows], years[rows]) for artist, rows in dated.items() if len(rows)}
        )
        for number, (artist, rows) in enumerate(groups.items()):
            asked = rows[folds[rows] == fold]
            if len(rows) < config.min_works or len(set(years[asked])) < 2:
                continue
            trend = shared.without(positions[dated[artist]], years[dated[artist]])
            order = np.random.default_rng([config.seed, number, fold]).permutation(dated[artist])
            for works in (n for n in WORKS if n <= len(order) and len(set(years[order[:n]])) > 1):
                given = order[:works]
                for way, scores in ways(positions, years, given=given, asked=asked, trend=trend, kernel=kernel):
                    accuracy = order_quality(scores, Years.exact(years[asked])).pair_accuracy
                    error = mean_absolute_error(years[asked], scores)
                    found[works, way].append({"artist": artist, "pair_accuracy": accuracy, "error": error})
        print(f"fold {fold + 1} of {FOLDS}", flush=True)
    print_table(found)


def ways(positions: np.ndarray, years: np.ndarray, *, given: np.ndarray, asked: np.ndarray, trend: Trend, kernel):  # type: ignore[no-untyped-def]
    """Yield each way to date works `asked` by the works `given` (row numbers), and the years it tells."""
    known = Years.exact(years[given])
    share = TREND_WEIGHT * deviation_of(years[given]) * trend.direction
    yield "own", fit_comparator(positions[given], known, kernel=kernel).comparator.estimate(positions[asked])[0]
    both = fit_comparator(positions[given], known, kernel=kernel, trend=share).comparator
    yield "own and trend", both.estimate(positions[asked])[0]
    alone = trend_comparator(
        trend, positions[given], years[given], accuracy=TrendAccuracy(interval_scale=1, temperature=1)
    )
    yield "trend", alone.estimate(positions[asked])[0]
    yield "median year", np.full(len(asked), np.median(years[given]))


def print_table(found: dict[tuple[int, str], list[dict]]) -> None:
    """Print a row for each number of works: means over artists, each artist's folds first."""
    names = ("own", "own and trend", "trend", "median year")
    print("| dated works | artists |" + "".join(f" {name} |" for name in names))
    print("|---" * (len(names) + 2) + "|")
    for works in WORKS:
        if (works, "own") not in found:
            continue
        means = {name: pd.DataFrame(found[works, name]).groupby("artist").mean() for name in names}
        cells = [f" {100 * m['pair_accuracy'].mean():.1f} %, {m['error'].mean():.2f} years |" for m in means.values()]
        print(f"| {works} | {len(means['own'])} |" + "".join(cells))


if __name__ == "__main__":
    main(tyro.cli(FewWorks, description=__doc__))
