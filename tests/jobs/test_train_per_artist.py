import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import psutil
import pyarrow as pa
import pytest

from jobs.train_per_artist import TrainPerArtist, main
from lib.dating.artist_comparator import ComparatorMetadata
from lib.dating.per_artist import comparator_folder
from lib.infra.bundles import read_metadata
from lib.infra.errors import UserError
from tests.embedded import BLOCKS, change_rows, change_years, read_column, write_embedded
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("tracking_store")


def metadata_of(models: Path, artists: list[str]) -> dict[str, ComparatorMetadata]:
    read = {artist: read_metadata(comparator_folder(models, artist), ComparatorMetadata) for artist in artists}
    return {artist: metadata for artist, metadata in read.items() if metadata}


def runs_of(artist: str) -> list[mlflow.entities.Run]:
    query = f"tags.artist = '{artist}'"
    return mlflow.search_runs(experiment_names=["oeuvre-comparators"], filter_string=query, output_format="list")


def break_artist(dataset: Path, artist: str) -> None:
    """Make the embeddings of one artist infinite."""
    mine = np.array(read_column(dataset, "artist").to_pylist()) == artist
    vectors = np.array(read_column(dataset, "embedding").to_pylist(), dtype=np.float16)
    vectors[mine] = np.nan
    change_rows(dataset, {"embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), sum(BLOCKS))})


@pytest.mark.usefixtures("ray_cluster")
def test_artists_are_trained_recorded_skipped_with_a_reason_and_a_failing_one_is_trained_by_the_next_start(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")  # others train these names
    artists = write_embedded(tmp_path / "dataset", artists=4, works=30)
    years = np.array(read_column(tmp_path / "dataset", "year").to_pylist())
    years[30:60] = 1880
    change_years(tmp_path / "dataset", years)
    sound = read_column(tmp_path / "dataset", "embedding")
    break_artist(tmp_path / "dataset", "Artist 003")
    config = TrainPerArtist(dataset=tmp_path / "dataset", models=tmp_path / "models")
    assert main(config) == 1
    output = capsys.readouterr().out
    assert "skipped: Artist 001: all 24 works to learn from may be of the year 1880" in output
    assert "failed: Artist 003: ValueError: the embeddings hold values that are not finite" in output
    made = metadata_of(tmp_path / "models", artists)
    by_trend = made.pop("Artist 001")
    assert (by_trend.scope, by_trend.first_year, by_trend.reference_works) == ("all artists", 1880, ())
    assert sorted(made) == ["Artist 000", "Artist 002"]
    for metadata in made.values():
        assert metadata.scope == "own"
        assert metadata.loo.pair_accuracy > 0.7
        assert metadata.loo.mae_years < metadata.loo.mae_years_median_baseline
        assert metadata.works == {"train": 18, "val": 6}

    (run,) = runs_of("Artist 002")
    assert run.data.metrics["loo_pair_accuracy"] == made["Artist 002"].loo.pair_accuracy
    parent = mlflow.get_run(run.data.tags["mlflow.parentRunId"])
    assert parent.data.metrics["artists"] == 2
    files = [file.path for file in mlflow.artifacts.list_artifacts(run_id=parent.info.run_id)]
    assert {"comparators.csv", "pair_accuracy_by_artist.png", "not_trained.json"} <= set(files)

    change_rows(tmp_path / "dataset", {"embedding": sound})
    assert main(config) == 0
    assert "2 up to date, 1 to train" in capsys.readouterr().out
    whole = metadata_of(tmp_path / "models", artists)
    assert sorted(whole) == artists
    assert {**whole, **made, "Artist 001": by_trend} == whole

    assert main(config) == 0
    output = capsys.readouterr().out
    assert "3 up to date, 0 to train" in output and "shared-trend comparators: 1 artists, 0 to write" in output
    assert metadata_of(tmp_path / "models", artists) == whole
    assert [len(runs_of(artist)) for artist in ("Artist 002", "Artist 003")] == [1, 1]

    assert main(replace(config, artists=1)) == 0
    assert "kept: 2 other artists have comparators of their own" in capsys.readouterr().out
    assert metadata_of(tmp_path / "models", artists) == whole


@pytest.mark.slow
@pytest.mark.usefixtures("ray_cluster")
def test_models_of_other_embeddings_are_trained_again(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for name, seed in (("first", 2), ("second", 3)):
        write_embedded(tmp_path / name, artists=2, works=20, seed=seed)
    for manifest in (tmp_path / "second").rglob("manifest.json"):
        manifest.write_text(manifest.read_text().replace("made up", "made up again"))
    main(TrainPerArtist(dataset=tmp_path / "first", models=tmp_path / "models"))
    main(TrainPerArtist(dataset=tmp_path / "second", models=tmp_path / "models"))
    assert "0 up to date, 2 to train" in capsys.readouterr().out.split("style space")[-1]


def test_a_dataset_without_anyone_to_train_is_one_sentence(tmp_path: Path) -> None:
    write_embedded(tmp_path / "dataset", artists=2, works=10)
    with pytest.raises(UserError, match="no artist of .* can be trained: 8 works to learn from, fewer than 12"):
        main(TrainPerArtist(dataset=tmp_path / "dataset", models=tmp_path / "models"))


def train_workers(job: subprocess.Popen) -> list[psutil.Process]:
    """Return the Ray Train workers among the processes that a job started, by the title that Ray gives them."""
    children = psutil.Process(job.pid).children(recursive=True)
    return [child for child in children if "RayTrainWorker" in " ".join(child.cmdline())]


@pytest.mark.slow
def test_a_killed_worker_costs_only_what_was_in_flight(tmp_path: Path) -> None:
    artists = write_embedded(tmp_path / "dataset", artists=60, works=250, seed=4)
    models = tmp_path / "models"
    command = [sys.executable, "jobs/train_per_artist.py", "--dataset", tmp_path / "dataset", "--models", models]
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    job = subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: bool(metadata_of(models, artists)), during=job)
        train_workers(job)[0].send_signal(signal.SIGKILL)
        before = {artist: metadata.seconds for artist, metadata in metadata_of(models, artists).items()}
        output, _ = job.communicate(timeout=400)
    finally:
        job.kill()
    assert job.returncode == 0
    assert "lost a worker" in output
    assert 0 < len(before) < len(artists)
    after = metadata_of(models, artists)
    assert sorted(after) == artists
    assert {artist: after[artist].seconds for artist in before} == before
