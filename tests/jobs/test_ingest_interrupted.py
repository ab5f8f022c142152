"""An ingest that was killed or interrupted, started again."""

from pathlib import Path

import pytest

from jobs.ingest import Ingest, main
from lib.data.manifest import read_manifest
from tests.sources import ingest_config, kill_ingest, write_source
from tests.updates import contents


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, tracking_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_killed_run_goes_on_and_ends_the_same(
    tmp_path: Path, ray_cluster: None, capsys: pytest.CaptureFixture
) -> None:
    root = write_source(tmp_path / "root", artists=30, works=100)
    out, work = tmp_path / "dataset", tmp_path / ".dataset.ingest"
    kill_ingest(root, out, when=work / "done", log=tmp_path / "log")
    assert 0 < len(list((work / "done").glob("[0-9]*.json"))) < 12  # parts of 256 rows
    assert not out.exists()
    (work / "dataset" / "paintings" / ".part-00003.parquet.0badc0de").write_bytes(b"half")
    main(ingest_config(root, out))
    assert "continuing an interrupted run" in capsys.readouterr().out
    main(ingest_config(root, tmp_path / "whole" / "dataset"))
    assert contents(out) == contents(tmp_path / "whole" / "dataset")
    assert not work.exists()


def interrupt_before_the_report(options: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("lib.reports.dataset.write_report", interrupt)
        main(options)


def test_an_interruption_after_the_splits_changes_nothing(
    tmp_path: Path, ray_cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=6), tmp_path / "dataset"
    interrupt_before_the_report(ingest_config(root, out), monkeypatch)
    assert not out.exists()
    main(ingest_config(root, out))
    main(ingest_config(root, tmp_path / "whole" / "dataset"))
    assert contents(out) == contents(tmp_path / "whole" / "dataset")


def test_a_begun_dataset_of_other_options_is_started_afresh(
    tmp_path: Path, ray_cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, out = write_source(tmp_path / "root", artists=2, works=6), tmp_path / "dataset"
    interrupt_before_the_report(ingest_config(root, out), monkeypatch)
    main(ingest_config(root, out, artists=1))
    assert read_manifest(out)["counts"]["paintings"] == 6
