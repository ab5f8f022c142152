"""python benchmarks/ranking.py --dataset DATASET --study SWEEP --out FOLDER

Compare the optimizers on all artists of a dataset, as the first stage of the study's protocol did on some of them
(SWEEP, of jobs/tune_artist.py --protocol study), and tell whether the one ranking foretells the other. Only the
first network of tune_spaces/artist.py is asked. Started again, it goes on.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import tyro
from scipy.stats import kendalltau

from jobs.train_artist import TrainArtist, plan_of
from jobs.tune_artist import EXPERIMENT, val_baseline
from lib import tracking
from lib.artist_trials import METRIC, plans_of, prepare, try_settings
from lib.cluster import connect
from lib.study_protocol import run_points
from lib.sweeps import Sweep, trial_resources
from tune_spaces.artist import FIXED, NETWORKS, OPTIMIZERS


@dataclass
class Ranking:
    """Options of benchmarks/ranking.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    study: Path
    """Folder of a finished study on some of the dataset's artists."""
    out: Path
    """Folder that the results are written to."""
    epochs: int = 8
    """Of each trial; an epoch of all artists has many more steps than one of the study's."""
    views: int = 8
    """Views of each work that the frozen part is run over."""


def main(config: Ranking) -> None:
    """Compare on all artists, and print both figures and Kendall's tau between them."""
    dataset, settings = config.dataset.absolute(), {**FIXED, **NETWORKS[0], "views": config.views}
    base = plan_of(TrainArtist(dataset=dataset, out=config.out), dataset=dataset)
    tracking.use_experiment(EXPERIMENT)
    connect()
    prepare(plans_of(base, settings))
    decay = (max(1, config.epochs // 2), max(1, 3 * config.epochs // 4))
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=config.out.absolute(),
        data=base.fingerprint,
        metric=METRIC,
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
    print(f"all: {len(base.artists)} artists, {works} val works, {baseline:.3f} for always the commonest artist")
    compare(pd.Series({row["optimizer"]: row[METRIC] for row in rows}), study=config.study)


def compare(every: pd.Series, *, study: Path) -> None:
    """Print the val top-1 by optimizer on all artists beside the study's, and Kendall's tau between the two."""
    rows = pd.read_csv(study / "study.csv")
    chosen = rows["stage"] == "1-optimizers"
    for name, value in NETWORKS[0].items():
        chosen &= rows[name] == value
    few = rows[chosen].set_index("optimizer")[METRIC]
    print(pd.DataFrame({"study": few, "all artists": every}).sort_values("all artists", ascending=False).to_string())
    print(f"Kendall's tau between the two: {kendalltau(few, every.loc[few.index]).statistic:.2f}")


if __name__ == "__main__":
    main(tyro.cli(Ranking, description=__doc__))
