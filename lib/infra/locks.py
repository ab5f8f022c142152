"""A lock in a store, which has no locks: an object that its holder keeps rewriting for as long as it lives."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lib.infra.errors import UserError
from lib.infra.paths import read_bytes, store_of

BEAT_SECONDS = 5.0
MISSED_BEATS = 4  # after which the holder counts as dead


@contextmanager
def leased(lock: Path, *, what: Path) -> Iterator[None]:
    """Hold the object `lock` during the block. Raises UserError where another run holds it, or took it meanwhile.

    The lock of a killed run is taken over when it has not been rewritten for BEAT_SECONDS * MISSED_BEATS. A run that
    hangs or cannot reach the store for as long may thus lose the lock; it learns so at the end of its block.
    """
    mine = uuid.uuid4().hex
    while not claim(lock, mine):
        print(f"{lock} is there: looking whether the run that made it is alive", flush=True)
        if is_alive(lock):
            raise UserError(f"another run is writing {what}; wait until it ends, or choose another place")
        lock.unlink(missing_ok=True)
    ended = threading.Event()
    beat = threading.Thread(target=keep, args=(lock, mine, ended), daemon=True)
    beat.start()
    try:
        yield
        if not is_mine(lock, mine):
            raise UserError(f"another run took over {what}, because this one was not heard of; start again")
    finally:
        ended.set()
        beat.join()
        if is_mine(lock, mine):
            lock.unlink(missing_ok=True)


def claim(lock: Path, mine: str) -> bool:
    """Make the object if there is none, which a store such as S3 does for one of several at once; tell whether."""
    fs, name = store_of(lock)
    try:
        fs.pipe_file(name, mine.encode(), mode="create")
    except FileExistsError:
        return False
    return True


def is_alive(lock: Path) -> bool:
    """Watch the lock and tell whether its holder still rewrites it; no clock but this machine's matters."""
    seen, end = read(lock), time.monotonic() + BEAT_SECONDS * MISSED_BEATS
    while time.monotonic() < end:
        time.sleep(BEAT_SECONDS / 5)
        now = read(lock)
        if now != seen:
            return now != ""  # gone: its holder has ended
    return False


def keep(lock: Path, mine: str, ended: threading.Event) -> None:
    """Rewrite the lock until the block has ended, or another run took it."""
    beats = 0
    while not ended.wait(BEAT_SECONDS):
        with suppress(Exception):  # the next beat may get through
            beats += 1
            if is_mine(lock, mine):
                lock.write_text(f"{mine} {beats}")


def is_mine(lock: Path, mine: str) -> bool:
    """Tell whether this run holds the lock."""
    return read(lock).startswith(mine)


def read(lock: Path) -> str:
    """Return the content of the lock, empty where there is none."""
    try:
        return read_bytes(lock).decode()
    except FileNotFoundError:
        return ""
