from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from ray import tune

from jobs.train_artist import TrainArtist
from jobs.tune_artist import TuneArtist, main
from lib.infra.atomic import read_json
from lib.infra.cli import parse
from lib.infra.errors import UserError
from lib.training.recipe import Recipe
from tests.conftest import Trained
from tune_spaces import artist as spaces

SMALL = {
    "architecture": tune.choice(["efficientnet_lite0"]),
    "trainable": "head",
    "views": tune.choice([0, 1]),
    "head_learning_rate": 0.05,
    "mixup_alpha": 0.0,
}


def children(run: str) -> list[Any]:
    return mlflow.search_runs(
        search_all_experiments=True, filter_string=f"tags.`mlflow.parentRunId` = '{run}'", output_format="list"
    )


def train_options(dataset: Path, file: Path) -> TrainArtist:
    """Return the options of the training job with those of a file."""
    return parse(TrainArtist, ["--dataset", str(dataset), "--out", str(dataset), "--config", str(file)])


def first_val_loss(run: Any) -> float:
    return min(MlflowClient().get_metric_history(run.info.run_id, "val_loss"), key=lambda metric: metric.step).value


def test_the_best_settings_are_those_that_training_takes(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(spaces, "SPACE", SMALL)
    options = TuneArtist(dataset=trained.dataset, out=tmp_path / "sweep", trials=3, epochs=2, works_per_artist=20)
    main(options)
    assert "for always the commonest artist" in capsys.readouterr().out
    trials = pd.read_csv(tmp_path / "sweep" / "trials.csv")
    assert len(trials) == 3  # of two settings, so that one comes twice
    assert trials["error"].isna().all()
    assert (tmp_path / "sweep" / "parallel.png").is_file() == (trials["views"].nunique() > 1)

    best = read_json(tmp_path / "sweep" / "best.json")
    taken = train_options(trained.dataset, tmp_path / "sweep" / "best.json")
    assert (taken.trainable, taken.views, taken.fold) == ("head", best["views"], True)
    assert taken.recipe == Recipe(epochs=2, head_learning_rate=0.05, mixup_alpha=0.0, decay_epochs=(1, 1))

    runs = children(read_json(tmp_path / "sweep" / "sweep.json")["run"])
    by_views = pd.DataFrame({"views": run.data.params["views"], "loss": first_val_loss(run)} for run in runs)
    assert len(by_views) == 3
    assert (by_views.groupby("views")["loss"].nunique() == 1).all()  # equal settings give equal figures

    main(options)
    assert len(children(read_json(tmp_path / "sweep" / "sweep.json")["run"])) == 3  # nothing was run again


@pytest.mark.slow
def test_the_study_compares_in_stages(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        spaces, "NETWORKS", [{"architecture": "efficientnet_lite0", "weights": "imagenet", "trainable": "head"}]
    )
    monkeypatch.setattr(spaces, "OPTIMIZERS", ["adam", "sgd"])
    monkeypatch.setattr(spaces, "SCHEDULERS", ["step", "plateau"])
    monkeypatch.setattr(spaces, "SEEDS", [0])
    monkeypatch.setattr(spaces, "FIXED", {"head_learning_rate": 0.02, "scheduler": "step", "views": 1})
    out = tmp_path / "study"
    for _ in range(2):  # the second time it only reads
        main(TuneArtist(dataset=trained.dataset, out=out, protocol="study", epochs=1, works_per_artist=20))
    rows = pd.read_csv(out / "study.csv")
    assert rows["stage"].value_counts().to_dict() == {"1-optimizers": 2, "2-schedulers": 2, "3-networks": 1}
    first, second, third = (rows[rows["stage"] == stage] for stage in sorted(set(rows["stage"])))
    best = first.loc[first["best_val_top1"].idxmax(), "optimizer"]
    assert set(second["optimizer"]) == set(third["optimizer"]) == {best}
    assert set(second["scheduler"]) == {"step", "plateau"}
    assert third["seed"].tolist() == [0]
    report = (out / "study.md").read_text(encoding="utf-8")
    assert "commonest artist: " in report and "efficientnet_lite0, pretrained, head" in report
    assert (out / "study.png").is_file()
    taken = train_options(trained.dataset, out / "best.json")
    assert (taken.recipe.optimizer, taken.recipe.epochs, taken.views) == (best, 1, 1)
    stages = children(read_json(out / "study.json")["run"])
    assert sum(len(children(run.info.run_id)) for run in stages) == 3  # what a stage goes on from is not run twice


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"optimiser": tune.choice(["adam"])}, "'optimiser', which is no setting; did you mean optimizer"),
        ({"scheduler": tune.choice(["cosine", "linear"])}, "lets 'scheduler' be 'linear'"),
        ({"dropout": tune.uniform(0.0, 2.0)}, "lets 'dropout' be 2.0"),
        ({"decay_epochs": tune.choice([(0, 3)])}, r"lets 'decay_epochs' be \(0, 3\)"),
        ({"views": tune.randint(1, 8)}, "lets 'views' be a range"),
        ({"epochs": 3}, "names 'epochs', which the job sets itself"),
        ({"architecture": tune.choice(["efficientnet_lite0", "resnet19"])}, "there is no network 'resnet19'"),
        ({"weights": "resnet.pth"}, "'weights' be 'resnet.pth'; give an absolute path"),
        ({"weights": "/nowhere/resnet.pth"}, "--weights /nowhere/resnet.pth is neither"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused_before_anything_runs(
    change: dict, sentence: str, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces, "SPACE", {**SMALL, **change})
    with pytest.raises(UserError, match=sentence):
        main(TuneArtist(dataset=trained.dataset, out=tmp_path / "sweep"))
    assert not (tmp_path / "sweep").exists()


def test_the_study_refuses_too(trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "OPTIMIZERS", ["adam", "adamax"])
    with pytest.raises(UserError, match="lets 'optimizer' be 'adamax'"):
        main(TuneArtist(dataset=trained.dataset, out=tmp_path / "sweep", protocol="study"))
    monkeypatch.setattr(spaces, "NETWORKS", [{"weights": "none"}, {"architecture": "resnet18"}])
    with pytest.raises(UserError, match="NETWORKS of the space do not all name the same settings"):
        main(TuneArtist(dataset=trained.dataset, out=tmp_path / "sweep", protocol="study"))


def test_the_space_that_comes_with_it_is_sound(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="at least 1"):  # the space was looked at before
        main(TuneArtist(dataset=trained.dataset, out=tmp_path / "sweep", artists=0))
