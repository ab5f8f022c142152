from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from jobs.train_pairs import TrainPairs, main
from lib.data.dataset import Dataset
from lib.infra.errors import UserError
from tests.conftest import Trained

KINDS = {"random", "same_artist", "one_artist", "comparator"}


@pytest.fixture(scope="module")
def made(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> TrainPairs:
    works = Dataset.open(trained.dataset).paintings(columns=["artist", "split", "year"])
    artist = works[works["split"] == "val"].groupby("artist")["year"].nunique().idxmax()  # a network needs val pairs
    options = TrainPairs(
        dataset=trained.dataset,
        out=tmp_path_factory.mktemp("pairs"),
        artist=(artist,),
        models=trained.models,
        trainable="head",
        pairs=32,
        epochs=1,
    )
    main(options)
    return options


def test_networks_and_the_comparator_order_the_same_works(made: TrainPairs) -> None:
    rows = pd.read_csv(made.out / "orders.csv")
    assert set(rows["kind"]) == KINDS
    assert set(rows["set"]) == {"all test works", "4 test works", "4 training works", "20 random works"}
    assert (rows.groupby("set")["pairs"].nunique() == 1).all()
    drawn = rows[rows["set"] == "20 random works"]
    assert (drawn["works"] == 20).all()
    assert (drawn["pairs"] + drawn["ties_excluded"] == 190).all()
    assert rows["pair_accuracy"].between(0, 1).all()
    report = (made.out / "report.md").read_text(encoding="utf-8")
    assert "tau" in report and "orders-1.png" in report and (made.out / "orders-1.png").stat().st_size > 10_000


def test_each_network_is_a_run(made: TrainPairs) -> None:
    runs = mlflow.search_runs(experiment_names=["oeuvre-pairs"], output_format="list")
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert {run.data.params["kind"] for run in children} == KINDS - {"comparator"}
    assert all("val_top1" in run.data.metrics for run in children)


def test_started_again_it_trains_what_is_missing(made: TrainPairs, capsys: pytest.CaptureFixture) -> None:
    (made.out / "networks" / "1.json").unlink()
    main(made)
    assert "3, 1 to train" in capsys.readouterr().out


def test_an_artist_that_is_not_there_is_named(made: TrainPairs) -> None:
    with pytest.raises(UserError, match="did you mean"):
        main(replace(made, artist=("Nobody",)))


def test_a_folder_without_dataset_is_named(made: TrainPairs, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a finished dataset"):
        main(replace(made, dataset=tmp_path))
