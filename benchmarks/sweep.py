"""python benchmarks/sweep.py

Time a sweep of the artist network whose trials share the activations of the frozen prefix, and the same sweep whose
trials run the prefix themselves on new views in every epoch. Prints trials per hour of both, including
the prefix and Ray's start of the trials, and those of a sweep with a prefix for each trial, computed.
"""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import mlflow
import ray
import tyro
from artist import ARTISTS, paintings_table
from comparison import Comparison, Found, keep
from ray import tune

from lib.data.paintings import write_part
from lib.infra.cluster import connect
from lib.sweeps.artist import OBJECTIVE, prepare, try_settings
from lib.sweeps.space import trial_resources
from lib.sweeps.sweep import Sweep, run_sweep
from lib.training.plan import Plan
from lib.training.recipe import Recipe


@dataclass
class SweepSpeed:
    """Options of benchmarks/sweep.py."""

    trainable: str = "last_block"
    """Part of the network that is trained beside the head."""
    works: int = 320
    """Train works; there are 64 val works beside them."""
    views: int = 8
    """Random views of each work whose activations are cached."""
    epochs: int = 10
    """Epochs of each trial; none is stopped early."""
    trials: int = 6
    """Trials of each kind."""


def main(config: SweepSpeed) -> None:
    """Time both kinds of sweep and keep the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.set_experiment("benchmark")
        connect()
        write_dataset(folder / "dataset", works=config.works)
        ray.get(ray.remote(lambda: None).remote())
        start = time.monotonic()
        prepare([plan_of(config, folder / "dataset", views=config.views)])
        prefix_seconds = time.monotonic() - start
        cached = time_sweep(config, plan_of(config, folder / "dataset", views=config.views), folder / "cached")
        uncached = time_sweep(config, plan_of(config, folder / "dataset", views=0), folder / "uncached")
    shared_prefix, prefix_for_each, prefix_in_every_epoch = (
        [3600 * config.trials / seconds]
        for seconds in (
            cached.seconds + prefix_seconds,
            cached.seconds + prefix_seconds * config.trials,
            uncached.seconds,
        )
    )
    title = f"{config.trials} trials of {config.epochs} epochs, one prefix shared by all"
    keep(
        "sweep",
        Found(
            title="Sweeps of the artist network",
            comparisons=[
                Comparison(title, "a prefix for each trial (computed)", "trials/h", shared_prefix, prefix_for_each),
                Comparison(title, "the prefix run in every epoch", "trials/h", shared_prefix, prefix_in_every_epoch),
            ],
            notes=[
                f"{config.trainable}, {config.works} works. The prefix over {config.views} views took "
                f"{prefix_seconds:.0f} s. One trial, without Ray's part: {cached.trial_seconds:.1f} s on shared "
                f"activations, {uncached.trial_seconds:.1f} s without."
            ],
        ),
    )


@dataclass(frozen=True)
class SweepTime:
    """Wall-clock seconds of a sweep, and median seconds inside one trial."""

    seconds: float
    trial_seconds: float


def plan_of(config: SweepSpeed, dataset: Path, *, views: int) -> Plan:
    """Return the plan that the trials vary."""
    return Plan(
        dataset=dataset,
        fingerprint="benchmark",
        architecture="efficientnet_lite0",
        weights="imagenet",
        trainable=config.trainable,
        fold=True,
        views=views,
        artists=ARTISTS,
        recipe=Recipe(epochs=config.epochs),
    )


def write_dataset(dataset: Path, *, works: int) -> None:
    """Write paintings of random pictures, 64 of them for val."""
    table = paintings_table(works + 64)
    splits = ["train"] * works + ["val"] * 64
    table = table.set_column(table.schema.get_field_index("split"), "split", [splits])
    for number, first in enumerate(range(0, len(table), 64)):
        write_part(dataset / "paintings" / f"part-{number:05}.parquet", table.slice(first, 64))


def time_sweep(config: SweepSpeed, plan: Plan, folder: Path) -> SweepTime:
    """Run a sweep in which no trial is stopped, and return how long it took."""
    sweep = Sweep(
        experiment="benchmark",
        folder=folder,
        data=plan.fingerprint,
        objective=OBJECTIVE,
        space={"learning_rate": tune.loguniform(1e-5, 1e-3), "views": plan.views},
        first=[],
        trials=config.trials,
        minutes=float("inf"),
        resources=trial_resources(trials_per_gpu=1),
        steps=config.epochs,
        grace=config.epochs,
    )
    start = time.monotonic()
    trials = run_sweep(try_settings, sweep, shared={"base": plan})
    trial_seconds = statistics.median(trial.seconds or 0 for trial in trials)
    return SweepTime(seconds=time.monotonic() - start, trial_seconds=trial_seconds)


if __name__ == "__main__":
    main(tyro.cli(SweepSpeed, description=__doc__))
