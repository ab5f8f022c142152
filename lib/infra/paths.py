"""Paths of folders on this machine, or in any store that fsspec knows, such as s3://BUCKET/FOLDER.

Everywhere in this project a `Path` may lie in a store (a UPath of universal-pathlib, which has the methods of pathlib).
This module holds what a store does differently from a disk. Credentials come from the environment.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from upath import UPath

from lib.infra.errors import UserError, first_line

if TYPE_CHECKING:
    import pyarrow as pa
    from fsspec import AbstractFileSystem


def parse_path(text: str) -> Path:
    """Return the path or URI in `text`. Raises UserError for a URI of a kind that no installed package reads."""
    if "://" not in text:
        return Path(text)
    try:
        # A cached listing would hide what other processes write.
        path: Any = UPath(text, use_listings_cache=False)
        return Path(path.path) if path.protocol in ("file", "local") else path
    except (ImportError, ValueError) as error:
        raise UserError(
            f"{text} cannot be used: {error}; give a folder, or a URI such as s3://bucket/folder"
        ) from error


def is_local(path: Path) -> bool:
    """Return whether `path` is on this machine's file system."""
    return isinstance(path, Path)


def store_of(path: Path) -> "tuple[AbstractFileSystem, str]":
    """Return the store of a path that is not local, and the path's name in it."""
    upath: Any = path
    return upath.fs, upath.path


def require_reachable(path: Path) -> None:
    """Raise UserError where the store of `path` does not answer, knows no such bucket, or refuses the credentials."""
    if is_local(path):
        return
    fs, name = store_of(path)
    try:
        if not fs.exists(name):
            fs.info(store_of([path, *path.parents][-1])[1].rstrip("/") or "/")
    except Exception as error:  # each store has exceptions of its own
        raise UserError(
            f"{path} cannot be reached ({first_line(error)}); check the name of the bucket, and in the environment the "
            "address and the credentials of the store (S3: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"
        ) from error


def read_bytes(path: Path) -> bytes:
    """Read a small file, from a store in one request, so that two versions are never mixed."""
    if is_local(path):
        return path.read_bytes()
    fs, name = store_of(path)
    return fs.cat_file(name)


def read_parquet(path: Path, **options: Any) -> "pa.Table":
    """Read a Parquet file with the options of pyarrow.parquet.read_table()."""
    import pyarrow.parquet as pq  # here, because the command line needs paths and must answer at once

    if is_local(path):
        return pq.read_table(path, **options)
    with path.open("rb") as file:
        return pq.read_table(file, **options)


def upload(folder: Path, target: Path) -> None:
    """Copy the files of a local folder into a store, JSON last: it marks a folder as complete."""
    fs, name = store_of(target)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for is_json in (False, True):
        batch = [path for path in files if (path.suffix == ".json") == is_json]
        if batch:
            fs.put([str(path) for path in batch], [f"{name}/{path.relative_to(folder).as_posix()}" for path in batch])


def remove_folder(path: Path) -> None:
    """Remove a folder and its content, if it exists; in a store JSON first, which marks a folder as complete."""
    if is_local(path):
        shutil.rmtree(path, ignore_errors=True)
        return
    fs, name = store_of(path)
    files = fs.find(name)
    for is_json in (True, False):
        if batch := [file for file in files if file.endswith(".json") == is_json]:
            fs.rm(batch)


def move_file(path: Path, target: Path) -> None:
    """Move a file within one disk, or within one store, to `target`, replacing what is there."""
    if is_local(path):
        make_folder(target.parent)
        os.replace(path, target)
        return
    fs, name = store_of(path)
    fs.mv(name, store_of(target)[1])


@contextmanager
def local_copy(path: Path) -> Iterator[Path]:
    """Yield a local file or folder with the content of `path`: itself where it is local, else a temporary copy."""
    if is_local(path):
        yield path
        return
    fs, name = store_of(path)
    with TemporaryDirectory() as folder:
        near = Path(folder) / path.name
        fs.get(name, str(near), recursive=True)
        yield near


def ray_storage(path: Path) -> dict[str, Any]:
    """Return `path` as the RunConfig of Ray Train and Ray Tune takes it."""
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    if is_local(path):
        return {"storage_path": str(path)}
    fs, name = store_of(path)
    return {"storage_path": name, "storage_filesystem": PyFileSystem(FSSpecHandler(fs))}


def make_folder(path: Path) -> Path:
    """Create the folder `path` and its parents, and return it; a store needs none. Raises UserError on failure."""
    if not is_local(path):
        return path
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError("it is not writable")
    except OSError as error:
        raise UserError(f"cannot write to the folder {path}: {error.strerror or error}; choose another") from error
    return path


def inside_submitted_job() -> bool:
    """Return whether this process is the driver of a `ray job submit`."""
    return "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ


def durable_path(path: Path, *, option: str) -> Path:
    """Return `path` made absolute; a path in a store stays as it is.

    Raises UserError for a store that cannot be reached, and for a relative path inside a submitted job: the job runs in
    a temporary copy of the working directory, so what it writes there would be lost.
    """
    if not is_local(path):
        require_reachable(path)
        return path
    if inside_submitted_job() and not path.is_absolute():
        raise UserError(
            f"{option} {path} is relative, and a submitted job runs in a temporary copy of the "
            "working directory; give an absolute path that every node sees, or a URI such as s3://bucket/folder"
        )
    return path.expanduser().absolute()
