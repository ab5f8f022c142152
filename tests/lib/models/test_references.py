from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.attribution.two_covariance import TwoCovariance, fit_two_covariance
from lib.data.dataset import Dataset
from lib.data.provenance import Provenance
from lib.infra.atomic import read_json, write_json
from lib.infra.errors import UserError
from lib.infra.paths import upload
from lib.models import references as module
from lib.models.references import ReferencesMetadata, ReferenceWork, read_references, without
from lib.models.write_references import DescribedReferences, write_references
from tests.embedded import write_embedded

PROVENANCE = Provenance(dataset="made up", short_side=320, backbones=(), parts=(), tilt=0)
WORKS = 30


def artist_of(row: int) -> str:
    return f"artist {row % 3}"


@pytest.fixture(scope="module")
def model() -> TwoCovariance:
    """A model of the works, in which each artist's lie around a place of their own."""
    random = np.random.default_rng(0)
    positions = random.normal(size=(WORKS, 8)) + np.tile(3 * random.normal(size=(3, 8)), (WORKS // 3, 1))
    return fit_two_covariance(positions, np.array([artist_of(row) for row in range(WORKS)]))


@pytest.fixture(scope="module")
def coordinates(model: TwoCovariance) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(WORKS, model.axes.shape[1])).astype(np.float32)


@pytest.fixture(scope="module")
def models(coordinates: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with reference works that were written in batches of different sizes."""
    folder = tmp_path_factory.mktemp("references")
    write_embedded(folder / "dataset", artists=1, works=1)
    paintings = pd.DataFrame(
        {
            "painting_id": [f"{row}.jpg" for row in range(WORKS)],
            "artist": [artist_of(row) for row in range(WORKS)],
            "date": [f"by {1800 + row}" for row in range(WORKS)],
            "earliest": pd.array([None] * WORKS, "Int32"),
            "latest": pd.array(range(1800, 1800 + WORKS), "Int32"),
            "circa": [row % 2 == 0 for row in range(WORKS)],
            "catalogue_columns": ['{"room": "ä"}'] * WORKS,
        }
    )
    batches = [DescribedReferences(paintings[a:b], coordinates[a:b]) for a, b in ((0, 7), (7, 8), (8, WORKS))]
    metadata = ReferencesMetadata(
        provenance=PROVENANCE, works=WORKS, thumbnails=False, coordinates=coordinates.shape[1]
    )
    write_references(folder, Dataset.open(folder / "dataset"), batches, metadata=metadata)
    return folder


def test_works_are_read_one_by_one_from_files_that_stay_on_disk(models: Path, coordinates: np.ndarray) -> None:
    references = read_references(models, provenance=PROVENANCE)
    assert isinstance(references.coordinates, np.memmap)
    np.testing.assert_array_equal(references.coordinates, coordinates)
    for row in (0, 7, 8, WORKS - 1):
        work = references.work(row)
        assert (work.painting_id, work.artist, work.columns) == (f"{row}.jpg", artist_of(row), {"room": "ä"})
        assert (work.dated.earliest, work.dated.latest, work.dated.circa) == (None, 1800 + row, row % 2 == 0)
    assert references.of("artist 1").tolist() == list(range(1, WORKS, 3))
    assert not len(references.of("nobody"))
    assert references.near_duplicates(np.zeros(1, dtype=np.uint64)) == []
    assert references.thumbnails(["0.jpg"]) == {}


def test_a_store_gives_the_same_works(models: Path, bucket: Path, coordinates: np.ndarray) -> None:
    upload(models / "references", bucket / "models" / "references")
    references = read_references(bucket / "models", provenance=PROVENANCE)
    np.testing.assert_array_equal(references.coordinates, coordinates)
    assert isinstance(references.work(7), ReferenceWork)


@pytest.mark.parametrize("at_once", [1, 4, WORKS])
def test_the_nearest_works_are_found_however_many_are_compared_at_once(
    models: Path, model: TwoCovariance, coordinates: np.ndarray, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    references, rows = read_references(models, provenance=PROVENANCE), np.arange(1, WORKS)
    nearest = references.nearest(model, coordinates[[5, 0]], rows=rows, most=4)
    ratios = model.work_ratios(coordinates[[5, 0]], coordinates[rows])
    np.testing.assert_array_equal(nearest, rows[np.argsort(-ratios, axis=1)[:, :4]])
    assert references.nearest(model, coordinates[:2], rows=rows[:3], most=4).shape == (2, 3)
    assert references.nearest(model, coordinates[:2], rows=rows[:0], most=4).shape == (2, 0)


def test_a_model_without_all_works_of_an_artist_does_not_know_the_artist(models: Path, model: TwoCovariance) -> None:
    references = read_references(models, provenance=PROVENANCE)
    less = without(model, references, [0, 0, 3])
    assert less.works.tolist() == [WORKS // 3 - 2, WORKS // 3, WORKS // 3]
    np.testing.assert_allclose(less.sums[0], model.sums[0] - references.coordinates[[0, 3]].sum(axis=0))
    assert without(model, references, references.of("artist 0").tolist()).artists == ["artist 1", "artist 2"]


def test_works_of_an_older_version_and_broken_files_are_refused(
    models: Path, coordinates: np.ndarray, tmp_path: Path
) -> None:
    copied = tmp_path / "references"
    copied.mkdir()
    for file in (models / "references").iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    np.save(copied / "coordinates.npy", coordinates[1:])
    with pytest.raises(UserError, match="do not belong together"):
        read_references(tmp_path, provenance=PROVENANCE)
    np.save(copied / "coordinates.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(UserError, match=r"holds no reference works \("):
        read_references(tmp_path, provenance=PROVENANCE)
    (copied / "works.arrow").write_bytes(b"ARROW1")
    with pytest.raises(UserError, match=r"holds no reference works \("):
        read_references(tmp_path, provenance=PROVENANCE)
    metadata = read_json(copied / "model.json")
    write_json(copied / "model.json", {name: metadata[name] for name in metadata if name != "coordinates"})
    with pytest.raises(UserError, match="older version, which this one cannot read; train again"):
        read_references(tmp_path, provenance=PROVENANCE)
