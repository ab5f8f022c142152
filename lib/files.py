"""Files that appear whole or not at all: written aside, then renamed."""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from lib.errors import UserError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it to `path` when the block ends well."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        yield aside
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder beside `path` to fill; it replaces `path` when the block ends well."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    make_folder(aside)
    try:
        yield aside
        if path.exists():
            old = path.with_name(f"{aside.name}.old")
            os.replace(path, old)
            os.replace(aside, path)
            shutil.rmtree(old)
        else:
            os.replace(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def unfinished_folder(path: Path, *, settings: dict[str, Any]) -> Iterator[Path]:
    """Yield the hidden folder beside `path` in which long work gathers its files.

    An interrupted block leaves it, and the next one with equal `settings` finds what was done; other
    settings start it afresh. When the block ends well, `settings` become the folder's manifest.json
    and the folder replaces `path`. Raises UserError where another run is at it.
    """
    aside = path.with_name(f".{path.name}.unfinished")
    manifest = aside / "settings.json"
    with only_writer(path):
        if not (manifest.is_file() and read_json(manifest) == settings):
            shutil.rmtree(aside, ignore_errors=True)
            make_folder(aside)
            write_json(manifest, settings)
        yield aside
        os.replace(manifest, aside / "manifest.json")
        shutil.rmtree(path, ignore_errors=True)
        os.replace(aside, path)


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Keep other runs from writing `path` meanwhile; the lock ends with the process, however that ends.

    Raises UserError where another run writes it.
    """
    make_folder(path.parent)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise UserError(f"another run is writing {path}; wait until it ends, or choose another place") from error
    try:
        yield
    finally:
        lock.release()


def make_folder(path: Path) -> Path:
    """Create `path` and its parents. Raises UserError where that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError("it is not writable")
    except OSError as error:
        raise UserError(f"cannot write to the folder {path}: {error.strerror or error}; choose another") from error
    return path


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, whole or not at all."""
    with whole_file(path) as aside:
        aside.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))
