"""Run a Ray Tune sweep that can be stopped and gone on with; every trial is an MLflow run under the sweep's run."""

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from pydantic import TypeAdapter, ValidationError
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch
from ray.tune.search.sample import Categorical, Domain, Float, Integer

from lib.infra.atomic import make_folder, read_json, write_json
from lib.infra.cluster import cores_each, gpus
from lib.infra.errors import UserError
from lib.infra.paths import ray_storage
from lib.sweeps.results import Row, rows_of, write_results

STATE_SECONDS = 1  # between two copies of Tune's state: the trials that end in one are lost when the sweep is killed


@dataclass(frozen=True)
class Sweep:
    """What to search, and for how long.

    experiment: of MLflow. folder: for the trials and the results. data: what the trials learn from, by its
    fingerprint. metric: to be made large. space: Ray Tune
    expressions, or plain values, by name. first: settings that are tried first, so far as the space has them.
    resources: of one trial, as Ray Tune takes them. steps: reports of a whole trial. grace: reports that every trial
    may make before it can be stopped. parent: MLflow run that the sweep's own is under, if any.
    """

    experiment: str
    folder: Path
    data: str
    metric: str
    space: Mapping[str, Any]
    first: Sequence[Mapping[str, Any]]
    trials: int
    minutes: float
    resources: Mapping[str, float]
    steps: int
    grace: int
    parent: str | None = None


def check_space(space: Mapping[str, Any], kinds: Mapping[str, Any]) -> None:
    """Raise UserError for a name that is not in `kinds`, or a value that is not of the type given there."""
    for name, domain in space.items():
        if name not in kinds:
            alike = get_close_matches(name, list(kinds), n=3, cutoff=0.0)
            raise UserError(f"the space names {name!r}, which is no setting; did you mean {', '.join(alike)}?")
        for value in values_of(domain):
            try:
                TypeAdapter(kinds[name]).validate_python(value, strict=not isinstance(value, list))
            except ValidationError as error:
                raise UserError(f"the space lets {name!r} be {value!r}: {error.errors()[0]['msg']}") from error


def values_of(domain: Any) -> list[Any]:
    """Return the values that a Ray Tune expression can take, of a range its ends; of a plain value itself."""
    if isinstance(domain, Categorical):
        return list(domain.categories)
    if isinstance(domain, Float | Integer):
        return [domain.lower, domain.upper - 1 if isinstance(domain, Integer) else domain.upper]
    return [domain]


def point_of(space: Mapping[str, Any], wish: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for all that is searched: the one wished for, where the space has it, else the first it has."""
    searched = {name: domain for name, domain in space.items() if isinstance(domain, Domain)}
    return {
        name: wish[name] if name in wish and domain.is_valid(wish[name]) else values_of(domain)[0]
        for name, domain in searched.items()
    }


def trial_resources(*, per_gpu: int) -> dict[str, float]:
    """Return the share of the cluster that one trial gets: one core, or an even share of a GPU and its cores."""
    if not gpus():
        return {"cpu": 1}
    return {"cpu": cores_each(gpus() * per_gpu, per_gpu=per_gpu), "gpu": 1 / per_gpu}


def run_sweep(trial: Callable[..., None], sweep: Sweep, *, shared: Mapping[str, Any]) -> list[Row]:
    """Run the trials that are missing, record and write the results, and return a row for each trial, best first.

    trial: called with a configuration and `shared`, which is put into Ray's object store once; it reports with
    ray.tune.report. A row has the settings, the metric, steps (reports made), seconds and error. Started again
    after a stop, it runs only trials that are not finished: new ones, those that were stopped, and those whose process
    was killed, for want of memory say. Raises KeyboardInterrupt where it was stopped before its
    end, and UserError where no trial came to its end.
    """
    parent, start = parent_run(sweep), time.monotonic()
    end_stale_runs(parent)
    results = make_tuner(tune.with_parameters(trial, **shared), sweep, parent=parent).fit()
    ended = results.num_terminated + results.num_errors
    if time.monotonic() - start < 60 * sweep.minutes and not len(results) == ended >= sweep.trials:
        raise KeyboardInterrupt
    rows = rows_of(results, sweep.space, metric=sweep.metric)
    if not any(row["steps"] == sweep.steps for row in rows):
        errors = [row["error"] for row in rows if row["error"]]
        reason = f"; one ended with {errors[0]}" if errors else "; give it more --minutes"
        raise UserError(f"none of {len(rows)} trials came to its end{reason}")
    write_results(rows, sweep.folder, space=sweep.space, metric=sweep.metric, steps=sweep.steps, run=parent)
    return rows


def parent_run(sweep: Sweep) -> str:
    """Return the id of the sweep's MLflow run, which a sweep that goes on keeps.

    Raises UserError where the folder holds a sweep of other data, another space or another number of trials.
    """
    path = make_folder(sweep.folder) / "sweep.json"
    space = {name: str(values_of(domain)) for name, domain in sweep.space.items()}
    about = {"data": sweep.data, "space": space, "trials": sweep.trials}
    if not path.is_file():
        tags = {"mlflow.parentRunId": sweep.parent} if sweep.parent else None
        with mlflow.start_run(run_name=sweep.folder.name, tags=tags) as run:
            mlflow.log_params({"data": sweep.data, **space})
        write_json(path, {"run": run.info.run_id, **about})
    begun = read_json(path)
    for name, value in about.items():
        if begun[name] != value:
            raise UserError(f"the sweep in {sweep.folder} was begun with other {name}; give the same, or another --out")
    return begun["run"]


def end_stale_runs(parent: str) -> None:
    """Mark the runs of trials that a killed sweep left open; those that go on get runs of their own."""
    filters = f"tags.`mlflow.parentRunId` = '{parent}' and attributes.status = 'RUNNING'"
    for run in mlflow.search_runs(filter_string=filters, output_format="list"):
        MlflowClient().set_terminated(run.info.run_id, status="KILLED")


def make_tuner(trial: Any, sweep: Sweep, *, parent: str) -> tune.Tuner:
    """Return the tuner of a new sweep, or of the one that was begun in the folder."""
    path = sweep.folder / "trials"
    os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = str(STATE_SECONDS)
    limited = tune.with_resources(trial, dict(sweep.resources))
    kept = ray_storage(path)
    where, store = kept.pop("storage_path"), kept
    if tune.Tuner.can_restore(where, **store):
        print(f"going on with the sweep in {sweep.folder}", flush=True)
        return tune.Tuner.restore(where, limited, param_space=dict(sweep.space), **store)
    recorder = MLflowLoggerCallback(
        tracking_uri=mlflow.get_tracking_uri(),
        experiment_name=sweep.experiment,
        tags={"mlflow.parentRunId": parent},
    )
    first = [point_of(sweep.space, wish) for wish in sweep.first]
    callbacks = [recorder, Progress(sweep.metric, trials=sweep.trials)]
    return tune.Tuner(
        limited,
        param_space=dict(sweep.space),
        tune_config=tune.TuneConfig(
            metric=sweep.metric,
            mode="max",
            num_samples=sweep.trials,
            time_budget_s=60 * sweep.minutes if math.isfinite(sweep.minutes) else None,
            search_alg=OptunaSearch(seed=0, points_to_evaluate=first),
            scheduler=ASHAScheduler(max_t=sweep.steps, grace_period=sweep.grace),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name=path.name,
            **ray_storage(sweep.folder),
            callbacks=callbacks,
            sync_config=tune.SyncConfig(sync_period=STATE_SECONDS),
            verbose=0,
        ),
    )


class Progress(tune.Callback):
    """Prints a line when a trial ends."""

    def __init__(self, metric: str, *, trials: int) -> None:
        """Count to `trials`."""
        self.metric, self.trials, self.ended = metric, trials, 0

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Tell how far the trial came."""
        self.tell(f"{self.metric} {trial.last_result.get(self.metric, float('nan')):.4f}", trial)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Tell that the trial failed."""
        self.tell("failed", trial)

    def tell(self, outcome: str, trial: Any) -> None:
        """Print the line."""
        self.ended += 1
        steps = trial.last_result.get("training_iteration", 0)
        print(f"trial {self.ended} of {self.trials}: {outcome} after {steps} steps", flush=True)
