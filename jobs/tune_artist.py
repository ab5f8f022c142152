"""python jobs/tune_artist.py --dataset DATASET --out SWEEP

Search the settings of the artist network (tune_spaces/artist.py) by val top-1, with Ray Tune. The best settings are
SWEEP/best.json, which jobs/train_artist.py takes as --config; all trials are in SWEEP/trials.csv and in MLflow. The
activations of the frozen part of each network are computed once, before the trials. Resumable.
The source study's protocol, on 5 artists x 100 works: --protocol study
For a quick look: --artists 5 --works-per-artist 100 --epochs 5 --trials 6
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import PositiveInt

from lib.data.manifest import require_dataset
from lib.infra.cli import run
from lib.infra.constraints import PositiveNumber
from lib.infra.locks import write_lock

if TYPE_CHECKING:
    from lib.sweeps.sweep import Sweep
    from lib.training.plan import Plan

EXPERIMENT = "oeuvre-tune-artist"


@dataclass
class TuneArtist:
    """Options of jobs/tune_artist.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder of the results, which also holds an unfinished sweep."""
    protocol: Literal["joint", "study"] = "joint"
    """Search all settings together, or compare optimizers, then schedulers, then networks, as the source study did."""
    trials: PositiveInt = 40
    """Settings to try in the joint search."""
    minutes: PositiveNumber = 120.0
    """Time limit of the joint search in minutes; the results are of the trials run by then."""
    epochs: PositiveInt = 12
    """Epochs of a trial that is not stopped early."""
    artists: PositiveInt | None = None
    """Number of artists, those with most works. Default: all; 5 in the study's protocol."""
    works_per_artist: PositiveInt | None = None
    """Maximum number of works of each artist. Default: all; 100 in the study's protocol."""
    trials_per_gpu: PositiveInt = 2
    """Trials that share a GPU. Without GPUs, each trial has a core."""


def main(config: TuneArtist) -> None:
    """Search all settings together, or follow the study's protocol."""
    require_dataset(config.dataset)
    search_jointly(config) if config.protocol == "joint" else follow_study(config)


def search_jointly(config: TuneArtist) -> None:
    """Search all settings together, and print how the best ones compare with the defaults."""
    from lib.attribution.train import artist_plan
    from lib.data.dataset import Dataset
    from lib.data.subsets import ensure_subset
    from lib.sweeps.artist import check_networks, joint_space, plans_of, try_settings, val_baseline
    from lib.sweeps.sweep import run_sweep
    from tune_spaces import artist as spaces

    space = joint_space(spaces.SPACE, epochs=config.epochs)
    folder = ensure_subset(config.dataset, artists=config.artists, works_per_artist=config.works_per_artist)
    dataset = Dataset.open(folder)
    base = artist_plan(dataset)
    plans = plans_of(base, space)
    check_networks(plans)
    with write_lock(config.out):
        sweep = prepare_sweep(config, base, plans, space=space)
        trials = run_sweep(try_settings, sweep, shared={"base": base})
    baseline, works = val_baseline(dataset, base.artists)
    print(f"val top-1 {trials[0].value:.3f} of {works} works, {baseline:.3f} for always the commonest artist")
    defaults = {name: sweep.first[0][name] for name in space if name not in ("epochs", "decay_epochs")}
    for trial in trials:
        if trial.has(defaults) and trial.steps:
            print(f"default settings: {trial.value:.3f} after {trial.steps} of {sweep.steps} epochs")
    print(f"{len(trials)} trials, {sum(trial.seconds or 0 for trial in trials) / 60:.1f} minutes of trials")
    print(f"settings: {sweep.folder / 'best.json'}; trials: {sweep.folder / 'trials.csv'}, parallel.png, trials.png")


def follow_study(config: TuneArtist) -> None:
    """Compare optimizers, schedulers and networks as the source study did, and print the comparison."""
    from lib.attribution.train import artist_plan
    from lib.data.dataset import Dataset
    from lib.data.subsets import ensure_subset
    from lib.sweeps.artist import (
        STUDY_ARTISTS,
        STUDY_WORKS,
        check_networks,
        check_study,
        length_of,
        study_plans,
        try_settings,
        val_baseline,
    )
    from lib.sweeps.protocol import Study, run_study, write_study
    from tune_spaces import artist as spaces

    study = Study(
        networks=spaces.NETWORKS,
        optimizers=spaces.OPTIMIZERS,
        schedulers=spaces.SCHEDULERS,
        seeds=spaces.SEEDS,
        fixed=spaces.FIXED,
    )
    check_study(study)
    folder = ensure_subset(
        config.dataset,
        artists=STUDY_ARTISTS if config.artists is None else config.artists,
        works_per_artist=STUDY_WORKS if config.works_per_artist is None else config.works_per_artist,
    )
    dataset = Dataset.open(folder)
    base = artist_plan(dataset)
    plans = study_plans(base, study)
    check_networks(plans)
    with write_lock(config.out):
        sweep = prepare_sweep(config, base, plans, space=length_of(config.epochs))
        trials = run_study(try_settings, study, sweep, shared={"base": base})
        baseline, works = val_baseline(dataset, base.artists)
        print(write_study(trials, sweep, baseline=baseline, works=works))
    print(f"tables: {sweep.folder / 'study.md'}, study.csv, study.png; the best settings: {sweep.folder / 'best.json'}")


def prepare_sweep(config: TuneArtist, base: "Plan", plans: "list[Plan]", *, space: dict[str, object]) -> "Sweep":
    """Connect to MLflow and Ray, cache the activations of the plans, and return the sweep."""
    from lib.infra import tracking
    from lib.infra.cluster import connect
    from lib.sweeps.artist import OBJECTIVE, prepare
    from lib.sweeps.space import trial_resources
    from lib.sweeps.sweep import Sweep

    tracking.use_experiment(EXPERIMENT)
    connect()
    prepare(plans)
    return Sweep(
        experiment=EXPERIMENT,
        folder=config.out,
        data=base.fingerprint,
        objective=OBJECTIVE,
        space=space,
        first=[asdict(base) | asdict(base.recipe)],
        trials=config.trials,
        minutes=config.minutes,
        resources=trial_resources(trials_per_gpu=config.trials_per_gpu),
        steps=config.epochs,
        grace=max(1, config.epochs // 3),
    )


if __name__ == "__main__":
    run(main, TuneArtist, __doc__)
