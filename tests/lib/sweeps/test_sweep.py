import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import ray
from ray import tune

from lib.infra.atomic import read_json, write_json
from lib.infra.errors import UserError
from lib.infra.tracking import use_experiment
from lib.sweeps.results import table_of
from lib.sweeps.sweep import Sweep, run_sweep
from tests.waiting import wait_for


def make_trial(log: Path) -> Callable[..., None]:
    def trial(settings: dict[str, Any], bonus: float) -> None:
        with log.open("a") as file:
            file.write("began\n")
        if settings["optimizer"] == "sgd":
            raise MemoryError("no room for this one")
        if settings["optimizer"] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)  # as a system without memory does
        for _ in range(2):
            tune.report({"score": bonus - abs(settings["rate"] - 0.5)})

    return trial


def make_sweep(folder: Path, *, trials: int) -> Sweep:
    return Sweep(
        experiment="sweeps",
        folder=folder,
        data="made up",
        objective="score",
        space={"optimizer": tune.choice(["adam", "sgd", "killed"]), "rate": tune.uniform(0.1, 0.9)},
        first=[
            {"optimizer": "adam", "rate": 0.2},
            {"optimizer": "killed", "rate": 0.3},
            {"optimizer": "sgd", "rate": 0.4},
        ],
        trials=trials,
        minutes=5,
        resources={"cpu": 1},
        steps=2,
        grace=1,
        options={"fewest_works": 5},
    )


@pytest.mark.usefixtures("tracking_store", "ray_cluster")
def test_trials_are_recorded_failures_too_and_run_once(tmp_path: Path) -> None:
    use_experiment("sweeps")
    before = free_cores()
    sweep = make_sweep(tmp_path / "sweep", trials=6)
    table = table_of(run_sweep(make_trial(tmp_path / "log"), sweep, shared={"bonus": 1.0}), objective="score")
    assert len(table) == 6
    good, bad = table[table["error"].isna()], table[table["error"].notna()]
    assert set(bad["optimizer"]) == {"sgd", "killed"}
    assert "no room for this one" in bad["error"][bad["optimizer"] == "sgd"].iloc[0]
    assert table["score"].iloc[0] == good["score"].max() > 0.7 - 1e-9
    assert read_json(tmp_path / "sweep" / "best.json") == {"optimizer": "adam", "rate": table["rate"].iloc[0]}
    assert len(pd.read_csv(tmp_path / "sweep" / "trials.csv")) == 6
    assert (tmp_path / "sweep" / "trials.png").is_file()
    assert (tmp_path / "sweep" / "parallel.png").is_file()

    parent = read_json(tmp_path / "sweep" / "sweep.json")["run"]
    children = mlflow.search_runs(filter_string=f"tags.`mlflow.parentRunId` = '{parent}'", output_format="list")
    assert len(children) == 6
    assert sum(run.info.status == "FAILED" for run in children) == len(bad)
    assert mlflow.get_run(parent).data.metrics["best_score"] == table["score"].iloc[0]

    again = table_of(run_sweep(make_trial(tmp_path / "log"), sweep, shared={"bonus": 1.0}), objective="score")
    assert 0 <= (tmp_path / "log").read_text().count("began") - 6 <= (bad["optimizer"] == "killed").sum()
    was, now = (trials[["rate", "score"]].sort_values("rate", ignore_index=True) for trials in (table, again))
    pd.testing.assert_frame_equal(now, was)
    wait_for(lambda: free_cores() >= before)


def free_cores() -> float:
    """Return the cores that are free; the task before brings Ray's count up to date."""
    ray.get(ray.remote(num_cpus=0)(lambda: None).remote())
    return ray.available_resources().get("CPU", 0)


@pytest.mark.parametrize("name", ["trials", "space", "data", "fewest_works"])
def test_a_sweep_of_something_else_is_refused(tmp_path: Path, name: str) -> None:
    space = {"optimizer": "['adam', 'sgd', 'killed']", "rate": "[0.1, 0.9]"}
    stored = {"run": "a run", "trials": 6, "space": space, "data": "made up", "fewest_works": 5}
    write_json(tmp_path / "sweep.json", stored | {name: "another"})
    with pytest.raises(
        UserError, match=f"was started with other {name.replace('_', ' ')}; give the same, or another --out"
    ):
        run_sweep(make_trial(tmp_path / "log"), make_sweep(tmp_path, trials=6), shared={"bonus": 1.0})
