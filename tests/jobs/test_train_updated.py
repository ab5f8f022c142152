"""jobs/train_per_artist.py over a dataset that was updated since, with made-up embeddings."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from jobs.train_per_artist import TrainPerArtist, main
from lib.data.embeddings import read_embeddings
from lib.dating.artist_comparator import ArtistComparator
from lib.dating.per_artist import comparator_folder
from lib.infra.atomic import read_json
from lib.models.comparators import Comparators
from lib.models.store import ModelSet, read_style_space
from tests.embedded import write_embedded

pytestmark = pytest.mark.usefixtures("ray_cluster", "tracking_store")
BACKBONE = "efficientnet_lite0"


def become(dataset: Path, works: pa.Table, *, version: str) -> None:
    """Give a dataset of embeddings other works and the fingerprint of another version."""
    before = read_json(dataset / "manifest.json")["fingerprint"]
    for manifest in dataset.rglob("manifest.json"):
        manifest.write_text(manifest.read_text().replace(f'"{before}"', f'"{version}"'))
    pq.write_table(works, dataset / "embeddings" / BACKBONE / "part-00000.parquet")


def works_of(dataset: Path) -> pa.Table:
    return pq.read_table(dataset / "embeddings" / BACKBONE / "part-00000.parquet")


def changed(works: pa.Table, painting_id: str, name: str, value: str | int | None) -> pa.Table:
    """Return the works with another value in one column of one of them."""
    column, scalar = works[name], pa.scalar(value, works.schema.field(name).type)
    values = pc.if_else(pc.equal(works["painting_id"], painting_id), scalar, column)
    return works.set_column(works.schema.get_field_index(name), name, values)


def train(dataset: Path, models: Path) -> Comparators:
    assert main(TrainPerArtist(dataset=dataset, models=models)) == 0
    return ModelSet.open(models).comparators()


def estimated_years(dataset: Path, models: Path, comparator: ArtistComparator) -> np.ndarray:
    embeddings = read_embeddings(dataset, BACKBONE)
    mine = (embeddings.paintings["artist"] == comparator.metadata.artist).to_numpy()
    return comparator.comparator.estimate(read_style_space(models)[0].positions(embeddings.matrix[mine]))[0]


def test_comparators_are_trained_again_where_the_works_changed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    dataset, models = tmp_path / "dataset", tmp_path / "models"
    *others, leaving = write_embedded(dataset, artists=16, works=36, seed=7)
    more, moved = others[1], others[5]
    works = works_of(dataset)
    works = works.slice(0, len(works) - 20)  # the last artist has few works
    works = changed(works, "000000", "earliest", None)  # "before 1890"
    # The first version lacks a work of one artist. With the second an artist goes, and a work of another is in train.
    become(dataset, works.filter(pc.not_equal(works["painting_id"], "000037")), version="first")
    first = train(dataset, models)
    assert sorted(first) == [*others, leaving]
    files = {name: (comparator_folder(models, name) / "model.json").read_bytes() for name in first}
    works = changed(works.filter(pc.not_equal(works["artist"], leaving)), "000188", "split", "train")
    become(dataset, works, version="second")
    capsys.readouterr()
    second = train(dataset, models)
    printed = capsys.readouterr().out
    assert "style space: kept from version first" in printed
    assert "15 artists, 13 up to date, 2 to train" in printed
    assert sorted(second) == others
    same = {name for name in files if (comparator_folder(models, name) / "model.json").read_bytes() == files[name]}
    assert same == {*others, leaving} - {more, moved}
    assert ModelSet.open(models).provenance.dataset == "second"
    assert second[others[0]].metadata.provenance.dataset == "first"
    assert "000037" in second[more].metadata.reference_works
    assert second.metadata[more].reference_works == ()  # what stays in memory of an artist not in use

    scratch = train(dataset, tmp_path / "scratch")
    for name in others:
        updated, made = (
            estimated_years(dataset, folder, comparators[name])
            for folder, comparators in ((models, second), (tmp_path / "scratch", scratch))
        )
        assert second[name].metadata.reference_works == scratch[name].metadata.reference_works
        assert np.abs(updated - made).mean() < 0.3  # of 30 years
    assert train(dataset, models).keys() == second.keys()
    assert "15 up to date, 0 to train" in capsys.readouterr().out


@pytest.mark.slow
def test_works_that_move_the_style_space_make_all_models_anew(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    dataset, models = tmp_path / "dataset", tmp_path / "models"
    artists = write_embedded(dataset, artists=4, works=40, seed=7)
    works = works_of(dataset)
    become(dataset, works.filter(pc.not_equal(works["artist"], artists[3])), version="first")
    train(dataset, models)
    become(dataset, works, version="second")
    capsys.readouterr()
    second = train(dataset, models)
    assert "style space: fitting to 128 works" in capsys.readouterr().out
    scratch = train(dataset, tmp_path / "scratch")
    assert {name: made.metadata.model_copy(update={"seconds": None}) for name, made in second.items()} == {
        name: made.metadata.model_copy(update={"seconds": None}) for name, made in scratch.items()
    }
    for name in artists:
        updated, made = (comparator_folder(folder, name) for folder in (models, tmp_path / "scratch"))
        assert (updated / "model.safetensors").read_bytes() == (made / "model.safetensors").read_bytes()
