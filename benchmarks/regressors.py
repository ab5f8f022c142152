"""python benchmarks/regressors.py [--dataset DATASET]

Compare the comparators with what scikit-learn has, on the same embeddings, artists and splits: ridge regression and
kernel ridge regression on the year, their settings searched by cross-validation for each artist. Prints the seconds
that an artist costs on one core, and how well models that learned from the train works order and date the val works.
Without DATASET, the artists are made up.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy starts its own: the methods are compared core by core

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tyro
from comparison import Comparison, Found, keep
from sklearn.compose import TransformedTargetRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from lib.data.descriptor import STATISTICS
from lib.data.embeddings import Embeddings, read_embeddings
from lib.dating.all_artists import fit_all_trends
from lib.dating.kernel import GAMMAS, NOISE, Kernel, scaled_distances
from lib.dating.per_artist import ArtistWorks, choose_artists, fit_works, works_of
from lib.features.backbones import open_network
from lib.features.embedder import Embedder
from lib.features.style_space import TILT
from lib.models.train import fit_space_and_kernel
from lib.stats.metrics import dating_quality
from lib.stats.years import Years
from lib.synthetic.embeddings import write_careers

BACKBONE = "efficientnet_lite0"
RIDGE, KERNEL_RIDGE = "ridge", "kernel ridge"
Dating = Callable[[np.ndarray], np.ndarray]


@dataclass
class Regressors:
    """Options of benchmarks/regressors.py."""

    dataset: Path | None = None
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    artists: int = 100
    """Artists, those with most works."""
    works: int = 289
    """ArtistWorks of each made-up artist; 289 is the mean of the 100 largest artists of Painter by Numbers."""


def main(config: Regressors) -> None:
    """Fit all methods to one artist after another and keep the figures."""
    with tempfile.TemporaryDirectory() as name:
        if config.dataset is None:
            widths = Embedder.of([open_network(BACKBONE)], kinds=STATISTICS).parts()[0].widths
            write_careers(Path(name), artists=config.artists, works=config.works, blocks=widths)
        seen = read_embeddings(config.dataset or Path(name), BACKBONE).outside_test()
    start = time.monotonic()
    works, kernel = prepared(seen, artists=config.artists)
    shared = (time.monotonic() - start) / len(works)
    methods: dict[str, Callable[[ArtistWorks, np.ndarray], Dating]] = {
        "comparator": lambda one, rows: comparator(one, rows, kernel=kernel),
        RIDGE: ridge,
        KERNEL_RIDGE: kernel_ridge,
    }
    rows = [figures(method, fit, one) for one in works for method, fit in methods.items()]
    told = pd.DataFrame([row for row in rows if row])
    told.loc[told["method"] == "comparator", "seconds"] += shared
    keep("regressors" if config.dataset is None else "regressors_real", found(config, told))


def prepared(seen: Embeddings, *, artists: int) -> tuple[list[ArtistWorks], Kernel]:
    """Return the works of each artist with the trend of the others, and the kernel; both chosen on the train works."""
    chosen, _ = choose_artists(seen.paintings, most=artists, min_works=12)
    train = seen.where((seen.paintings["split"] == "train").to_numpy())
    space, kernel = fit_space_and_kernel(train, tilt=TILT)
    trends = fit_all_trends(train, space=space)
    return [works_of(one, seen, space=space, shared=trends.shared) for one in chosen], kernel


def comparator(works: ArtistWorks, rows: np.ndarray, *, kernel: Kernel) -> Dating:
    """Fit ours to some rows of an artist's works."""
    fitted = fit_works(works, rows, kernel=kernel).comparator
    return lambda positions: fitted.estimate(positions)[0]


def ridge(works: ArtistWorks, rows: np.ndarray) -> Dating:
    """Fit ridge regression, its strength chosen by leave-one-out."""
    positions, years = learned(works, rows)
    return RidgeCV(alphas=np.geomspace(1e-4, 1e3, 15)).fit(positions, years).predict


def kernel_ridge(works: ArtistWorks, rows: np.ndarray) -> Dating:
    """Fit kernel ridge regression; the settings tried are the comparators', five-fold cross-validation chooses."""
    positions, years = learned(works, rows)
    scale = scaled_distances(positions)[1]
    grid = {"regressor__alpha": NOISE, "regressor__gamma": [gamma / scale for gamma in GAMMAS]}
    centred = TransformedTargetRegressor(KernelRidge(kernel="rbf"), transformer=StandardScaler())
    return GridSearchCV(centred, grid, cv=5, scoring="neg_mean_squared_error").fit(positions, years).predict


def learned(works: ArtistWorks, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return positions (n, d) and years (n,) of some rows."""
    return works.positions[rows].astype(np.float32), works.paintings["year"].to_numpy(dtype=np.float64)[rows]


def figures(method: str, fit: Callable[[ArtistWorks, np.ndarray], Dating], works: ArtistWorks) -> dict[str, Any] | None:
    """Return the seconds of a fit to the train works and its figures on the val works; None where there are too few."""
    val = (works.paintings["split"] == "val").to_numpy()
    years = works.paintings["year"].to_numpy(dtype=np.float64)
    if not val.any() or (~val).sum() < 10 or len(set(years[~val])) < 2:
        return None
    start = time.monotonic()
    date = fit(works, ~val)
    seconds = time.monotonic() - start
    estimates = date(works.positions[val].astype(np.float32))
    quality = dating_quality(estimates, Years.exact(years[val]), median=float(np.median(years[~val])))
    return {"method": method, "artist": works.artist, "seconds": seconds, **asdict(quality)}


def found(config: Regressors, told: pd.DataFrame) -> Found:
    """Return the comparisons of seconds and of accuracy."""
    columns = {method: told[told["method"] == method].reset_index(drop=True) for method in told["method"].unique()}
    ours, works = columns["comparator"], "real works" if config.dataset else f"{config.works} made-up works each"
    comparisons = []
    for method in (RIDGE, KERNEL_RIDGE):
        theirs, name = columns[method], f"scikit-learn's {method}, its settings searched for each artist"
        comparisons += [
            Comparison(
                f"fitting one artist on one core, {len(ours)} artists, {works}",
                name, "s", ours["seconds"].tolist(), theirs["seconds"].tolist(), fewer=True,
            ),
            Comparison(
                f"pair accuracy on val, {int(ours['pairs'].sum()):,} pairs, {works} (a coin: 0.5)",
                name, "(mean)", [ours["pair_accuracy"].mean()], [theirs["pair_accuracy"].mean()],
            ),
            Comparison(
                f"error on val, {int(ours['n'].sum()):,} works, {works} "
                f"(median year: {ours['mae_years_median_baseline'].mean():.2f})",
                name, "years (mean)", [ours["mae_years"].mean()], [theirs["mae_years"].mean()], fewer=True,
            ),
        ]  # fmt: skip
    return Found(
        title=f"Comparators beside scikit-learn, {works}",
        comparisons=comparisons,
        notes=[
            "Every method sees the same positions in the style space and learns from the train works. The seconds of a "
            "comparator hold its share of the choice of the kernel and of the trend, which all artists make together.",
        ],
    )


if __name__ == "__main__":
    main(tyro.cli(Regressors, description=__doc__))
