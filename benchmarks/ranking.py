"""python benchmarks/ranking.py --dataset DATASET --out FOLDER

Compare the optimizers of the study's protocol (tune_spaces/artist.py) twice with the same settings, on 5 artists x 100
works and on all artists, and tell whether the one ranking foretells the other. Started again, it goes on.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import tyro
from scipy.stats import kendalltau

from jobs.train_artist import TrainArtist, plan_of
from jobs.tune_artist import EXPERIMENT, STUDY_ARTISTS, STUDY_WORKS, val_baseline
from lib.data.subsets import ensure_subset
from lib.infra import tracking
from lib.infra.cluster import connect
from lib.sweeps.artist import OBJECTIVE, plans_of, prepare, try_settings
from lib.sweeps.protocol import run_points
from lib.sweeps.sweep import Sweep, trial_resources
from tune_spaces.artist import FIXED, NETWORKS, OPTIMIZERS


@dataclass
class Ranking:
    """Options of benchmarks/ranking.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder that the results are written to."""
    trainable: str = "last_block"
    """What of the study's first network is trained."""
    epochs: int = 8
    """Of each trial."""
    views: int = 8
    """Views of each work that the frozen part is run over."""


def main(config: Ranking) -> None:
    """Compare on both and print the figures and Kendall's tau between them."""
    tracking.use_experiment(EXPERIMENT)
    connect()
    whole = config.dataset.absolute()
    part = ensure_subset(whole, artists=STUDY_ARTISTS, works_per_artist=STUDY_WORKS)
    few, every = figures_of(config, part, name="few"), figures_of(config, whole, name="all")
    print(pd.DataFrame({"few": few, "all": every}).sort_values("all", ascending=False).round(4).to_string())
    print(f"Kendall's tau between the two: {kendalltau(few, every.loc[few.index]).statistic:.2f}")


def figures_of(config: Ranking, dataset: Path, *, name: str) -> pd.Series:
    """Return the val top-1 by optimizer, and print what it stands beside."""
    settings = {**FIXED, **NETWORKS[0], "trainable": config.trainable, "views": config.views}
    base = plan_of(TrainArtist(dataset=dataset, out=config.out), dataset=dataset)
    prepare(plans_of(base, settings))
    decay = (max(1, config.epochs // 2), max(1, 3 * config.epochs // 4))
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=config.out.absolute() / name,
        data=base.fingerprint,
        metric=OBJECTIVE,
        space={"epochs": config.epochs, "early_stopping": 0, "decay_epochs": decay},
        first=[],
        trials=0,  # of a search; here all points are given
        minutes=0,
        resources=trial_resources(per_gpu=1),
        steps=config.epochs,
        grace=config.epochs,
    )
    points = [{**settings, "optimizer": optimizer} for optimizer in OPTIMIZERS]
    rows = run_points(try_settings, points, sweep, shared={"base": base})
    baseline, works = val_baseline(base)
    print(f"{name}: {len(base.artists)} artists, {works} val works, {baseline:.3f} for always the commonest artist")
    return pd.Series({row["optimizer"]: row[OBJECTIVE] for row in rows})


if __name__ == "__main__":
    main(tyro.cli(Ranking, description=__doc__))
