import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from jobs import ingest as catalogue
from jobs.embed import Embed, main
from lib.data import layout
from lib.data.embeddings import read_embeddings
from lib.data.paintings import PAINTINGS_SCHEMA, painting_parts, read_part, write_part
from lib.infra.atomic import read_json, write_json
from lib.infra.errors import UserError
from tests.conftest import Trained

BACKBONE = "efficientnet_lite0"


@pytest.fixture(scope="module")
def embedded(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose paintings lie in two parts, embedded."""
    folder = tmp_path_factory.mktemp("embedded") / "dataset"
    table = read_part(painting_parts(trained.dataset)[0], columns=[*PAINTINGS_SCHEMA.names, "split"])
    write_part(folder / "paintings" / "part-00000.parquet", table.slice(0, 20))
    write_part(folder / "paintings" / "part-00001.parquet", table.slice(20, 20))
    write_json(folder / "manifest.json", {"fingerprint": "two parts", "short_side": 320})
    main(Embed(dataset=folder, backbone="efficientnet_lite0"))
    return folder


@pytest.fixture
def dataset(embedded: Path, tmp_path: Path) -> Path:
    """A copy of the embedded dataset, to be changed."""
    shutil.copytree(embedded, tmp_path / "dataset")
    return tmp_path / "dataset"


def test_every_painting_gets_one_embedding_with_its_own_facts(embedded: Path) -> None:
    embeddings = read_embeddings(embedded, BACKBONE)
    facts = embeddings.paintings.set_index("painting_id")
    expected = pq.read_table(embedded / "paintings").to_pandas().set_index("painting_id")
    assert sorted(facts.index) == sorted(expected.index)
    assert facts["year"].to_dict() == expected["year"].to_dict()
    assert embeddings.matrix.shape == (40, sum(embeddings.manifest.blocks))


def test_an_interrupted_run_does_only_what_is_missing(dataset: Path, capsys: pytest.CaptureFixture) -> None:
    before = read_embeddings(dataset, BACKBONE)
    folder = dataset / "embeddings" / BACKBONE
    unfinished = folder.with_name(f".{BACKBONE}.unfinished")
    folder.rename(unfinished)  # as a run leaves it that was killed after its first part
    (unfinished / "manifest.json").rename(unfinished / "settings.json")
    (unfinished / "part-00001.parquet").unlink()
    kept = (unfinished / "part-00000.parquet").stat().st_mtime_ns
    with pytest.raises(UserError, match="no finished efficientnet_lite0 embeddings; make them with jobs/embed.py"):
        read_embeddings(dataset, BACKBONE)
    main(Embed(dataset=dataset, backbone="efficientnet_lite0"))
    assert "embedding 1 of 2 parts" in capsys.readouterr().out
    assert (folder / "part-00000.parquet").stat().st_mtime_ns == kept
    after = read_embeddings(dataset, BACKBONE)
    assert after.paintings.equals(before.paintings)
    assert (after.matrix == before.matrix).all()


def test_embeddings_of_other_paintings_are_refused_and_made_again(dataset: Path) -> None:
    write_json(dataset / "manifest.json", {**read_json(dataset / "manifest.json"), "fingerprint": "other"})
    with pytest.raises(UserError, match="were made from other paintings"):
        read_embeddings(dataset, BACKBONE)
    main(Embed(dataset=dataset, backbone="efficientnet_lite0"))
    assert read_embeddings(dataset, BACKBONE).manifest.dataset == "other"


def test_a_second_start_does_nothing(trained: Trained, capsys: pytest.CaptureFixture) -> None:
    main(Embed(dataset=trained.dataset, backbone="efficientnet_lite0"))
    assert "is up to date" in capsys.readouterr().out


def test_a_folder_without_a_dataset_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a finished dataset .*; make it with jobs/ingest.py"):
        main(Embed(dataset=tmp_path))


def test_an_update_embeds_new_pictures_alone_and_gives_what_a_new_dataset_has(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "ROWS_PER_PART", 8)
    root, out = tmp_path / "root", tmp_path / "dataset"
    shutil.copytree(trained.catalogue / "train", root)
    names = sorted(path.name for path in root.iterdir())[:37]
    rows = [f"{name},artist {number % 3},18{number + 10}" for number, name in enumerate(names)]

    def ingest(dataset: Path, rows: list[str]) -> None:
        (tmp_path / "works.csv").write_text("\n".join(["file,artist,date", *rows]) + "\n")
        catalogue.main(catalogue.Ingest(source="csv", root=root, catalogue=tmp_path / "works.csv", out=dataset))
        main(Embed(dataset=dataset, backbone=BACKBONE))

    ingest(out, rows[:36])
    folder = out / "embeddings" / BACKBONE
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*.parquet")}
    capsys.readouterr()
    grown = [*rows[1:8], rows[8].replace(",1818", ",1799"), *rows[9:]]  # one gone, one dated otherwise, one added
    ingest(out, grown)
    assert "embedded: 1 paintings" in capsys.readouterr().out
    times = {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*.parquet")}
    assert kept.items() & times.items()  # parts that did not change
    assert sorted(times) == sorted(part.name for part in painting_parts(out))
    ingest(tmp_path / "scratch", grown)
    updated, scratch = (read_embeddings(dataset, BACKBONE) for dataset in (out, tmp_path / "scratch"))
    assert updated.manifest == scratch.manifest
    assert updated.paintings.equals(scratch.paintings)
    assert np.abs(updated.matrix.astype(float) - scratch.matrix).max() == 0
