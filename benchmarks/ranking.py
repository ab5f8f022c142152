"""python benchmarks/ranking.py --dataset DATASET --out FOLDER

Compare the optimizers of the study's protocol (tune_spaces/artist.py) twice with the same settings, on 5 artists x 100
works and on all artists, and print how well the one ranking predicts the other. Resumable.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import tyro
from scipy.stats import kendalltau

from lib.attribution.train import artist_plan
from lib.data.dataset import Dataset
from lib.data.subsets import ensure_subset
from lib.infra import tracking
from lib.infra.cluster import connect
from lib.sweeps.artist import (
    OBJECTIVE,
    STUDY_ARTISTS,
    STUDY_WORKS,
    length_of,
    plans_of,
    prepare,
    try_settings,
    val_baseline,
)
from lib.sweeps.protocol import run_points
from lib.sweeps.space import trial_resources
from lib.sweeps.sweep import Sweep
from tune_spaces.artist import FIXED, NETWORKS, OPTIMIZERS

EXPERIMENT = "oeuvre-tune-artist"


@dataclass
class Ranking:
    """Options of benchmarks/ranking.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder that the results are written to."""
    trainable: str = "last_block"
    """Part of the study's first network that is trained."""
    epochs: int = 8
    """Epochs of each trial."""
    views: int = 8
    """Random views of each work whose activations are cached."""


def main(config: Ranking) -> None:
    """Compare on both and print the figures and Kendall's tau between them."""
    tracking.use_experiment(EXPERIMENT)
    connect()
    folder = config.dataset.absolute()
    subset_folder = ensure_subset(folder, artists=STUDY_ARTISTS, works_per_artist=STUDY_WORKS)
    dataset, subset = Dataset.open(folder), Dataset.open(subset_folder)
    few, every = top1_by_optimizer(config, subset, name="few"), top1_by_optimizer(config, dataset, name="all")
    print(pd.DataFrame({"few": few, "all": every}).sort_values("all", ascending=False).round(4).to_string())
    print(f"Kendall's tau between the two: {kendalltau(few, every.loc[few.index]).statistic:.2f}")


def top1_by_optimizer(config: Ranking, dataset: Dataset, *, name: str) -> pd.Series:
    """Return the val top-1 by optimizer, and print it beside the baseline."""
    settings = {**FIXED, **NETWORKS[0], "trainable": config.trainable, "views": config.views}
    base = artist_plan(dataset)
    prepare(plans_of(base, settings))
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=config.out.absolute() / name,
        data=base.fingerprint,
        objective=OBJECTIVE,
        space=length_of(config.epochs),
        first=[],
        trials=0,  # of a search; here all points are given
        minutes=0,
        resources=trial_resources(trials_per_gpu=1),
        steps=config.epochs,
        grace=config.epochs,
    )
    points = [{**settings, "optimizer": optimizer} for optimizer in OPTIMIZERS]
    trials = run_points(try_settings, points, sweep, shared={"base": base})
    baseline, works = val_baseline(dataset, base.artists)
    print(f"{name}: {len(base.artists)} artists, {works} val works, {baseline:.3f} for always the commonest artist")
    return pd.Series({trial.settings["optimizer"]: trial.value for trial in trials})


if __name__ == "__main__":
    main(tyro.cli(Ranking, description=__doc__))
