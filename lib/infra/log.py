"""The log of a job: what it prints, with the time, in a file beside what it writes."""

import dataclasses
import io
import shlex
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from lib.infra.errors import sentence_of
from lib.infra.paths import is_local

WRITTEN = ("out", "models", "dataset")  # options that name what a job writes; the first of them that it has counts


def log_path(options: Any) -> Path | None:
    """Return the log of a job with these options, OUT.log beside OUT; None where it writes to a store or nowhere."""
    names = [field.name for field in dataclasses.fields(options)]
    written = next((getattr(options, name) for name in WRITTEN if name in names), None)
    return written.with_name(f"{written.name}.log") if written is not None and is_local(written) else None


@contextmanager
def logged(path: Path | None) -> Iterator[None]:
    """Add what the block prints to a log, and where it fails the sentence or traceback. path: None for no log."""
    if path is None:
        yield
        return
    tee = Tee(sys.stdout, path)
    try:
        with redirect_stdout(tee):
            yield
    except Exception as error:
        if tee.has_begun:
            tee.log(sentence_of(error) or traceback.format_exc())
        raise
    finally:
        tee.close_log()


class Tee(io.TextIOBase):
    """Text output that passes on what is written to it, and adds each finished line to a log.

    The log is made with the first line; a job that refuses its options leaves none. Where it cannot be made, the output
    goes on without it, after a note.
    """

    def __init__(self, stream: TextIO, path: Path) -> None:
        """Take the stream, and the path of the log, which may exist: lines are added to it."""
        self.stream, self._path, self._unfinished = stream, path, ""
        self._file: TextIO | None = None
        self.has_begun = False

    def write(self, text: str) -> int:
        """Write text to the stream, and the lines that it ends to the log."""
        self.stream.write(text)
        *lines, self._unfinished = (self._unfinished + text).split("\n")
        if lines:
            self.log("\n".join(lines))
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self.stream.isatty()

    def log(self, text: str) -> None:
        """Add lines to the log alone."""
        if not self.has_begun:
            self.has_begun = True
            self._open()
        if self._file is not None:
            now = time.strftime("%Y-%m-%d %H:%M:%S")
            self._file.writelines(f"{now} {line}\n" for line in text.splitlines())
            self._file.flush()

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
        except OSError as error:
            self.stream.write(f"there is no log: {self._path} cannot be written ({error.strerror})\n")
        self.log(f"{sys.argv[0]} {shlex.join(sys.argv[1:])}")

    def close_log(self) -> None:
        """Close the log."""
        if self._file is not None:
            self._file.close()
            self._file = None
