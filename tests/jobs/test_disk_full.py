"""A disk that is full when a job writes, as a small file system in memory; needs root to mount one."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import ingest, train_per_artist
from jobs.ingest import Ingest
from jobs.train_per_artist import TrainPerArtist
from lib.dating.artist_comparator import ComparatorMetadata
from lib.dating.per_artist import comparator_folder
from lib.infra.bundles import read_metadata
from tests.commands import refusal
from tests.embedded import write_embedded
from tests.sources import write_source

pytestmark = pytest.mark.usefixtures("tracking_store", "ray_cluster")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 192 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192k", "none", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def make_room(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_ingest_says_so_and_finishes_when_there_is_room(disk: Path, tmp_path: Path) -> None:
    root = write_source(tmp_path / "root", artists=3, works=100)
    words = ["--source", "csv", "--root", root, "--catalogue", root / "catalogue.csv", "--out", disk / "dataset"]
    printed = refusal("ingest", *words)
    assert "error: a disk is full" in printed
    assert "make room and start the same command again" in printed
    assert not (disk / "dataset").exists()
    make_room(disk)
    options = {"source": "csv", "root": root, "catalogue": root / "catalogue.csv"}
    ingest.main(Ingest(out=disk / "dataset", **options))
    ingest.main(Ingest(out=tmp_path / "dataset", **options))
    assert contents(disk / "dataset") == contents(tmp_path / "dataset")


@pytest.mark.slow
def test_training_says_so_leaves_only_whole_comparators_and_trains_the_rest_when_there_is_room(
    disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    artists = write_embedded(tmp_path / "dataset", artists=8, works=150, seed=5)
    words = ["--dataset", tmp_path / "dataset", "--models", disk / "models", "--workers", 1]
    assert "error: a disk is full" in refusal("train_per_artist", *words)
    folders = [comparator_folder(disk / "models", artist) for artist in artists]
    whole = [folder for folder in folders if read_metadata(folder, ComparatorMetadata)]
    assert len(whole) < len(artists)
    assert all((folder / "model.safetensors").stat().st_size > 0 for folder in whole)
    make_room(disk)
    assert train_per_artist.main(TrainPerArtist(dataset=tmp_path / "dataset", models=disk / "models")) == 0
    assert f"{len(whole)} up to date" in capsys.readouterr().out
    assert all(read_metadata(folder, ComparatorMetadata) for folder in folders)
