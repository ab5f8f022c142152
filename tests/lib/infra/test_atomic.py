from pathlib import Path

import pytest

from lib.infra.atomic import atomic_file, atomic_folder, read_json, resumable_folder, write_json
from lib.infra.errors import UserError
from lib.infra.paths import make_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_file_appears_when_its_block_ends(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a.txt") as aside:
        aside.write_text("new")
        assert not (tmp_path / "a.txt").exists()
    assert names(tmp_path) == ["a.txt"]


def test_a_failed_block_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(RuntimeError), atomic_file(tmp_path / "a.txt") as aside:
        aside.write_text("half")
        raise RuntimeError
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_failed_block_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    write_json(make_folder(tmp_path / "b") / "x.json", "old")
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "b") as aside:
        write_json(aside / "x.json", "half")
        raise RuntimeError
    assert names(tmp_path) == ["b"]
    assert read_json(tmp_path / "b" / "x.json") == "old"


def test_a_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    write_json(make_folder(tmp_path / "b") / "old.json", 1)
    with atomic_folder(tmp_path / "b") as aside:
        write_json(aside / "new.json", 2)
    assert names(tmp_path) == ["b"]
    assert names(tmp_path / "b") == ["new.json"]


def interrupt(path: Path, *, settings: dict) -> None:
    with pytest.raises(KeyboardInterrupt), resumable_folder(path, settings=settings) as aside:
        (aside / "part").write_text("done")
        raise KeyboardInterrupt


def test_interrupted_work_goes_on_where_it_stopped_and_is_published_at_the_end(tmp_path: Path) -> None:
    interrupt(tmp_path / "c", settings={"size": 1})
    assert not (tmp_path / "c").exists()
    with resumable_folder(tmp_path / "c", settings={"size": 1}) as aside:
        assert (aside / "part").read_text() == "done"
    assert names(tmp_path) == ["c"]
    assert read_json(tmp_path / "c" / "manifest.json") == {"size": 1}


def test_interrupted_work_with_other_settings_starts_afresh(tmp_path: Path) -> None:
    interrupt(tmp_path / "c", settings={"size": 1})
    with resumable_folder(tmp_path / "c", settings={"size": 2}) as aside:
        assert not (aside / "part").exists()


def test_a_second_run_cannot_write_where_the_first_one_does(tmp_path: Path) -> None:
    with resumable_folder(tmp_path / "c", settings={"size": 1}) as aside:
        (aside / "part").write_text("done")
        with (
            pytest.raises(UserError, match="another run is writing .*c; wait"),
            resumable_folder(tmp_path / "c", settings={"size": 2}),
        ):
            pass
    assert (tmp_path / "c" / "part").read_text() == "done"
    with resumable_folder(tmp_path / "c", settings={"size": 2}) as aside:
        assert not (aside / "part").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write to the folder .*file/inside.*; choose another"):
        make_folder(tmp_path / "file" / "inside")
