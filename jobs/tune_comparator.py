"""python jobs/tune_comparator.py --dataset DATASET --out SWEEP

Search the settings that all comparators share (tune_spaces/comparator.py) by cross-validation on the works outside
the test split, with Ray Tune. Writes SWEEP/best.json, which jobs/train_per_artist.py takes as --config,
SWEEP/trials.csv and SWEEP/trials.png, and records every trial in MLflow. Resumable.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import NonNegativeInt, PositiveInt

from lib.data.manifest import require_dataset
from lib.data.provenance import TILT
from lib.infra.cli import run
from lib.infra.constraints import PositiveNumber
from lib.infra.errors import UserError
from lib.infra.locks import write_lock

EXPERIMENT = "oeuvre-tune-comparator"


@dataclass
class TuneComparator:
    """Options of jobs/tune_comparator.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder of the results, which also holds an unfinished sweep."""
    trials: PositiveInt = 60
    """Settings to try."""
    minutes: PositiveNumber = 30.0
    """Time limit in minutes; the results are of the trials run by then."""
    min_works: PositiveInt = 30
    """Artists with fewer dated works outside the test split are ignored."""
    seed: NonNegativeInt = 0
    """Random seed of the folds of the cross-validation."""


def main(config: TuneComparator) -> None:
    """Search, and print how much better the best settings are than the defaults."""
    require_dataset(config.dataset)
    from lib.data.dataset import Dataset
    from lib.infra import tracking
    from lib.infra.cluster import connect
    from lib.models.train import fit_space_and_kernel
    from lib.sweeps.comparator import (
        FOLDS,
        OBJECTIVE,
        ComparatorSettings,
        artists_in,
        artists_to_try,
        cross_validate,
        share_distances,
        try_settings,
    )
    from lib.sweeps.space import check_space, types_of
    from lib.sweeps.sweep import Sweep, run_sweep
    from tune_spaces.comparator import SPACE

    check_space(SPACE, types_of(ComparatorSettings))
    dataset = Dataset.open(config.dataset)
    reference = dataset.embedded_works().outside_test().finite
    careers = artists_to_try(reference, min_works=config.min_works)
    if not careers:
        raise UserError(
            f"no artist of {config.dataset} has {config.min_works} works of several years; choose a smaller --min-works"
        )
    style_space, kernel = fit_space_and_kernel(reference, tilt=TILT)
    default = ComparatorSettings(tilt=TILT, gamma=kernel.gamma, noise=kernel.noise)  # of jobs/train_per_artist.py
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=config.out,
        data=dataset.fingerprint,
        objective=OBJECTIVE,
        space=SPACE,
        first=[asdict(default)],
        trials=config.trials,
        minutes=config.minutes,
        resources={"cpu": 1},
        steps=FOLDS,
        grace=1,
        options={"min_works": config.min_works, "seed": config.seed},
    )
    with write_lock(sweep.folder):
        tracking.use_experiment(EXPERIMENT)
        connect()
        artists = sum(batch.paintings["artist"].nunique() for batch in careers)
        print(f"{artists} artists, {config.trials} trials", flush=True)
        batches = share_distances(careers, space=style_space, seed=config.seed)
        trials = run_sweep(try_settings, sweep, shared={"batches": batches})
    *_, default_metrics = cross_validate(artists_in(batches), default)
    best, accuracy = trials[0], default_metrics[OBJECTIVE]
    print(", ".join(f"{name} {value:.4g}" for name, value in best.settings.items()))
    print(f"pair accuracy {best.value:.4f} in cross-validation, {accuracy:.4f} with the default settings")
    print(f"settings: {sweep.folder / 'best.json'}; trials: {sweep.folder / 'trials.csv'}, parallel.png, trials.png")


if __name__ == "__main__":
    run(main, TuneComparator, __doc__)
