"""Run a resumable Ray Tune sweep; every trial is an MLflow run under the sweep's run."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch
from tqdm import tqdm

from lib.infra.atomic import read_json, write_json
from lib.infra.errors import UserError
from lib.infra.paths import make_folder, ray_storage
from lib.sweeps.results import Trial, trials_of, write_results
from lib.sweeps.space import point_of, values_of

STATE_SECONDS = 1  # between two copies of Tune's state: the trials that end in one are lost when the sweep is killed

Trainable = Callable[..., None]  # called with the settings of a trial and what all trials share; calls tune.report()


@dataclass(frozen=True)
class Sweep:
    """What to search, and for how long.

    experiment: of MLflow. folder: for the trials and the results. data: fingerprint of what the trials learn from.
    objective: metric to maximise. space: Ray Tune expressions, or plain values, by name. first: settings to try first,
    as far as the space has them. resources: of one trial, as Ray Tune takes them. steps: reports of a trial that is not
    stopped. grace: reports before which no trial is stopped. options: of the job, by name, that decide what the trials
    learn from. parent: MLflow run above the sweep's run, if any.
    """

    experiment: str
    folder: Path
    data: str
    objective: str
    space: Mapping[str, Any]
    first: Sequence[Mapping[str, Any]]
    trials: int
    minutes: float
    resources: Mapping[str, float]
    steps: int
    grace: int
    options: Mapping[str, int] = field(default_factory=dict)
    parent: str | None = None


def run_sweep(trainable: Trainable, sweep: Sweep, *, shared: Mapping[str, Any]) -> list[Trial]:
    """Run the trials that are missing, record and write the results, and return all trials, best first.

    shared: keyword arguments of `trainable`, put into Ray's object store once. A resumed sweep runs new trials, those
    that were interrupted, and those whose process was killed, for example for lack of memory. Raises KeyboardInterrupt
    where the sweep was interrupted, and UserError where no trial ran to its end.
    """
    run, start = sweep_run(sweep), time.monotonic()
    end_stale_runs(run)
    results = make_tuner(tune.with_parameters(trainable, **shared), sweep, run=run).fit()
    out_of_time = time.monotonic() - start >= 60 * sweep.minutes
    if not out_of_time and not is_complete(results, trials=sweep.trials):
        raise KeyboardInterrupt
    trials = trials_of(results, sweep.space, objective=sweep.objective)
    if all(trial.steps < sweep.steps for trial in trials):
        errors = [trial.error for trial in trials if trial.error]
        reason = f"; one failed with {errors[0]}" if errors else "; increase --minutes"
        raise UserError(f"none of {len(trials)} trials ran to its end{reason}")
    write_results(trials, sweep.folder, space=sweep.space, objective=sweep.objective, steps=sweep.steps, run=run)
    return trials


def is_complete(results: tune.ResultGrid, *, trials: int) -> bool:
    """Return whether at least so many trials were started, and all of them ended."""
    ended = results.num_terminated + results.num_errors
    return len(results) >= trials and ended == len(results)


def sweep_run(sweep: Sweep) -> str:
    """Return the id of the sweep's MLflow run, which a resumed sweep keeps.

    Raises UserError where the folder holds a sweep of other data or options, another space or number of trials.
    """
    path = make_folder(sweep.folder) / "sweep.json"
    space = {name: str(values_of(domain)) for name, domain in sweep.space.items()}
    fingerprint_fields = {"data": sweep.data, **sweep.options, "space": space, "trials": sweep.trials}
    if not path.is_file():
        tags = {"mlflow.parentRunId": sweep.parent} if sweep.parent else None
        with mlflow.start_run(run_name=sweep.folder.name, tags=tags) as run:
            mlflow.log_params({"data": sweep.data, **sweep.options, **space})
        write_json(path, {"run": run.info.run_id, **fingerprint_fields})
    stored = read_json(path)
    for name, value in fingerprint_fields.items():
        if stored.get(name) != value:
            raise UserError(
                f"the sweep in {sweep.folder} was started with other {name.replace('_', ' ')}; "
                "give the same, or another --out"
            )
    return stored["run"]


def end_stale_runs(sweep_run_id: str) -> None:
    """Mark the runs of trials that a killed sweep left open; a resumed trial gets a new run."""
    filters = f"tags.`mlflow.parentRunId` = '{sweep_run_id}' and attributes.status = 'RUNNING'"
    for run in mlflow.search_runs(filter_string=filters, output_format="list"):
        MlflowClient().set_terminated(run.info.run_id, status="KILLED")


def make_tuner(trainable: Any, sweep: Sweep, *, run: str) -> tune.Tuner:
    """Return the tuner of a new sweep, or of the unfinished one in the folder. run: id of the sweep's MLflow run."""
    os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = str(STATE_SECONDS)
    with_resources = tune.with_resources(trainable, dict(sweep.resources))
    storage = ray_storage(sweep.folder / "trials")
    path = storage.pop("storage_path")
    if tune.Tuner.can_restore(path, **storage):
        print(f"resuming the sweep in {sweep.folder}", flush=True)
        return tune.Tuner.restore(path, with_resources, param_space=dict(sweep.space), **storage)
    recorder = MLflowLoggerCallback(
        tracking_uri=mlflow.get_tracking_uri(),
        experiment_name=sweep.experiment,
        tags={"mlflow.parentRunId": run},
    )
    first = [point_of(sweep.space, settings) for settings in sweep.first]
    return tune.Tuner(
        with_resources,
        param_space=dict(sweep.space),
        tune_config=tune.TuneConfig(
            metric=sweep.objective,
            mode="max",
            num_samples=sweep.trials,
            time_budget_s=60 * sweep.minutes if math.isfinite(sweep.minutes) else None,
            search_alg=OptunaSearch(seed=0, points_to_evaluate=first),
            scheduler=ASHAScheduler(max_t=sweep.steps, grace_period=sweep.grace),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name="trials",
            **ray_storage(sweep.folder),
            callbacks=[recorder, Progress(sweep.objective, trials=sweep.trials)],
            sync_config=tune.SyncConfig(sync_period=STATE_SECONDS),
            verbose=0,
        ),
    )


class Progress(tune.Callback):
    """Prints a line when a trial ends."""

    def __init__(self, objective: str, *, trials: int) -> None:
        """Count to `trials`."""
        self.objective, self.trials, self.ended = objective, trials, 0

    def setup(self, *_: Any, **__: Any) -> None:
        """Take the time: the sweep begins, or goes on."""
        self.start = time.monotonic()

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Print the objective of the trial."""
        self.print_line(f"{self.objective} {trial.last_result.get(self.objective, float('nan')):.4f}", trial)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Print that the trial failed."""
        self.print_line("failed", trial)

    def print_line(self, outcome: str, trial: Any) -> None:
        """Print the outcome of a trial, the number of its steps, and how long the sweep will take."""
        self.ended += 1
        steps = trial.last_result.get("training_iteration", 0)
        left = tqdm.format_interval((time.monotonic() - self.start) * (self.trials - self.ended) / self.ended)
        print(f"trial {self.ended} of {self.trials}: {outcome} after {steps} steps, {left} left", flush=True)
