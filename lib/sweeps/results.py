"""The results of a sweep: its trials, best first, as a table and as pictures, and the best settings as a file."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from matplotlib.figure import Figure
from ray import tune

from lib.infra import tracking
from lib.infra.atomic import atomic_file, write_json
from lib.sweeps.plots import parallel_coordinates, trials_by_setting
from lib.sweeps.space import Settings, searched, with_tuples


@dataclass(frozen=True)
class Trial:
    """One trial of a sweep.

    value: last reported value of the objective, None before the first report. steps: reports made. error: last line of
    the error of a trial that failed. stage: of the study's protocol.
    """

    settings: Settings
    value: float | None
    steps: int
    seconds: float | None
    error: str | None
    stage: str | None = None

    @property
    def score(self) -> float:
        """Return the value, negative infinity before the first report."""
        return -math.inf if self.value is None else self.value

    def has(self, settings: Mapping[str, Any]) -> bool:
        """Return whether the trial has all of these settings."""
        return all(self.settings[name] == value for name, value in with_tuples(settings).items())


def trials_of(results: tune.ResultGrid, space: Mapping[str, Any], *, objective: str) -> list[Trial]:
    """Return the trials, those with most steps first, and of these those with the highest objective."""
    trials = [trial_of(results[number], space, objective=objective) for number in range(len(results))]
    trials.sort(key=lambda trial: str(list(trial.settings.values())))  # Ray changes the order when it resumes a sweep
    return sorted(trials, key=lambda trial: (trial.steps, trial.score), reverse=True)


def trial_of(result: tune.Result, space: Mapping[str, Any], *, objective: str) -> Trial:
    """Return the trial of a result of Ray Tune."""
    metrics = result.metrics or {}
    # A trial that failed before the sweep was resumed has no metrics, in which Ray looks for its settings.
    settings = with_tuples(result.config or stored_settings(result))
    return Trial(
        settings={name: settings.get(name) for name in space},
        value=metrics.get(objective),
        steps=metrics.get("training_iteration", 0),
        seconds=metrics.get("time_total_s"),
        error=str(result.error).strip().splitlines()[-1] if result.error else None,
    )


def stored_settings(result: tune.Result) -> Settings:
    """Return the settings that Ray Tune stores in the trial's folder; none for a trial that never started."""
    try:
        with result.filesystem.open_input_file(f"{result.path}/params.json") as file:
            return json.loads(file.read())
    except FileNotFoundError:
        return {}


def table_of(trials: Sequence[Trial], *, objective: str) -> pd.DataFrame:
    """Return a row for each trial: its settings, the objective, steps, seconds, error."""
    return pd.DataFrame(
        {
            **trial.settings,
            objective: trial.value,
            "steps": trial.steps,
            "seconds": trial.seconds,
            "error": trial.error,
        }
        for trial in trials
    )


def write_results(
    trials: Sequence[Trial], folder: Path, *, space: Mapping[str, Any], objective: str, steps: int, run: str
) -> None:
    """Write best.json, trials.csv and pictures into the sweep's folder and its MLflow run.

    trials: best first. steps: of a trial that is not stopped. run: id of the MLflow run.
    """
    write_json(folder / "best.json", trials[0].settings)
    table = table_of(trials, objective=objective)
    write_table(table, folder / "trials.csv")
    names = ["best.json", "trials.csv"]
    varied = [name for name in searched(space) if table[name].nunique() > 1]
    if varied:
        for name, draw in (("trials.png", trials_by_setting), ("parallel.png", parallel_coordinates)):
            write_picture(draw(table, settings=varied, objective=objective, steps=steps), folder / name)
            names.append(name)
    with mlflow.start_run(run_id=run):
        mlflow.log_metrics({f"best_{objective}": trials[0].score, "trials": len(trials)})
        for name in names:
            tracking.log_file(folder / name)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV."""
    with atomic_file(path) as aside:
        table.to_csv(aside, index=False)


def write_picture(picture: Figure, path: Path) -> None:
    """Write a picture as PNG."""
    with atomic_file(path) as aside:
        picture.savefig(aside, format="png", dpi=110)
