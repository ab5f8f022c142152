"""The progress of a long step: what it is, how far, and how long it will take.

A terminal gets a bar; all other output, and the log of the job, get a line every few seconds.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from tqdm import tqdm

from lib.infra.log import Tee

LINE_SECONDS = 5.0

T = TypeVar("T")


class Advance(Protocol):
    """Counts `done` more units, and says `note` beside the numbers."""

    def __call__(self, done: int = 1, *, note: str = "") -> None:
        """Count."""


@contextmanager
def progress(label: str, *, total: int, unit: str, brief: bool = False) -> Iterator[Advance]:
    """Show how much of a step of `total` units is done, as the block counts them.

    label: what the step does. brief: say nothing of a step that ends within LINE_SECONDS.
    """
    start = last = time.monotonic()
    counted = 0

    def advance(done: int = 1, *, note: str = "") -> None:
        nonlocal counted, last
        counted, now = counted + done, time.monotonic()
        bar.set_postfix_str(note, refresh=False)
        bar.update(done)
        ended = counted >= total and not (brief and now < start + LINE_SECONDS)
        if ended or now >= last + LINE_SECONDS:
            last = now
            line = line_of(label, counted, total=total, unit=unit, note=note, seconds=now - start)
            show(line, has_bar=not bar.disable)

    is_terminal = sys.stdout.isatty() and sys.stderr.isatty()
    with tqdm(total=total, desc=label, unit=f" {unit}", leave=False, disable=not is_terminal, delay=1.0) as bar:
        yield advance


def track(items: Iterable[T], label: str, *, total: int, unit: str, brief: bool = False) -> Iterator[T]:
    """Yield the items of a step, and show how many are done."""
    with progress(label, total=total, unit=unit, brief=brief) as advance:
        for item in items:
            yield item
            advance()


def line_of(label: str, done: int, *, total: int, unit: str, note: str, seconds: float) -> str:
    """Return a line of progress. seconds: since the step began."""
    ended, left = done >= total, seconds * (total - done) / max(done, 1)
    duration = f"in {tqdm.format_interval(seconds)}" if ended else f"{tqdm.format_interval(left)} left"
    return ", ".join(filter(None, (f"{label}: {done:,} of {total:,} {unit}", note, duration)))


def show(line: str, *, has_bar: bool) -> None:
    """Print a line; where a bar shows the same, add it to the log alone."""
    if not has_bar:
        sys.stdout.write(f"{line}\n")  # not print(), which Ray Train would show twice
        sys.stdout.flush()
    elif isinstance(sys.stdout, Tee):
        sys.stdout.log(line)
