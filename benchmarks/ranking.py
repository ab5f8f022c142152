"""python benchmarks/ranking.py --dataset DATASET --out FOLDER

Compare the optimizers of the study's protocol (tune_spaces/artist.py) twice, on 5 artists x 100 works and on all
artists, with the same settings, and tell whether the one ranking foretells the other. Started again, it goes on.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import tyro
from scipy.stats import kendalltau

from jobs.train_artist import TrainArtist, plan_of
from jobs.tune_artist import val_baseline
from lib import tracking
from lib.artist_trials import METRIC, plans_of, prepare, try_settings
from lib.cluster import connect
from lib.study_protocol import run_points
from lib.subset_datasets import ensure_subset
from lib.sweeps import Sweep, trial_resources
from tune_spaces import artist as spaces

EXPERIMENT = "oeuvre-tune-artist"


@dataclass
class Ranking:
    """Options of benchmarks/ranking.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder that the results are written to."""
    epochs: int = 8
    """Of each trial."""
    views: int = 8
    """Views of each work that the frozen part is run over."""


def main(config: Ranking) -> None:
    """Compare on both and print the tables and Kendall's tau between them."""
    tracking.use_experiment(EXPERIMENT)
    connect()
    few = figures_of(config, ensure_subset(config.dataset.absolute(), artists=5, works_per_artist=100), name="few")
    every = figures_of(config, config.dataset.absolute(), name="all")
    both = pd.DataFrame({"5 artists x 100": few, "all artists": every}).sort_values("all artists", ascending=False)
    print(both.round(4).to_string())
    print(f"Kendall's tau between the two: {kendalltau(few, every.loc[few.index]).statistic:.2f}")


def figures_of(config: Ranking, dataset: Path, *, name: str) -> pd.Series:
    """Return the val top-1 by optimizer of the first network of the study."""
    base = plan_of(TrainArtist(dataset=dataset, out=config.out), dataset=dataset)
    decay = {"decay_epochs": (max(1, config.epochs // 2), max(1, 3 * config.epochs // 4))}
    settings = {**spaces.FIXED, **spaces.NETWORKS[0], "views": config.views}
    prepare(plans_of(base, settings))
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=config.out.absolute() / name,
        data=base.fingerprint,
        metric=METRIC,
        space={"epochs": config.epochs, "early_stopping": 0, **decay},
        first=[],
        trials=0,
        minutes=0,
        resources=trial_resources(per_gpu=1),
        steps=config.epochs,
        grace=config.epochs,
    )
    points = [{**settings, "optimizer": optimizer} for optimizer in spaces.OPTIMIZERS]
    rows = run_points(try_settings, points, sweep, shared={"base": base})
    baseline, works = val_baseline(base)
    print(f"{name}: {len(base.artists)} artists, {works} val works, {baseline:.3f} for always the commonest artist")
    return pd.Series({row["optimizer"]: row[METRIC] for row in rows})


if __name__ == "__main__":
    main(tyro.cli(Ranking, description=__doc__))
