"""Watch the memory of a process and of all that it starts (Linux)."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


class Watch:
    """Follows the resident memory of this process and of all that it starts; shared memory counts in each."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._peaks: dict[int, int] = {}
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
        """Return the highest resident memory of a process, and that of any other one, in MiB."""
        others = [peak for number, peak in self._peaks.items() if number != process]
        return self._peaks.get(process, 0) >> 10, max(others, default=0) >> 10

    def _follow(self) -> None:
        while not self._stop.wait(0.2):
            for process, peak in family():
                self._peaks[process] = max(self._peaks.get(process, 0), peak)


def family() -> Iterator[tuple[int, int]]:
    """Yield number and peak resident KiB of this process and all that it started (Linux)."""
    status: dict[int, dict[str, str]] = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # processes end while we look
            fields = (line.split(":", 1) for line in path.read_text().splitlines())
            status[int(path.parent.name)] = {name: value.strip() for name, value in fields}
    members = {os.getpid()}
    for pid in sorted(status):
        if pid in members or int(status[pid]["PPid"]) in members:
            members.add(pid)
            yield pid, int(status[pid].get("VmHWM", "0 kB").split()[0])
