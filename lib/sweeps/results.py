"""The results of a sweep: a row for each trial, the best settings as a file, and pictures."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from matplotlib.figure import Figure
from ray import tune
from ray.tune.search.sample import Domain

from lib.infra import tracking
from lib.infra.atomic import atomic_file, write_json
from lib.reports.plots import parallel_coordinates, trials_by_setting

Row = dict[str, Any]  # of one trial: its settings, the metric, steps, seconds, error


def rows_of(results: tune.ResultGrid, space: Mapping[str, Any], *, metric: str) -> list[Row]:
    """Return a row for each trial, best first: those that made most reports before those that were stopped."""
    rows = [row_of(results[number], space, metric=metric) for number in range(len(results))]
    rows.sort(key=lambda row: str([row[name] for name in space]))  # Ray changes the order when a sweep goes on
    return sorted(rows, key=lambda row: (-row["steps"], -(row[metric] if row[metric] is not None else -math.inf)))


def row_of(result: tune.Result, space: Mapping[str, Any], *, metric: str) -> Row:
    """Return a trial's row."""
    figures = result.metrics or {}
    error = str(result.error).strip().splitlines()[-1] if result.error else None
    # A failed trial of an earlier start has no figures, and Ray looks for its settings among them.
    settings = result.config or kept_settings(result)
    return {
        **{name: settings.get(name) for name in space},
        metric: figures.get(metric),
        "steps": figures.get("training_iteration", 0),
        "seconds": figures.get("time_total_s"),
        "error": error,
    }


def kept_settings(result: tune.Result) -> dict[str, Any]:
    """Return the settings that Ray Tune keeps beside the trial; none for one that never began."""
    try:
        with result.filesystem.open_input_file(f"{result.path}/params.json") as file:
            return json.loads(file.read())
    except FileNotFoundError:
        return {}


def write_results(
    rows: Sequence[Row], folder: Path, *, space: Mapping[str, Any], metric: str, steps: int, run: str
) -> None:
    """Write best.json, trials.csv and pictures into the sweep's folder and its MLflow run.

    rows: best first. steps: of a whole trial. run: id of the MLflow run.
    """
    write_json(folder / "best.json", {name: rows[0][name] for name in space})
    table = pd.DataFrame(rows)
    with atomic_file(folder / "trials.csv") as aside:
        table.to_csv(aside, index=False)
    searched = [name for name, domain in space.items() if isinstance(domain, Domain) and table[name].nunique() > 1]
    names = ["best.json", "trials.csv"]
    if searched:
        write_picture(trials_by_setting(table, settings=searched, metric=metric, steps=steps), folder / "trials.png")
        picture = parallel_coordinates(table, settings=searched, metric=metric, steps=steps)
        write_picture(picture, folder / "parallel.png")
        names += ["trials.png", "parallel.png"]
    with mlflow.start_run(run_id=run):
        mlflow.log_metrics({f"best_{metric}": float(rows[0][metric]), "trials": len(rows)})
        for name in names:
            tracking.log_file(folder / name)


def write_picture(picture: Figure, path: Path) -> None:
    """Write a picture as PNG."""
    with atomic_file(path) as aside:
        picture.savefig(aside, format="png", dpi=110)
