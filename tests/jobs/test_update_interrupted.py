"""jobs/ingest.py, interrupted while it updates a dataset."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lib.data import layout, publication
from lib.data.dataset import Dataset
from lib.data.manifest import read_manifest
from tests.sources import change_catalogue, kill_ingest, replace_a_work, write_source
from tests.updates import COLUMNS, contents, ingest, paintings

pytestmark = pytest.mark.usefixtures("ray_cluster", "tracking_store")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "ROWS_PER_PART", 8)


def test_a_killed_update_leaves_the_old_version_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    root = write_source(tmp_path / "root", artists=25, works=100)
    out, work = tmp_path / "dataset", tmp_path / ".dataset.ingest"
    whole = (root / "catalogue.csv").read_text()
    change_catalogue(root, lambda rows: rows[:300])
    ingest(root, out)
    before = contents(out)
    (root / "catalogue.csv").write_text(whole)
    kill_ingest(root, out, when=work / "done", log=tmp_path / "log")
    assert before.items() <= contents(out).items()
    assert len(paintings(out)) == 300
    ingest(root, out)
    assert "continuing an interrupted run" in capsys.readouterr().out
    ingest(root, tmp_path / "scratch")
    assert paintings(out).equals(paintings(tmp_path / "scratch"))
    assert not work.exists()


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("moves", [0, 1, 4])
def test_an_update_interrupted_while_it_is_published_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    root, out = write_source(tmp_path / "root", artists=3, works=12), tmp_path / "dataset"
    ingest(root, out)
    before, old = paintings(out), Dataset.open(out)
    replace_a_work(root)
    interrupt_after(moves, monkeypatch, lambda: ingest(root, out))
    reading = paintings(out)
    assert old.paintings(columns=COLUMNS).equals(before)  # a job that opened it before can go on
    ingest(root, out)
    after = paintings(out)
    assert reading.equals(before) or reading.equals(after)
    ingest(root, tmp_path / "scratch")
    assert after.equals(paintings(tmp_path / "scratch"))
    assert not out.with_name(".dataset.ingest").exists()
    assert "What changed" in (out / "report" / "report.md").read_text()


def interrupt_after(moves: int, monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> None:
    """Run `work` and interrupt it when it has moved so many files to their place."""
    move, done = publication.move_file, 0

    def counted(path: Path, target: Path) -> None:
        nonlocal done
        if done == moves:
            raise KeyboardInterrupt
        done += 1
        move(path, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publication, "move_file", counted)
        work()


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("step", ["split_of_paintings", "count_changes"])
def test_an_update_interrupted_before_it_is_published_leaves_the_old_version_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, step: str
) -> None:
    root, out = write_source(tmp_path / "root", artists=3, works=12), tmp_path / "dataset"
    ingest(root, out)
    before = contents(out)
    replace_a_work(root)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(f"lib.data.ingest.{step}", interrupt)
        ingest(root, out)
    assert before.items() <= contents(out).items()
    assert len(paintings(out)) == 36
    capsys.readouterr()
    ingest(root, out)
    printed = capsys.readouterr().out
    assert "continuing an interrupted run: 0 of" in printed and "1 works added, 0 changed, 1 gone" in printed
    ingest(root, tmp_path / "scratch")
    assert paintings(out).equals(paintings(tmp_path / "scratch"))
    assert read_manifest(out)["fingerprint"] == read_manifest(tmp_path / "scratch")["fingerprint"]


@pytest.mark.usefixtures("small_parts")
def test_a_begun_update_of_another_catalogue_is_started_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, out = write_source(tmp_path / "root", artists=3, works=12), tmp_path / "dataset"
    ingest(root, out)
    replace_a_work(root)
    interrupt_after(0, monkeypatch, lambda: ingest(root, out))
    change_catalogue(root, lambda rows: rows[:-1])
    ingest(root, out)
    ingest(root, tmp_path / "scratch")
    assert paintings(out).equals(paintings(tmp_path / "scratch"))
