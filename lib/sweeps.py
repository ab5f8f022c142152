"""Run a Ray Tune sweep that can be stopped and gone on with; every trial is an MLflow run under the sweep's run."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

import mlflow
import pandas as pd
from pydantic import TypeAdapter, ValidationError
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch
from ray.tune.search.sample import Categorical, Float, Integer

from lib.errors import UserError
from lib.files import make_folder, read_json, whole_file, write_json
from lib.plots import trials_by_setting


@dataclass(frozen=True)
class Sweep:
    """What to search, and for how long.

    experiment: of MLflow. folder: for the trials and the results. metric: to be made large. space: Ray Tune
    expressions by name. first: settings that are tried first. resources: of one trial, as Ray Tune takes them.
    steps: reports of a whole trial. grace: reports that every trial may make before it can be stopped.
    """

    experiment: str
    folder: Path
    metric: str
    space: Mapping[str, Any]
    first: Mapping[str, Any]
    trials: int
    minutes: float
    resources: Mapping[str, float]
    steps: int
    grace: int


def check_space(space: Mapping[str, Any], kind: type) -> None:
    """Raise UserError for a name that is no field of the dataclass `kind`, or a value that the field cannot have."""
    hints, names = get_type_hints(kind, include_extras=True), [field.name for field in fields(kind)]
    for name, domain in space.items():
        if name not in names:
            alike = get_close_matches(name, names, n=3, cutoff=0.0)
            raise UserError(f"the space names {name!r}, which is no setting; did you mean {', '.join(alike)}?")
        for value in values_of(domain):
            try:
                TypeAdapter(hints[name]).validate_python(value)
            except ValidationError as error:
                raise UserError(f"the space lets {name!r} be {value!r}: {error.errors()[0]['msg']}") from error


def values_of(domain: Any) -> list[Any]:
    """Return the values that a Ray Tune expression can take, of a range its ends; of a plain value itself."""
    if isinstance(domain, Categorical):
        return list(domain.categories)
    if isinstance(domain, Float | Integer):
        return [domain.lower, domain.upper - 1 if isinstance(domain, Integer) else domain.upper]
    return [domain]


def run_sweep(trial: Callable[..., None], sweep: Sweep, *, shared: Mapping[str, Any]) -> pd.DataFrame:
    """Run the trials that are missing, record and write the results, and return the table of trials, best first.

    trial: called with a configuration and `shared`, which is put into Ray's object store once; it reports with
    ray.tune.report. The table has the settings, the metric, steps (reports made), seconds and error. Started again
    after a stop, it runs only trials that are not finished. Raises KeyboardInterrupt where it was stopped before its
    end, and UserError where no trial came to its end.
    """
    parent, start = parent_run(sweep), time.monotonic()
    results = make_tuner(tune.with_parameters(trial, **shared), sweep, parent=parent).fit()
    table = pd.DataFrame([row_of(results[number], sweep) for number in range(len(results))])
    in_time = time.monotonic() - start < 60 * sweep.minutes
    if in_time and (len(table) < sweep.trials or not table.pop("done").all()):
        raise KeyboardInterrupt
    table = table.drop(columns="done", errors="ignore")
    table = table.sort_values(["steps", sweep.metric], ascending=False, ignore_index=True)
    if not (table["steps"] == sweep.steps).any():
        errors = table["error"].dropna()
        reason = f"; one ended with {errors.iloc[0]}" if len(errors) else "; give it more --minutes"
        raise UserError(f"none of {len(table)} trials came to its end{reason}")
    write_results(table, sweep, parent=parent)
    return table


def parent_run(sweep: Sweep) -> str:
    """Return the id of the sweep's MLflow run, which a sweep that goes on keeps.

    Raises UserError where the folder holds a sweep of another number of trials.
    """
    path = make_folder(sweep.folder) / "sweep.json"
    if not path.is_file():
        with mlflow.start_run(run_name=sweep.folder.name) as run:
            mlflow.log_params({name: str(domain) for name, domain in sweep.space.items()})
        write_json(path, {"run": run.info.run_id, "trials": sweep.trials})
    begun = read_json(path)
    if begun["trials"] != sweep.trials:
        raise UserError(f"the sweep in {sweep.folder} has {begun['trials']} trials; give as many, or another --out")
    return begun["run"]


def make_tuner(trial: Any, sweep: Sweep, *, parent: str) -> tune.Tuner:
    """Return the tuner of a new sweep, or of the one that was begun in the folder."""
    path = sweep.folder / "trials"
    limited = tune.with_resources(trial, dict(sweep.resources))
    if tune.Tuner.can_restore(str(path)):
        print(f"going on with the sweep in {sweep.folder}", flush=True)
        return tune.Tuner.restore(str(path), limited, param_space=dict(sweep.space))
    recorder = MLflowLoggerCallback(
        tracking_uri=mlflow.get_tracking_uri(),
        experiment_name=sweep.experiment,
        tags={"mlflow.parentRunId": parent},
    )
    callbacks = [recorder, Progress(sweep.metric, trials=sweep.trials)]
    return tune.Tuner(
        limited,
        param_space=dict(sweep.space),
        tune_config=tune.TuneConfig(
            metric=sweep.metric,
            mode="max",
            num_samples=sweep.trials,
            time_budget_s=60 * sweep.minutes,
            search_alg=OptunaSearch(seed=0, points_to_evaluate=[dict(sweep.first)]),
            scheduler=ASHAScheduler(max_t=sweep.steps, grace_period=sweep.grace),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(name=path.name, storage_path=str(sweep.folder), callbacks=callbacks, verbose=0),
    )


def row_of(result: tune.Result, sweep: Sweep) -> dict[str, Any]:
    """Return a trial's row in the table, and whether it is done."""
    figures = result.metrics or {}
    error = str(result.error).strip().splitlines()[-1] if result.error else None
    # A failed trial of an earlier start has no figures, and Ray looks for its settings among them.
    kept = Path(result.path) / "params.json"  # not there for a trial that never began
    settings = result.config or (read_json(kept) if kept.is_file() else {})
    return {
        **{name: settings.get(name) for name in sweep.space},
        sweep.metric: figures.get(sweep.metric),
        "steps": figures.get("training_iteration", 0),
        "seconds": figures.get("time_total_s"),
        "error": error,
        "done": bool(error or figures.get("done")),
    }


def write_results(table: pd.DataFrame, sweep: Sweep, *, parent: str) -> None:
    """Write best.json, trials.csv and trials.png into the sweep's folder and its MLflow run."""
    best = {name: plain(table.iloc[0][name]) for name in sweep.space}
    write_json(sweep.folder / "best.json", best)
    with whole_file(sweep.folder / "trials.csv") as aside:
        table.to_csv(aside, index=False)
    picture = trials_by_setting(table, settings=list(sweep.space), metric=sweep.metric, steps=sweep.steps)
    with whole_file(sweep.folder / "trials.png") as aside:
        picture.savefig(aside, format="png", dpi=110)
    with mlflow.start_run(run_id=parent):
        mlflow.log_metrics({f"best_{sweep.metric}": float(table.iloc[0][sweep.metric]), "trials": len(table)})
        for name in ("best.json", "trials.csv", "trials.png"):
            mlflow.log_artifact(str(sweep.folder / name))


def plain(value: Any) -> Any:
    """Return a NumPy number as the Python number that JSON knows."""
    return value.item() if hasattr(value, "item") else value


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
