"""Workers import little: each is a process of its own, which would load what it does not need once more."""

import subprocess
import sys
from pathlib import Path

from lib.data.catalogues import read_catalogue
from lib.data.rows import CatalogueOptions
from lib.data.workspace import Workspace
from tests.nodes import REPOSITORY
from tests.sources import write_source

DECODE = """
import lib.data.ingest  # where the task is, which Ray unpickles by its name
from lib.data.workspace import Workspace
from pathlib import Path
assert Workspace(Path(sys.argv[1])).write_part(0, root=Path(sys.argv[2]), short_side=320) == 3
"""
FORBIDDEN = {"matplotlib", "mlflow", "timm"}


def loaded_by(code: str, *arguments: Path) -> set[str]:
    """Return the packages that a fresh process has loaded when it has run `code`."""
    show = "print(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", f"import sys\n{code}\n{show}", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


def test_a_decoding_task(tmp_path: Path) -> None:
    root, out = write_source(tmp_path / "root", artists=1, works=3), tmp_path / "dataset"
    catalogue = read_catalogue("csv", root, CatalogueOptions(catalogue=root / "catalogue.csv"))
    Workspace(out).begin(catalogue.paintings, {})
    loaded = loaded_by(DECODE, out, root)
    assert {"lib", "pyarrow", "PIL"} <= loaded
    assert not loaded & (FORBIDDEN | {"torch"})


def test_a_decoder_of_the_service() -> None:
    assert not loaded_by("import serve.decoder") & (FORBIDDEN | {"torch", "ray", "pydantic", "pandas"})


def test_the_http_side_of_the_service() -> None:
    assert not loaded_by("import serve.api") & {"torch", "timm"}


def test_a_comparator_worker() -> None:
    loaded = loaded_by("from lib.dating.worker_group import train_share")  # as Ray does to unpickle what a worker runs
    assert {"lib", "ray", "numpy"} <= loaded
    assert not loaded & (FORBIDDEN | {"torch"})
