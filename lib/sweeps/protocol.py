"""The source study's protocol: compare optimizers, then schedulers with the best optimizer, then networks.

FOLDER/1-optimizers, 2-schedulers, 3-networks   a resumable sweep each
FOLDER/study.csv, study.md, study.png           all trials, and the comparison as tables and as a picture
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from ray import tune

from lib.infra import tracking
from lib.infra.atomic import atomic_file, read_json, write_json
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.reports.markdown import percent, render
from lib.sweeps.plots import STAGES, study_bars
from lib.sweeps.results import Trial, table_of, write_picture, write_table
from lib.sweeps.space import Settings, with_tuples
from lib.sweeps.sweep import Sweep, Trainable, run_sweep


@dataclass(frozen=True)
class Study:
    """What is compared, on top of the settings that are the same in all trials.

    networks: settings of each. fixed: settings of the first stage, among them its scheduler. seeds: the first is that
    of the first two stages; the others repeat the best settings of each network.
    """

    networks: Sequence[Settings]
    optimizers: Sequence[str]
    schedulers: Sequence[str]
    seeds: Sequence[int]
    fixed: Settings


def run_study(trainable: Trainable, study: Study, sweep: Sweep, *, shared: Mapping[str, Any]) -> list[Trial]:
    """Run the missing trials of the three stages, and return all trials, each with its stage.

    sweep: what the stages have in common; its space holds the settings that are the same in all trials. A stage also
    has the best trials of the stage before, which are not run again.
    """
    sweep = replace(sweep, parent=study_run(sweep))

    def run_stage(stage: str, points: list[Settings], earlier: list[Trial]) -> list[Trial]:
        new = run_points(trainable, points, replace(sweep, folder=sweep.folder / stage), shared=shared)
        return [replace(trial, stage=stage) for trial in [*earlier, *new]]

    start = [{**study.fixed, **network, "seed": study.seeds[0]} for network in study.networks]
    optimizers = run_stage("1-optimizers", varied(start, "optimizer", study.optimizers), [])
    best = best_trials(optimizers, study.networks)
    other_schedulers = [scheduler for scheduler in study.schedulers if scheduler != study.fixed["scheduler"]]
    schedulers = run_stage("2-schedulers", varied(points_of(best, sweep), "scheduler", other_schedulers), best)
    best = best_trials(schedulers, study.networks)
    networks = run_stage("3-networks", varied(points_of(best, sweep), "seed", study.seeds[1:]), best)
    return [*optimizers, *schedulers, *networks]


def study_run(sweep: Sweep) -> str:
    """Return the id of the study's MLflow run, which a resumed study keeps."""
    path = make_folder(sweep.folder) / "study.json"
    if not path.is_file():
        with mlflow.start_run(run_name=sweep.folder.name) as run:
            mlflow.log_params(dict(sweep.space))
        write_json(path, {"run": run.info.run_id})
    return read_json(path)["run"]


def run_points(
    trainable: Trainable, points: Sequence[Settings], sweep: Sweep, *, shared: Mapping[str, Any]
) -> list[Trial]:
    """Run a trial of each of these points, none stopped early, and return the trials in the same order.

    A point has all settings that the sweep's space lacks.
    """
    if not points:
        return []
    points = [with_tuples(point) for point in points]
    choices = {name: tune.choice(list(dict.fromkeys(point[name] for point in points))) for name in points[0]}
    points_sweep = replace(
        sweep,
        space={**sweep.space, **choices},
        first=points,
        trials=len(points),
        minutes=float("inf"),
        grace=sweep.steps,
    )
    trials = run_sweep(trainable, points_sweep, shared=shared)
    return sorted(trials, key=lambda trial: points.index({name: trial.settings[name] for name in choices}))


def points_of(trials: Sequence[Trial], sweep: Sweep) -> list[Settings]:
    """Return the settings of trials without those that are the same in all trials of the study."""
    return [{name: value for name, value in trial.settings.items() if name not in sweep.space} for trial in trials]


def varied(points: Sequence[Settings], setting: str, values: Sequence[Any]) -> list[Settings]:
    """Return each point with each value of a setting."""
    return [{**point, setting: value} for point in points for value in values]


def best_trials(trials: Sequence[Trial], networks: Sequence[Settings]) -> list[Trial]:
    """Return the best trial of each network, the first of equal ones.

    Raises UserError where all trials of a network failed.
    """
    best = []
    for network in networks:
        network_trials = [trial for trial in trials if trial.has(network)]
        successful = [trial for trial in network_trials if trial.value is not None and not trial.error]
        if not successful:
            raise UserError(f"all trials of {network_name(network)} failed, one with {network_trials[0].error}")
        best.append(max(successful, key=lambda trial: trial.score))
    return best


def network_name(settings: Mapping[str, Any]) -> str:
    """Return the name of a network in tables."""
    weights = {"none": "from scratch", "imagenet": "pretrained"}.get(
        settings["weights"], Path(settings["weights"]).name
    )
    return f"{settings['architecture']}, {weights}, {settings['trainable']}"


def write_study(trials: Sequence[Trial], sweep: Sweep, *, baseline: float, works: int) -> str:
    """Write the comparison into the study's folder and its MLflow run, and return it as Markdown.

    baseline: share of the val works that are by the commonest train artist. works: number of val works.
    """
    comparison = table_of(trials, objective=sweep.objective)
    comparison.insert(0, "stage", [trial.stage for trial in trials])
    comparison["network"] = [network_name(trial.settings) for trial in trials]
    report = study_report(comparison, objective=sweep.objective, baseline=baseline, works=works)
    write_table(comparison, sweep.folder / "study.csv")
    with atomic_file(sweep.folder / "study.md") as aside:
        aside.write_text(report, encoding="utf-8")
    write_picture(study_bars(comparison, objective=sweep.objective, baseline=baseline), sweep.folder / "study.png")
    best = max(trials, key=lambda trial: trial.score)
    write_json(sweep.folder / "best.json", best.settings)
    with mlflow.start_run(run_id=study_run(sweep)):
        mlflow.log_metric(f"best_{sweep.objective}", best.score)
        for name in ("study.csv", "study.md", "study.png", "best.json"):
            tracking.log_file(sweep.folder / name)
    return report


@dataclass(frozen=True)
class Table:
    """A Markdown table of the report."""

    header: list[str]
    rows: list[list[str]]


def study_report(comparison: pd.DataFrame, *, objective: str, baseline: float, works: int) -> str:
    """Return the comparison as Markdown. comparison: a row for each trial, with stage, network and settings."""
    optimizers, schedulers, networks = (comparison[comparison["stage"] == stage] for stage in STAGES)
    return render(
        "study.md.j2",
        works=works,
        baseline=baseline,
        optimizers=setting_table(optimizers, "optimizer", objective=objective),
        schedulers=setting_table(schedulers, "scheduler", objective=objective),
        networks=networks_table(networks, objective=objective),
    )


def setting_table(trials: pd.DataFrame, setting: str, *, objective: str) -> Table:
    """Return the objective of each network (row) with each value of the setting (column)."""
    values = list(dict.fromkeys(trials[setting]))
    rows = []
    for network, network_trials in trials.groupby("network", sort=False):
        by_value = network_trials.set_index(setting)[objective]
        cells = [percent(None if pd.isna(by_value[value]) else by_value[value]) for value in values]
        rows.append([str(network), *cells])
    return Table(["network", *values], rows)


def networks_table(trials: pd.DataFrame, *, objective: str) -> Table:
    """Return the mean and the range of the objective over the seeds of each network, best network first."""
    means = trials.groupby("network", sort=False)[objective].mean().sort_values(ascending=False, kind="stable")
    rows = [network_row(trials[trials["network"] == network], objective=objective) for network in means.index]
    return Table(["network", "optimizer", "scheduler", "mean", "range", "seeds", "a trial takes"], rows)


def network_row(trials: pd.DataFrame, *, objective: str) -> list[str]:
    """Return the row of the network whose trials these are."""
    first, values = trials.iloc[0], trials[objective].dropna()
    return [
        first["network"],
        first["optimizer"],
        first["scheduler"],
        percent(values.mean()),
        f"{percent(values.min())} to {percent(values.max())}",
        str(len(values)),
        f"{trials['seconds'].mean():.0f} s",
    ]
