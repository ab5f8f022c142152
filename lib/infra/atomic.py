"""Atomic files and folders: they appear whole or not at all.

On a disk they are written aside and renamed. A store cannot rename, but its objects appear whole: a file is written on
this machine and uploaded in one piece, and a folder is there when its JSON file, which comes last, is.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lib.infra.locks import write_lock
from lib.infra.paths import is_local, local_copy, make_folder, read_bytes, remove_folder, store_of, upload


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a local path to write to; it becomes `path` when the block ends well."""
    if not is_local(path):
        with TemporaryDirectory() as folder:
            near = Path(folder) / path.name
            yield near
            fs, name = store_of(path)
            fs.put_file(str(near), name)
        return
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        yield aside
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a new local folder to fill; it replaces `path` when the block ends well.

    In a store the old folder is removed before the new one is uploaded, so for a moment there is none.
    """
    if not is_local(path):
        with TemporaryDirectory() as folder:
            yield Path(folder)
            remove_folder(path)
            upload(Path(folder), path)
        return
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
def staged_folder(path: Path) -> Iterator[Path]:
    """Yield a local folder whose files are added to `path` when the block ends well.

    It is `path` itself where that is local.
    """
    if is_local(path):
        yield make_folder(path)
        return
    with TemporaryDirectory() as folder:
        yield Path(folder)
        upload(Path(folder), path)


@contextmanager
def resumable_folder(path: Path, *, settings: dict[str, Any]) -> Iterator[Path]:
    """Yield the folder in which long work collects its files: a hidden one beside `path`, in a store `path` itself.

    An interrupted block leaves it behind. The next block with equal `settings` gets it as it was; with other settings
    it gets an empty one. When the block ends well, `settings` become the folder's manifest.json, which marks it as
    finished, and the folder replaces `path`. Raises UserError where another run writes it.
    """
    aside = path.with_name(f".{path.name}.unfinished") if is_local(path) else path
    manifest = aside / "settings.json"
    with write_lock(path):
        if find_json(manifest) != settings:
            remove_folder(aside)
            make_folder(aside)
            write_json(manifest, settings)
        yield aside
        if not is_local(path):
            write_json(path / "manifest.json", settings)
            manifest.unlink()
            return
        os.replace(manifest, aside / "manifest.json")
        shutil.rmtree(path, ignore_errors=True)
        os.replace(aside, path)


def copy_file(path: Path, target: Path) -> None:
    """Copy a file, whole or not at all."""
    with local_copy(path) as near, atomic_file(target) as aside:
        shutil.copyfile(near, aside)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, whole or not at all."""
    with atomic_file(path) as aside:
        aside.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(read_bytes(path))


def find_json(path: Path) -> Any:
    """Read a JSON file; None where there is none."""
    try:
        return read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
