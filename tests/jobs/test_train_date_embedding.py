import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pytest

from jobs import evaluate
from jobs.train_date_embedding import TrainDateEmbedding, main
from lib.data import embedded_works
from lib.data.dataset import Dataset
from lib.dating.date_embedding.model import read_date_embedding_model
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection
from lib.dating.neighbours import figures_by_group
from lib.infra.atomic import read_json
from lib.infra.errors import UserError
from tests.conftest import Trained
from tests.embedded import change_years, write_embedded
from tests.waiting import wait_for

FEW = DateEmbeddingRecipe(epochs=4, batch_size=12, learning_rate=0.001)


@pytest.fixture(scope="module")
def made(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> TrainDateEmbedding:
    folder = tmp_path_factory.mktemp("date_embedding")
    options = TrainDateEmbedding(
        dataset=trained.dataset, out=folder / "report", models=trained.models, workers=2, picture_every=2, recipe=FEW
    )
    main(options)
    return options


def test_an_embedding_is_trained_measured_and_compared(made: TrainDateEmbedding, trained: Trained) -> None:
    metrics = read_json(made.out / "metrics.json")
    assert [row["epoch"] for row in metrics["history"]] == [1, 2, 3, 4]
    mean = metrics["methods"]["mean"]
    assert mean["groups"] == 10
    for method in ("comparator", "date_embedding", "neighbours"):
        assert mean[f"{method}_pair_accuracy"] > 0.55, method
    assert mean["comparator_mae_years"] < mean["median_mae_years"]
    assert 0 <= metrics["test"]["precision_at_1"] <= 1
    assert metrics["queries"] <= metrics["works"]["test"]
    report = (made.out / "report.md").read_text(encoding="utf-8")
    assert "error: median year" in report and "maps/epoch-004.png" in report


def test_its_bundle_embeds_works_batch_by_batch(
    made: TrainDateEmbedding, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_works, "BATCH", 80)
    embedded = Dataset.open(trained.dataset).embedded_works()
    works = embedded.paintings.assign(group=embedded.paintings["artist"])
    model = read_date_embedding_model(trained.models / "date_embedding")
    assert model.metadata.provenance.is_of(embedded.manifest)
    learned = model.embed(embedded, dataset=Dataset.open(trained.dataset))
    assert np.linalg.norm(learned, axis=1) == pytest.approx(np.ones(len(works)), abs=0.01)
    rows = figures_by_group(learned, works, split="test", reference_splits=["train", "val"])
    reported = read_json(made.out / "metrics.json")["date_embedding"]
    assert [row.mae_years for row in rows] == [row["mae_years"] for row in reported]


def test_the_run_shows_the_clusters_form(made: TrainDateEmbedding) -> None:
    (run,) = mlflow.search_runs(experiment_names=["oeuvre-date-embedding"], output_format="list")
    assert run.data.metrics["test_precision_at_1"] == read_json(made.out / "metrics.json")["test"]["precision_at_1"]
    assert len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "val_mae_years")) == 4
    images = [file.path for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="images")]
    assert {step for step in (0, 2, 4) if any(f"+step+{step}+" in path for path in images)} == {0, 2, 4}
    assert mlflow.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="model")
    assert "base64," in (made.out / "map.html").read_text(encoding="utf-8")


def test_started_again_it_does_nothing(made: TrainDateEmbedding, capsys: pytest.CaptureFixture) -> None:
    main(made)
    assert "is up to date" in capsys.readouterr().out


def test_evaluation_compares_the_ways_to_date(made: TrainDateEmbedding, trained: Trained, tmp_path: Path) -> None:
    options = evaluate.Evaluate(dataset=trained.dataset, models=trained.models, out=tmp_path / "with", min_works=10)
    evaluate.main(options)
    evaluated = read_json(tmp_path / "with" / "metrics.json")["methods"]["mean"]
    reported = read_json(made.out / "metrics.json")["methods"]["mean"]
    assert evaluated["date_embedding_mae_years"] == reported["date_embedding_mae_years"]
    assert evaluated["comparator_pair_accuracy"] == pytest.approx(reported["comparator_pair_accuracy"])
    assert "pairs: date embedding" in (tmp_path / "with" / "report.md").read_text(encoding="utf-8")
    with pytest.raises(UserError, match="is not a model bundle"):
        evaluate.main(replace(options, date_embedding=tmp_path / "absent"))


def test_an_artist_of_one_year_is_refused(tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=1, works=60)
    change_years(tmp_path / "dataset", [1900] * 60)
    options = TrainDateEmbedding(dataset=tmp_path / "dataset", out=tmp_path / "out", models=tmp_path)
    with pytest.raises(UserError, match="all 36 train works are of the same year"):
        main(replace(options, selection=Selection(data="artist", artist="Artist 000")))
    with pytest.raises(UserError, match="add --artist"):
        main(replace(options, selection=Selection(data="artist")))


def test_more_workers_than_batches_are_refused(tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=2, works=60)
    options = TrainDateEmbedding(dataset=tmp_path / "dataset", out=tmp_path / "out", models=tmp_path, recipe=FEW)
    with pytest.raises(UserError, match="6 batches, fewer than --workers 99"):
        main(replace(options, workers=99))


@pytest.mark.slow
@pytest.mark.usefixtures("tracking_store", "ray_cluster")
def test_the_last_block_is_trained_and_reads_pictures(trained: Trained, tmp_path: Path) -> None:
    out, models = tmp_path / "report", tmp_path / "models"
    recipe = replace(FEW, epochs=2)
    options = TrainDateEmbedding(
        dataset=trained.dataset, out=out, models=models, trunk="last_block", views=2, recipe=recipe
    )
    artist = Dataset.open(trained.dataset).embedded_works().paintings["artist"][0]
    main(replace(options, selection=Selection(data="artist", artist=artist)))
    metrics = read_json(out / "metrics.json")
    assert len(metrics["history"]) == 2
    assert metrics["methods"]["rows"][0]["date_embedding_n"] == metrics["works"]["test"]
    assert "comparator_n" not in metrics["methods"]["rows"][0]  # there are none in these models


@pytest.mark.slow
def test_a_killed_run_resumes_from_its_last_epoch(trained: Trained, tmp_path: Path) -> None:
    out, models = tmp_path / "report", tmp_path / "models"
    command = [
        sys.executable,
        "jobs/train_date_embedding.py",
        "--dataset",
        trained.dataset,
        "--out",
        out,
        "--models",
        models,
    ]
    command += ["--epochs", "60", "--batch-size", "12", "--picture-every", "60"]
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    job = subprocess.Popen(list(map(str, command)), env=environment, start_new_session=True)
    wait_for(lambda: any(models.glob(".train_date_embedding/*/checkpoint_*/state.pt")), during=job)
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    done = subprocess.run(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True, timeout=600)
    assert done.returncode == 0
    assert "epoch 1:" not in done.stdout
    assert [row["epoch"] for row in read_json(out / "metrics.json")["history"]] == list(range(1, 61))
