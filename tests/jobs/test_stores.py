"""The jobs with everything in a bucket of a real S3 server, beside the same on a disk."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jobs import (
    embed,
    evaluate,
    ingest,
    sort_paintings,
    train_artist,
    train_date_embedding,
    train_per_artist,
    tune_comparator,
)
from lib.attribution.model import read_artist_model
from lib.data import layout
from lib.data.dataset import Dataset
from lib.data.paintings import PAINTINGS_SCHEMA
from lib.dating.date_embedding.model import read_date_embedding_model
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.infra import locks
from lib.infra.atomic import read_json
from lib.infra.paths import upload
from lib.training.recipe import Recipe
from tests.commands import refusal
from tests.conftest import Trained
from tests.embedded import write_embedded
from tests.sources import kill_ingest, painting, write_source

on_ray = pytest.mark.usefixtures("tracking_store", "ray_cluster")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("**/*") if path.is_file())


def read_csv(path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        return pd.read_csv(file)


@on_ray
@pytest.mark.slow
def test_a_catalogue_goes_the_whole_way_in_a_bucket_and_gives_the_same_order(
    trained: Trained, bucket: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    upload(trained.catalogue, bucket / "catalogue")
    dataset, models = bucket / "deep" / "dataset", bucket / "models"
    source = ingest.Ingest(source="painter-by-numbers", root=bucket / "catalogue", out=dataset, split_column="in_train")
    ingest.main(source)
    ingest.main(source)
    assert "nothing to do" in capsys.readouterr().out
    assert not (dataset / ".ingest").exists()
    embed.main(embed.Embed(dataset=dataset, backbone="efficientnet_lite0"))
    assert set(names(dataset)) < set(names(trained.dataset))
    assert train_per_artist.main(train_per_artist.TrainPerArtist(dataset=dataset, models=models)) == 0
    assert set(names(models)) <= set(names(trained.models))
    evaluate.main(evaluate.Evaluate(dataset=dataset, models=models, out=bucket / "report", min_works=20))
    evaluate.main(evaluate.Evaluate(dataset=trained.dataset, models=trained.models, out=tmp_path, min_works=20))
    far, near = (read_json(folder / "metrics.json") for folder in (bucket / "report", tmp_path))
    assert (far["artist"], far["dating"]) == (near["artist"], near["dating"])
    assert names(bucket / "report") == names(tmp_path)
    for folder, root in ((trained.models, tmp_path / "order"), (models, bucket / "order")):
        sort_paintings.main(sort_paintings.SortPaintings(images=trained.catalogue / "unseen", models=folder, out=root))
    assert names(bucket / "order") == names(tmp_path / "order")
    pd.testing.assert_frame_equal(read_csv(bucket / "order" / "order.csv"), read_csv(tmp_path / "order" / "order.csv"))


@pytest.mark.slow
@on_ray
def test_a_killed_ingest_goes_on_in_the_bucket_and_ends_the_same(
    bucket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    root = write_source(tmp_path / "root", artists=30, works=60)  # seven parts
    out, work = bucket / "dataset", bucket / "dataset" / ".ingest"
    kill_ingest(root, out, when=work / "done", log=tmp_path / "log")
    assert not (out / "manifest.json").exists()
    assert (bucket / ".dataset.lock").exists()
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.2)
    options = {"source": "csv", "root": root, "catalogue": root / "catalogue.csv"}
    ingest.main(ingest.Ingest(out=out, **options))
    printed = capsys.readouterr().out
    assert "checking whether the run that made it is alive" in printed
    assert "continuing an interrupted run" in printed
    ingest.main(ingest.Ingest(out=tmp_path / "dataset", **options))
    assert {name: (out / name).read_bytes() for name in names(out)} == {
        name: (tmp_path / "dataset" / name).read_bytes() for name in names(tmp_path / "dataset")
    }
    assert names(bucket) == [f"dataset/{name}" for name in names(out)]


def test_a_bucket_that_is_not_there_is_one_sentence_and_status_2(s3_server: str) -> None:
    printed = refusal("embed", "--dataset", "s3://no-such-bucket/dataset")
    assert printed.startswith("error: s3://no-such-bucket/dataset cannot be reached")
    assert len(printed.splitlines()) == 1


@on_ray
@pytest.mark.slow
def test_networks_keep_their_checkpoints_and_bundles_in_the_bucket(
    trained: Trained, bucket: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    upload(trained.dataset, bucket / "dataset")
    options = train_artist.TrainArtist(
        dataset=bucket / "dataset", models=bucket / "models", out=bucket / "artist", trainable="last_block",
        views=1, recipe=Recipe(epochs=2, batch_size=16, head_learning_rate=0.01),
    )  # fmt: skip

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("lib.reports.artist_record.publish", interrupt)
        train_artist.main(options)
    assert list((bucket / "models" / ".train_artist").glob("**/state.pt"))
    capsys.readouterr()
    train_artist.main(options)
    assert "epoch 1:" not in capsys.readouterr().out
    assert len(read_json(bucket / "artist" / "metrics.json")["history"]) == 2
    assert not (bucket / "models" / ".train_artist").exists()
    assert len(read_artist_model(bucket / "models" / "artist_networks" / "efficientnet_lite0").metadata.artists) == 4

    recipe = DateEmbeddingRecipe(epochs=2, batch_size=12)
    train_date_embedding.main(
        train_date_embedding.TrainDateEmbedding(
            dataset=bucket / "dataset",
            models=bucket / "models",
            out=bucket / "date_embedding",
            picture_every=2,
            recipe=recipe,
        )
    )
    assert "maps/epoch-002.png" in names(bucket / "date_embedding")
    assert read_date_embedding_model(bucket / "models" / "date_embedding").metadata.artists


@on_ray
@pytest.mark.slow
def test_a_sweep_keeps_its_trials_in_the_bucket_and_goes_on_there(
    bucket: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    write_embedded(tmp_path / "dataset", artists=3, works=50)
    upload(tmp_path / "dataset", bucket / "dataset")
    options = tune_comparator.TuneComparator(dataset=bucket / "dataset", out=bucket / "sweep", trials=3)
    tune_comparator.main(options)
    best, trials = read_json(bucket / "sweep" / "best.json"), read_csv(bucket / "sweep" / "trials.csv")
    assert len(trials) == 3
    tune_comparator.main(options)
    assert "resuming the sweep" in capsys.readouterr().out
    assert read_json(bucket / "sweep" / "best.json") == best
    assert {"sweep/trials.png", "sweep/best.json", "sweep/sweep.json"} <= set(names(bucket))


@on_ray
def test_a_dataset_in_the_bucket_is_updated_and_an_interrupted_update_leaves_the_old_version(
    bucket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(layout, "ROWS_PER_PART", 8)
    root, out = write_source(tmp_path / "root", artists=3, works=12), bucket / "dataset"
    upload(root, bucket / "root")
    options: dict[str, Any] = {"source": "csv", "catalogue": root / "catalogue.csv"}
    ingest.main(ingest.Ingest(root=bucket / "root", out=out, **options))
    before = Dataset.open(out).paintings(columns=["painting_id", "image", "split"])
    (bucket / "root" / "9-0.jpg").write_bytes(painting(900))
    (root / "9-0.jpg").write_bytes(painting(900))
    lines = (root / "catalogue.csv").read_text().splitlines()
    (root / "catalogue.csv").write_text("\n".join([lines[0], *lines[2:], "artist 9,1850,9-0.jpg,True"]) + "\n")

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in (
        "lib.data.publication.move_file",
        "lib.reports.dataset.write_report",
        "lib.data.publication.remove_folder",
    ):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(step, interrupt)
            ingest.main(ingest.Ingest(root=bucket / "root", out=out, **options))
        seen = Dataset.open(out).paintings(columns=["painting_id", "image", "split"])
        assert seen.equals(before) == (step != "lib.data.publication.remove_folder")  # by then it is published
    assert "| 9-0.jpg | added |" in (out / "report" / "report.md").read_text()
    ingest.main(ingest.Ingest(root=bucket / "root", out=out, **options))
    assert "nothing to do" in capsys.readouterr().out
    ingest.main(ingest.Ingest(root=root, out=tmp_path / "scratch", **options))
    near, far = Dataset.open(tmp_path / "scratch"), Dataset.open(out)
    assert far.fingerprint == near.fingerprint
    columns = [*PAINTINGS_SCHEMA.names, "split"]
    assert far.paintings(columns=columns).equals(near.paintings(columns=columns))
    assert not (out / ".ingest").exists()
    listed = {path.name for path in far.parts()}
    assert {path.name for path in (out / "paintings").glob("*")} == listed
