"""The source study's protocol: optimizers first, then schedulers with the best one, then the networks compared.

FOLDER/1-optimizers, 2-schedulers, 3-networks   a sweep each, which can be stopped and gone on with
FOLDER/study.csv, study.md, study.png           all trials, the comparison as tables and as a picture
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from ray import tune

from lib.infra import tracking
from lib.infra.atomic import atomic_file, make_folder, read_json, write_json
from lib.infra.errors import UserError
from lib.reports.markdown import percent, table
from lib.reports.plots import study_bars
from lib.sweeps.results import Row, write_picture
from lib.sweeps.sweep import Sweep, run_sweep

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Study:
    """What is compared, on top of the settings that no comparison changes.

    networks: settings of each. fixed: settings of the first stage, among them its scheduler. seeds: those beside the
    first one repeat the best settings of each network.
    """

    networks: Sequence[Settings]
    optimizers: Sequence[str]
    schedulers: Sequence[str]
    seeds: Sequence[int]
    fixed: Settings


def run_study(trial: Callable[..., None], study: Study, sweep: Sweep, *, shared: Settings) -> list[Row]:
    """Run the three stages, or what is missing of them, and return the rows of all trials, each with its stage.

    sweep: what the stages have in common, its space being the settings that are always the same. A stage has the rows
    of an earlier one that it goes on from, so these are not run twice.
    """
    run = study_run(sweep)
    sweep = replace(sweep, parent=run)

    def run_stage(name: str, points: Sequence[Settings], known: list[Row]) -> list[Row]:
        found = run_points(trial, points, replace(sweep, folder=sweep.folder / name), shared=shared) if points else []
        return [{"stage": name, **row} for row in [*known, *found]]

    start, seed = [{**study.fixed, **network} for network in study.networks], study.seeds[0]
    points = [{**one, "seed": seed, "optimizer": optimizer} for one in start for optimizer in study.optimizers]
    first = run_stage("1-optimizers", points, [])
    chosen = best_rows(first, study.networks, metric=sweep.metric)
    others = [scheduler for scheduler in study.schedulers if scheduler != study.fixed["scheduler"]]
    second = run_stage("2-schedulers", varied(chosen, points[0], "scheduler", others), chosen)
    chosen = best_rows(second, study.networks, metric=sweep.metric)
    third = run_stage("3-networks", varied(chosen, points[0], "seed", study.seeds[1:]), chosen)
    return [*first, *second, *third]


def study_run(sweep: Sweep) -> str:
    """Return the id of the study's MLflow run, which a study that goes on keeps."""
    path = make_folder(sweep.folder) / "study.json"
    if not path.is_file():
        with mlflow.start_run(run_name=sweep.folder.name) as run:
            mlflow.log_params(dict(sweep.space))
        write_json(path, {"run": run.info.run_id})
    return read_json(path)["run"]


def run_points(trial: Callable[..., None], points: Sequence[Settings], sweep: Sweep, *, shared: Settings) -> list[Row]:
    """Try exactly these settings, each to its end, and return their rows in the same order."""
    names = list(points[0])
    searched = {name: tune.choice(list(dict.fromkeys(point[name] for point in points))) for name in names}
    whole = replace(
        sweep,
        space={**sweep.space, **searched},
        first=points,
        trials=len(points),
        minutes=float("inf"),
        grace=sweep.steps,
    )
    order = [json.dumps([point[name] for name in names]) for point in points]
    rows = run_sweep(trial, whole, shared=shared)
    return sorted(rows, key=lambda row: order.index(json.dumps([row[name] for name in names])))


def varied(rows: list[Row], names: Settings, setting: str, values: Sequence[Any]) -> list[Settings]:
    """Return the settings of each row with each value of one of them."""
    return [{**{name: row[name] for name in names}, setting: value} for row in rows for value in values]


def best_rows(rows: list[Row], networks: Sequence[Settings], *, metric: str) -> list[Row]:
    """Return each network's best row, of equal ones the first. Raises UserError where all trials of one failed."""
    best = []
    for network in networks:
        mine = [row for row in rows if all(row[name] == value for name, value in network.items())]
        good = [row for row in mine if row[metric] is not None and not row["error"]]
        if not good:
            raise UserError(f"all trials of {network_name(network)} failed, one with {mine[0]['error']}")
        best.append({name: value for name, value in max(good, key=lambda row: row[metric]).items() if name != "stage"})
    return best


def network_name(row: Settings) -> str:
    """Return what a network is called in tables."""
    weights = {"none": "from scratch", "imagenet": "pretrained"}.get(row["weights"], Path(row["weights"]).name)
    return f"{row['architecture']}, {weights}, {row['trainable']}"


def write_study(rows: list[Row], sweep: Sweep, *, baseline: float, works: int) -> None:
    """Write the comparison into the study's folder and its MLflow run.

    baseline: share of the val works that are by the commonest train artist. works: number of val works.
    """
    frame = pd.DataFrame(rows).assign(network=[network_name(row) for row in rows])
    with atomic_file(sweep.folder / "study.csv") as aside:
        frame.to_csv(aside, index=False)
    with atomic_file(sweep.folder / "study.md") as aside:
        aside.write_text(study_report(frame, metric=sweep.metric, baseline=baseline, works=works), encoding="utf-8")
    write_picture(study_bars(frame, metric=sweep.metric, baseline=baseline), sweep.folder / "study.png")
    best = max((row for row in rows if row[sweep.metric] is not None), key=lambda row: row[sweep.metric])
    named = [name for name in best if name not in ("stage", sweep.metric, "steps", "seconds", "error")]
    write_json(sweep.folder / "best.json", {name: best[name] for name in named})
    with mlflow.start_run(run_id=study_run(sweep)):
        mlflow.log_metric(f"best_{sweep.metric}", best[sweep.metric])
        for name in ("study.csv", "study.md", "study.png", "best.json"):
            tracking.log_file(sweep.folder / name)


def study_report(frame: pd.DataFrame, *, metric: str, baseline: float, works: int) -> str:
    """Return the comparison as Markdown."""
    lines = [
        "# The study's protocol",
        f"Val top-1 of the best epoch, on {works} val works, one of which is {percent(1 / works)}. Always naming the "
        f"commonest artist: {percent(baseline)}.",
    ]
    for stage, title, setting in (
        ("1-optimizers", "Optimizers, at a fixed learning rate and scheduler", "optimizer"),
        ("2-schedulers", "Schedulers, with each network's best optimizer", "scheduler"),
    ):
        mine = frame[frame["stage"] == stage]
        kinds = list(dict.fromkeys(mine[setting]))
        rows = []
        for network, some in mine.groupby("network", sort=False):
            figures = some.set_index(setting)[metric]
            rows.append([str(network), *(percent(None if pd.isna(figures[kind]) else figures[kind]) for kind in kinds)])
        lines += [f"## {title}", table(["network", *kinds], rows)]
    lines += ["## Networks, each with its best optimizer and scheduler", networks_table(frame, metric=metric)]
    return "\n\n".join(lines) + "\n"


def networks_table(frame: pd.DataFrame, *, metric: str) -> str:
    """Return the last stage as a Markdown table, best network first."""
    rows = []
    for network, some in frame[frame["stage"] == "3-networks"].groupby("network", sort=False):
        figures, row = some[metric].dropna(), some.iloc[0]
        spread = f"{percent(figures.min())} to {percent(figures.max())}"
        told = [str(network), row["optimizer"], row["scheduler"], percent(figures.mean()), spread, str(len(figures))]
        rows.append((figures.mean(), [*told, f"{some['seconds'].mean():.0f} s"]))
    header = ["network", "optimizer", "scheduler", "mean", "range", "seeds", "a trial takes"]
    return table(header, [row for _, row in sorted(rows, key=lambda one: -one[0])])
