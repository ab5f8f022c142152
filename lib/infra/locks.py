"""Locks that let one run at a time write a folder, on a disk and in a store.

A store has no locks. There a lock is an object that its holder keeps rewriting for as long as it lives: a lease.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from lib.infra.errors import UserError
from lib.infra.paths import is_local, make_folder, read_bytes, store_of

BEAT_SECONDS = 5.0
MISSED_BEATS = 4  # after which the holder counts as dead


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Keep other runs from writing `path` during the block; the lock ends with the process, however that ends.

    Raises UserError where another run writes it. lease() says how far that can be trusted in a store.
    """
    lock_path = path.with_name(f".{path.name}.lock")
    if not is_local(path):
        with lease(lock_path, protected=path):
            yield
        return
    make_folder(path.parent)
    lock = FileLock(lock_path)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise UserError(f"another run is writing {path}; wait until it ends, or choose another folder") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def lease(lock: Path, *, protected: Path) -> Iterator[None]:
    """Hold the object `lock` during the block. Raises UserError where another run holds it, or took it meanwhile.

    The lock of a killed run is taken over when it has not been rewritten for BEAT_SECONDS * MISSED_BEATS. A run that
    hangs or cannot reach the store for as long may lose the lock; it learns so at the end of its block.
    """
    holder = uuid.uuid4().hex
    while not claim(lock, holder):
        print(f"{lock} exists: checking whether the run that made it is alive", flush=True)
        if is_alive(lock):
            raise UserError(f"another run is writing {protected}; wait until it ends, or choose another folder")
        lock.unlink(missing_ok=True)
    ended = threading.Event()
    heartbeat = threading.Thread(target=keep, args=(lock, holder, ended), daemon=True)
    heartbeat.start()
    try:
        yield
        if not is_held_by(lock, holder):
            raise UserError(f"another run took over {protected}, because this one did not answer; start again")
    finally:
        ended.set()
        heartbeat.join()
        if is_held_by(lock, holder):
            lock.unlink(missing_ok=True)


def claim(lock: Path, holder: str) -> bool:
    """Make the object if there is none, which a store grants to one of several runs; return whether it did."""
    fs, name = store_of(lock)
    try:
        fs.pipe_file(name, holder.encode(), mode="create")
    except FileExistsError:
        return False
    return True


def is_alive(lock: Path) -> bool:
    """Watch the lock and return whether its holder still rewrites it. Only this machine's clock is used."""
    before, end = read(lock), time.monotonic() + BEAT_SECONDS * MISSED_BEATS
    while time.monotonic() < end:
        time.sleep(BEAT_SECONDS / 5)
        now = read(lock)
        if now != before:
            return now != ""  # an empty lock is gone: its holder has ended
    return False


def keep(lock: Path, holder: str, ended: threading.Event) -> None:
    """Rewrite the lock until the block has ended, or another run took it."""
    beats = 0
    while not ended.wait(BEAT_SECONDS):
        with suppress(Exception):  # the next beat may reach the store
            beats += 1
            if is_held_by(lock, holder):
                lock.write_text(f"{holder} {beats}")


def is_held_by(lock: Path, holder: str) -> bool:
    """Return whether the lock is held by `holder`."""
    return read(lock).startswith(holder)


def read(lock: Path) -> str:
    """Return the content of the lock, empty where there is none."""
    try:
        return read_bytes(lock).decode()
    except FileNotFoundError:
        return ""
