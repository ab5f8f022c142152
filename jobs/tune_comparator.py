"""python jobs/tune_comparator.py --dataset DATASET --out SWEEP

Search the settings that all comparators share (tune_spaces/comparator.py) by cross-validation on the works outside
the test split, with Ray Tune. Writes SWEEP/best.json, which jobs/train_per_artist.py takes as --config,
SWEEP/trials.csv and SWEEP/trials.png, and records every trial in MLflow. Started again, it goes on where it stopped.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_type_hints

from ray import tune

from lib.data.dataset import read_embeddings
from lib.features.style_space import TILT
from lib.infra import tracking
from lib.infra.atomic import write_lock
from lib.infra.cli import run
from lib.infra.cluster import connect, durable_path
from lib.infra.errors import UserError
from lib.models.train import fit_space_and_kernel
from lib.sweeps.comparator import FOLDS, Distances, Settings, distances_by_artist, try_settings
from lib.sweeps.results import Row
from lib.sweeps.sweep import Sweep, check_space, run_sweep
from tune_spaces.comparator import SPACE

EXPERIMENT = "oeuvre-tune-comparator"


@dataclass
class TuneComparator:
    """Options of jobs/tune_comparator.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder that the results are written to, and in which an unfinished sweep is kept."""
    backbone: str = "efficientnet_lite0"
    """Embeddings to use."""
    trials: int = 60
    """Settings to try."""
    minutes: float = 30.0
    """Stop after this many minutes, with what was tried."""
    min_works: int = 30
    """Artists with fewer dated works than this outside the test split have no say."""
    seed: int = 0
    """Of the folds of the cross-validation."""


def main(config: TuneComparator) -> None:
    """Search, and tell how much better the best settings are than the present ones."""
    check_space(SPACE, get_type_hints(Settings, include_extras=True))
    embeddings = read_embeddings(durable_path(config.dataset, option="--dataset"), config.backbone)
    seen = embeddings.outside_test().finite()
    artists = distances_by_artist(seen, min_works=config.min_works, seed=config.seed)
    if not artists:
        raise UserError(f"no artist of {config.dataset} has {config.min_works} works of several years to try with")
    kernel = fit_space_and_kernel(seen, tilt=TILT)[1]
    present = Settings(tilt=TILT, gamma=kernel.gamma, noise=kernel.noise)  # of jobs/train_per_artist.py
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=durable_path(config.out, option="--out"),
        data=embeddings.manifest["dataset"],
        metric="pair_accuracy",
        space=SPACE,
        first=[asdict(present)],
        trials=config.trials,
        minutes=config.minutes,
        resources={"cpu": 1},
        steps=FOLDS,
        grace=1,
    )
    with write_lock(sweep.folder):
        tracking.use_experiment(EXPERIMENT)
        connect()
        print(f"{len(artists)} artists, {config.trials} trials", flush=True)
        rows = run_sweep(trial, sweep, shared={"artists": artists})
    tell(rows[0], sweep, before=list(try_settings(artists, present))[-1])


def trial(settings: dict[str, Any], artists: list[Distances]) -> None:
    """Tune trial: report the figures after each fold."""
    for figures in try_settings(artists, Settings(**settings)):
        tune.report(figures)


def tell(best: Row, sweep: Sweep, *, before: dict[str, float]) -> None:
    """Print the best settings beside the present ones."""
    folder = sweep.folder
    print(", ".join(f"{name} {best[name]:.4g}" for name in sweep.space))
    print(f"pair accuracy {best[sweep.metric]:.4f} in cross-validation, {before[sweep.metric]:.4f} as it is now")
    print(f"settings: {folder / 'best.json'}; trials: {folder / 'trials.csv'}, {folder / 'trials.png'}")


if __name__ == "__main__":
    run(main, TuneComparator, __doc__)
