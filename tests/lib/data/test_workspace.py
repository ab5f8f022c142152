"""A dataset in the making, without Ray."""

from pathlib import Path

from lib.data.catalogues import read_catalogue
from lib.data.rows import CatalogueOptions
from lib.data.splits import assign_splits
from lib.data.workspace import Workspace
from tests.sources import painting, write_source


def bytes_written() -> int:
    """The bytes that this process has handed to write() so far."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["wchar"])


def test_ingest_writes_no_more_than_the_dataset(tmp_path: Path) -> None:
    root = write_source(tmp_path / "root", artists=2, works=200)
    for number, file in enumerate(root.glob("*.jpg")):
        file.write_bytes(painting(number, size=(400, 300)))
    paintings = read_catalogue("csv", root, CatalogueOptions(catalogue=root / "catalogue.csv")).paintings
    workspace, before = Workspace(tmp_path / "dataset"), bytes_written()
    workspace.begin(paintings, {})
    for part in workspace.missing_parts():
        workspace.write_part(part, root=root)
    parts = sorted((workspace.dataset / "paintings").iterdir())
    written = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in parts]
    table = workspace.paintings()
    workspace.write_splits(table.assign(split=assign_splits(table)))
    assert len(parts) == 2
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in parts] == written
    size = sum(path.stat().st_size for path in workspace.dataset.rglob("*.parquet"))
    assert size <= bytes_written() - before < 1.05 * size
