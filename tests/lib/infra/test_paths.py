"""Places in a real S3 server on this machine, beside the same on a disk."""

from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.infra import locks
from lib.infra.atomic import (
    atomic_file,
    atomic_folder,
    read_json,
    resumable_folder,
    staged_folder,
    write_json,
    write_lock,
)
from lib.infra.bundles import Metadata, read_bundle, read_metadata, write_bundle
from lib.infra.errors import UserError
from lib.infra.paths import durable_path, is_local, parse_path, read_parquet, require_reachable


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("**/*") if path.is_file())


@pytest.fixture(params=["disk", "store"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path if request.param == "disk" else request.getfixturevalue("bucket")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.1)


def test_texts_become_paths_or_places_in_stores(tmp_path: Path) -> None:
    assert parse_path("a/b") == Path("a/b")
    assert parse_path(f"file://{tmp_path}/a") == tmp_path / "a"
    far = parse_path("s3://bucket/a/b") / "c.txt"
    assert (str(far), far.name, is_local(far)) == ("s3://bucket/a/b/c.txt", "c.txt", False)
    with pytest.raises(UserError, match="nosuch://x/y cannot be used: .*give a folder, or a URI"):
        parse_path("nosuch://x/y")


def test_a_file_is_there_when_its_block_ends_well(root: Path) -> None:
    with (
        pytest.raises(RuntimeError),
        atomic_file(root / "x.txt") as near,
    ):
        near.write_text("half")
        raise RuntimeError
    assert names(root) == []
    with atomic_file(root / "x.txt") as near:
        near.write_text("whole")
        assert names(root) in ([], [near.name])
    assert (root / "x.txt").read_text() == "whole"


def test_a_folder_replaces_the_old_one_or_is_left_alone(root: Path) -> None:
    with atomic_folder(root / "b") as near:
        (near / "deep").mkdir()
        (near / "deep" / "old.txt").write_text("1")
    with pytest.raises(RuntimeError), atomic_folder(root / "b") as near:
        raise RuntimeError
    assert names(root / "b") == ["deep/old.txt"]
    with atomic_folder(root / "b") as near:
        write_json(near / "new.json", 2)
    assert names(root / "b") == ["new.json"]


def test_a_filled_folder_keeps_what_was_there(root: Path) -> None:
    for name in ("one", "two"):
        with staged_folder(root / "out") as near:
            (near / name).write_text(name)
    assert names(root / "out") == ["one", "two"]


def test_interrupted_work_goes_on_and_counts_only_when_it_is_done(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt), resumable_folder(root / "c", settings={"size": 1}) as work:
        (work / "part").write_text("done")
        raise KeyboardInterrupt
    assert not (root / "c" / "manifest.json").exists()
    with resumable_folder(root / "c", settings={"size": 1}) as work:
        assert (work / "part").read_text() == "done"
    assert names(root / "c") == ["manifest.json", "part"]
    assert read_json(root / "c" / "manifest.json") == {"size": 1}
    with resumable_folder(root / "c", settings={"size": 2}) as work:
        assert not (work / "part").exists()
    assert names(root / "c") == ["manifest.json"]


@pytest.mark.usefixtures("quick")
def test_one_run_writes_at_a_time(root: Path) -> None:
    with (
        write_lock(root / "d"),
        pytest.raises(UserError, match="another run is writing .*d; wait"),
        write_lock(root / "d"),
    ):
        pass
    with write_lock(root / "d"):
        pass


@pytest.mark.usefixtures("quick")
def test_the_lock_of_a_dead_run_in_a_store_is_taken_over(bucket: Path) -> None:
    (bucket / ".d.lock").write_text("of a run that was killed")
    with write_lock(bucket / "d"):
        assert names(bucket) == [".d.lock"]
    assert names(bucket) == []


@pytest.mark.usefixtures("quick")
def test_a_run_that_lost_its_lock_says_so_and_leaves_the_lock_of_the_other(bucket: Path) -> None:
    with pytest.raises(UserError, match="another run took over .*d, because"), write_lock(bucket / "d"):
        (bucket / ".d.lock").write_text("of the other")
    assert (bucket / ".d.lock").read_text() == "of the other"


def test_bundles_come_back_from_a_store_and_a_half_of_one_is_none(root: Path) -> None:
    import numpy as np

    tensors = {"weight": np.arange(6, dtype=np.float32)}
    write_bundle(root / "models" / "style", tensors=tensors, metadata=Metadata())
    read, metadata = read_bundle(root / "models" / "style", Metadata)
    assert (read["weight"].tolist(), metadata) == (tensors["weight"].tolist(), Metadata())
    (root / "models" / "style" / "model.json").unlink()
    assert read_metadata(root / "models" / "style", Metadata) is None
    with pytest.raises(UserError, match="is not a model bundle"):
        read_bundle(root / "models" / "style", Metadata)


def test_parquet_columns_and_filters(root: Path) -> None:
    with atomic_file(root / "t.parquet") as near:
        pq.write_table(pa.table({"a": [1, 2, 3], "b": ["x", "y", "z"]}), near)
    read = read_parquet(root / "t.parquet", columns=["b"], filters=[("a", "in", [1, 3])])
    assert read.to_pydict() == {"b": ["x", "z"]}


def test_stores_that_cannot_be_reached_are_one_sentence(bucket: Path, s3_server: str) -> None:
    require_reachable(bucket / "nothing" / "yet")
    with pytest.raises(UserError, match="s3://no-such-bucket/x cannot be reached .*check the name of the bucket"):
        durable_path(parse_path("s3://no-such-bucket/x"), option="--out")
    httpx.post(f"{s3_server}/moto-api/reset-auth", content="0")  # from now on the server looks at credentials
    try:
        with pytest.raises(UserError, match="cannot be reached .*address and the credentials"):
            durable_path(bucket / "x", option="--out")
    finally:
        httpx.post(f"{s3_server}/moto-api/reset-auth", content="Infinity")
