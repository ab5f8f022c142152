from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.data.dataset import Dataset
from lib.data.descriptor import STATISTICS, BackboneSource, DescriptorPart, EmbeddingsManifest
from lib.infra.atomic import write_json
from lib.infra.errors import UserError

WIDTHS = {
    ("a", "statistics"): (2, 1),
    ("a", "correlations"): (2,),
    ("b", "statistics"): (1,),
    ("b", "correlations"): (3,),
}


def manifest(views: int = 1) -> EmbeddingsManifest:
    sources = tuple(
        BackboneSource(name=name, weights="w", checksum="c", size=8, licence="none", precision="bf16") for name in "ab"
    )
    parts = tuple(DescriptorPart(backbone=name, kind=kind, widths=widths) for (name, kind), widths in WIDTHS.items())
    return EmbeddingsManifest(dataset="made up", short_side=8, views=views, backbones=sources, parts=parts)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Two parts of two works each, seen in two views; a number says work, view and column."""
    folder = tmp_path / "embeddings" / "a+b"
    folder.mkdir(parents=True)
    for part, works in enumerate([("d", "b"), ("c", "a")]):
        names = np.repeat(works, 2)
        views = np.tile(np.arange(2, dtype=np.int16), 2)
        numbers = (
            np.array([[100 * "abcd".index(name) + column for column in range(9)] for name in names])
            + 2 * views[:, None]
        )
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(numbers.astype(np.float16).ravel()), 9)
        table = pa.table({"painting_id": names, "year": [1900] * 4, "view": views, "embedding": vectors})
        pq.write_table(table, folder / f"part-{part:05}.parquet")
    write_json(folder / "manifest.json", manifest(views=2).model_dump(mode="json"))
    write_json(tmp_path / "manifest.json", {"fingerprint": "made up", "short_side": 8})
    return Dataset.open(tmp_path)


def test_the_parts_of_a_kind_are_read_and_views_are_averaged(dataset: Dataset) -> None:
    statistics = dataset.embeddings(kinds=STATISTICS)
    assert statistics.paintings["painting_id"].tolist() == ["a", "b", "c", "d"]
    assert statistics.matrix.tolist() == [[100 * row + column + 1 for column in (0, 1, 2, 5)] for row in range(4)]
    assert statistics.manifest.blocks == (2, 1, 1)
    everything = dataset.embeddings("a+b", kinds=("statistics", "correlations"))
    assert everything.matrix.shape == (4, 9)
    assert everything.manifest == manifest(views=2)
    assert everything.matrix[:, everything.manifest.columns(["correlations"])].tolist() == [
        [100 * row + column + 1 for column in (3, 4, 6, 7, 8)] for row in range(4)
    ]


def test_the_manifest_says_whose_embeddings_they_are(dataset: Dataset) -> None:
    read = dataset.embeddings(kinds=STATISTICS).manifest
    assert read.backbone == "a+b"
    assert [(part.backbone, part.kind) for part in read.parts] == [("a", "statistics"), ("b", "statistics")]
    assert {source.precision for source in read.in_precision("half").backbones} == {"half"}


def test_embeddings_of_an_older_version_are_made_again(dataset: Dataset) -> None:
    old = {"dataset": "made up", "backbone": "a", "size": 320, "views": 1, "blocks": [2]}
    write_json(dataset.folder / "embeddings" / "a+b" / "manifest.json", old)
    with pytest.raises(UserError, match=r"this version cannot read .*; make them .* --backbone a\+b"):
        dataset.embeddings()
