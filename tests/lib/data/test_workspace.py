"""A dataset in the making, without Ray."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lib.data import part_writer
from lib.data.catalogues import read_catalogue
from lib.data.images import decode_rgb
from lib.data.paintings import PAINTINGS_SCHEMA
from lib.data.rows import CatalogueOptions
from lib.data.splits import assign_splits
from lib.data.workspace import Workspace
from lib.features.embedded_parts import read_pictures
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
        workspace.write_part(part, root=root, short_side=320)
    parts = sorted((workspace.dataset / "paintings").iterdir())
    written = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in parts]
    table = workspace.paintings()
    workspace.write_splits(table.assign(split=assign_splits(table)))
    assert len(parts) == 2
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in parts] == written
    size = sum(path.stat().st_size for path in workspace.dataset.rglob("*.parquet"))
    assert size <= bytes_written() - before < 1.05 * size


def test_large_images_of_a_part_are_written_and_read_group_by_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_source(tmp_path / "root", artists=1, works=9)
    for number in range(9):
        (root / f"0-{number}.jpg").write_bytes(painting(number, size=(300 + number, 150)))
    (root / "0-4.jpg").write_bytes(b"broken")
    monkeypatch.setattr(part_writer, "ROW_GROUP_BYTES", 10_000)
    workspace = Workspace(tmp_path / "dataset")
    workspace.begin(read_catalogue("csv", root, CatalogueOptions(catalogue=root / "catalogue.csv")).paintings, {})
    assert workspace.write_part(0, root=root, short_side=100) == 9
    (part,) = (workspace.dataset / "paintings").iterdir()
    table = pq.read_table(part)
    assert pq.read_metadata(part).num_row_groups > 2
    assert table.schema.equals(PAINTINGS_SCHEMA)
    assert [name for name, _ in workspace.rejected_files()] == ["0-4.jpg"]
    assert table["width"].to_pylist() == [300 + number for number in range(9) if number != 4]
    stored = [decode_rgb(jpeg) for jpeg in table["image"].to_pylist()]
    assert {image.height for image in stored} == {100}
    read = [image for batch in read_pictures(part) for image in batch]
    assert [image.tobytes() for image in read] == [image.tobytes() for image in stored]
