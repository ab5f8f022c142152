"""Watch the memory of a process and of all that it starts (Linux)."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


class Watch:
    """Follows the memory of this process and of all that it starts.

    Resident memory counts what is shared in each process: files that are mapped, and what of Ray's object store the
    process has touched, which stays counted when it is free again. A process's own memory is the rest.
    """

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._peaks: dict[int, int] = {}
        self._own: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "Watch":
        """Start watching."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def most_mebibytes(self) -> int:
        """Return the highest resident memory that any one process reached, in MiB."""
        return max(self._peaks.values(), default=0) >> 10

    def mebibytes_of(self, process: int) -> tuple[int, int]:
        """Return the most memory of its own that a process had, and its highest resident memory, in MiB."""
        return self._own.get(process, 0) >> 10, self._peaks.get(process, 0) >> 10

    def mebibytes_of_others(self, process: int) -> tuple[int, int]:
        """Return the same of any other process than this one."""
        own, peaks = ([size for number, size in of.items() if number != process] for of in (self._own, self._peaks))
        return max(own, default=0) >> 10, max(peaks, default=0) >> 10

    def _follow(self) -> None:
        while not self._stop.wait(0.2):
            for process, peak, own in family():
                self._peaks[process] = max(self._peaks.get(process, 0), peak)
                self._own[process] = max(self._own.get(process, 0), own)


def family() -> Iterator[tuple[int, int, int]]:
    """Yield number, peak resident KiB, and KiB of its own, of this process and all that it started (Linux)."""
    status: dict[int, dict[str, str]] = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # processes end while we look
            fields = (line.split(":", 1) for line in path.read_text().splitlines())
            status[int(path.parent.name)] = {name: value.strip() for name, value in fields}
    members = {os.getpid()}
    for pid in sorted(status):
        if pid in members or int(status[pid]["PPid"]) in members:
            members.add(pid)
            peak, own = (int(status[pid].get(name, "0 kB").split()[0]) for name in ("VmHWM", "RssAnon"))
            yield pid, peak, own
