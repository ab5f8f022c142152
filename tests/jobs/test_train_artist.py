import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient
from PIL import Image

from jobs import evaluate, sort_paintings
from jobs.train_artist import TrainArtist, main
from lib.attribution.model import ArtistNetworkMetadata, read_artist_model
from lib.data.dataset import Dataset
from lib.data.images import SHORT_SIDE, decode_rgb
from lib.data.paintings import write_part
from lib.infra.atomic import read_json
from lib.infra.bundles import read_metadata
from lib.infra.cli import parse
from lib.infra.errors import UserError
from lib.models.sorter import Sorter, read_images
from lib.training.recipe import Recipe
from tests.conftest import Trained
from tests.embedded import write_embedded

FEW = Recipe(epochs=3, batch_size=16, head_learning_rate=0.01)


def small(dataset: Path, folder: Path) -> TrainArtist:
    """Return options that train in seconds."""
    return TrainArtist(
        dataset=dataset, out=folder / "report", models=folder / "models", trainable="last_block", views=2, recipe=FEW
    )


@pytest.fixture(scope="module")
def made(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artist")
    main(replace(small(trained.dataset, folder), workers=2))
    return folder


def test_a_network_is_trained_measured_and_reported(made: Path) -> None:
    metrics = read_json(made / "report" / "metrics.json")
    assert [row["epoch"] for row in metrics["history"]] == [1, 2, 3]
    assert metrics["test"]["top1"] > 1.5 * metrics["test"]["majority_baseline"]
    assert metrics["test"]["classes"] == 10
    assert 0 <= metrics["calibration"]["error"] < 0.5
    assert len(metrics["weights"]) == 2
    metadata = read_metadata(made / "models" / "artist_networks" / "efficientnet_lite0", ArtistNetworkMetadata)
    assert metadata is not None and metadata.refit and metadata.test.top1 == metrics["test"]["top1"]
    assert metrics["votes"][0]["accuracy"] <= metrics["votes"][-1]["accuracy"]
    assert {row["set"] for row in metrics["protocol"]} == {"train", "test"}
    report = (made / "report" / "report.md").read_text(encoding="utf-8")
    assert "worst" in report and "commonest artist" in report


def test_its_bundle_names_artists_of_images(made: Path, trained: Trained) -> None:
    model = read_artist_model(made / "models" / "artist_networks" / "efficientnet_lite0")
    paintings = Dataset.open(trained.dataset).paintings(columns=["artist", "split", "image"])
    test = paintings[paintings["split"] == "test"]
    answers = model.probabilities([decode_rgb(jpeg) for jpeg in test["image"]], model.metadata.artists)
    named = np.array(model.metadata.artists)[answers.argmax(axis=1)]
    assert (named == test["artist"].to_numpy()).mean() > 1.5 * model.metadata.test.majority_baseline
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)
    [unknown] = model.probabilities([Image.new("RGB", (90, 40))], ["nobody"])
    assert unknown.tolist() == [0.0]


def test_sorting_and_evaluating_use_the_network(made: Path, trained: Trained, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(trained.models, models)
    shutil.copytree(made / "models" / "artist_networks", models / "artist_networks")
    sort_paintings.main(
        sort_paintings.SortPaintings(images=trained.catalogue / "unseen", out=tmp_path / "sorted", models=models)
    )
    images, _ = read_images(trained.catalogue / "unseen", short_side=SHORT_SIDE)
    shares = pd.read_csv(tmp_path / "sorted" / "artists.csv").set_index("artist")["share"]
    vote = Sorter(models).sort(images)[0].shares
    assert shares[vote.index].to_numpy() == pytest.approx(vote.to_numpy(), abs=1e-3)
    assert Sorter(models).models.ensemble and not Sorter(trained.models).models.ensemble
    evaluate.main(evaluate.Evaluate(dataset=trained.dataset, models=models, out=tmp_path / "evaluated", min_works=10))
    figures = read_json(tmp_path / "evaluated" / "metrics.json")["artist_network"]
    metadata = read_artist_model(models / "artist_networks" / "efficientnet_lite0").metadata
    assert figures["top1"] == pytest.approx(metadata.test.top1, abs=0.1)  # of 21 works
    assert "by efficientnet_lite0" in (tmp_path / "evaluated" / "report.md").read_text(encoding="utf-8")


def test_it_is_recorded_and_champion(made: Path) -> None:
    version = MlflowClient().get_model_version_by_alias("oeuvre-artist", "champion")
    metrics = read_json(made / "report" / "metrics.json")
    assert version.tags["dataset"] == metrics["plan"]["fingerprint"]
    assert float(version.tags["val_top1"]) == metrics["val"]["top1"]
    run = mlflow.get_run(version.run_id)
    assert run.data.metrics["test_top1"] == metrics["test"]["top1"]
    assert len(MlflowClient().get_metric_history(version.run_id, "val_loss")) == 3
    files = {file.path for file in mlflow.artifacts.list_artifacts(run_id=version.run_id, artifact_path="report")}
    assert {"report/report.md", "report/learning_curves.png", "report/metrics.json"} <= files


def test_started_again_it_does_nothing(made: Path, trained: Trained, capsys: pytest.CaptureFixture) -> None:
    main(small(trained.dataset, made))
    assert "is up to date" in capsys.readouterr().out


def test_options_come_from_a_file_and_the_command_line_overrules_it(tmp_path: Path) -> None:
    settings = {"architecture": "resnet18", "learning_rate": 0.5, "decay_epochs": [3, 6], "views": 0}
    (tmp_path / "options.json").write_text(json.dumps(settings))
    words = ["--dataset", "d", "--out", "o", "--config", str(tmp_path / "options.json"), "--views", "3"]
    options = parse(TrainArtist, words)
    assert (options.architecture, options.views, options.trainable) == ("resnet18", 3, "last_two_blocks")
    assert options.recipe == Recipe(learning_rate=0.5, decay_epochs=(3, 6))


def test_a_bundle_of_another_version_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"kind": "artist network", "plan": {}, "artists": ["Ada"]}))
    with pytest.raises(UserError, match="cannot read the bundle .* remove it and train it again"):
        read_artist_model(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("tracking_store", "ray_cluster")
def test_one_worker_and_two_and_no_cache_reach_the_same_accuracy(made: Path, trained: Trained, tmp_path: Path) -> None:
    two = read_json(made / "report" / "metrics.json")["test"]
    options = small(trained.dataset, tmp_path)
    for folder, changed in (("one", replace(options, workers=1)), ("drawn", replace(options, views=0))):
        main(replace(changed, out=tmp_path / folder, models=tmp_path / folder))
        other = read_json(tmp_path / folder / "metrics.json")["test"]
        assert abs(other["top1"] - two["top1"]) <= 0.2  # of 21 works


@pytest.mark.slow
def test_a_killed_run_goes_on_from_its_last_epoch(trained: Trained, tmp_path: Path) -> None:
    out, models = tmp_path / "report", tmp_path / "models"
    command = [sys.executable, "jobs/train_artist.py", "--dataset", trained.dataset, "--out", out, "--models", models]
    command += ["--trainable", "last_block", "--views", "2", "--epochs", "6", "--batch-size", "16"]
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    job = subprocess.Popen(
        list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert job.stdout is not None
    assert any("epoch 2:" in line for line in job.stdout)  # the first one's checkpoint is kept by then
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    done = subprocess.run(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True, timeout=600)
    assert done.returncode == 0
    assert not re.search(r"epoch 1: .* val loss", done.stdout)  # without val it is of the training that goes on with it
    history = read_json(out / "metrics.json")["history"]
    assert [row["epoch"] for row in history] == [1, 2, 3, 4, 5, 6]


def test_a_dataset_without_val_works_is_one_sentence(tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=1, works=10)
    embedded = tmp_path / "dataset" / "embeddings" / "efficientnet_lite0" / "part-00000.parquet"
    write_part(tmp_path / "dataset" / "paintings" / "part-00000.parquet", pq.read_table(embedded))
    with pytest.raises(UserError, match="has 1 artists with train works; at least 2 and val works are needed"):
        main(small(tmp_path / "dataset", tmp_path))
