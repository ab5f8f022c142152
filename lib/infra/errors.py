"""The error that users are meant to see, and one sentence for each failure of disks, stores and servers."""

import errno
import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
AGAIN = "start the same command again to do what is missing"


class UserError(Exception):
    """An error that the user can fix: the message says what is wrong, where, and what to do."""


def sentence_of(error: BaseException) -> str | None:
    """Return the sentence to print instead of the traceback; None for unexpected errors.

    Expected are UserError, a full disk, refused access, and a tracking server or a store that does not answer, anywhere
    in the chain of causes, also on another node.
    """
    for cause in causes(error):
        package = type(cause).__module__.partition(".")[0]
        if isinstance(cause, UserError):
            return str(cause)
        # Safetensors raises its own error for a full disk, and Ray Data brings only the message from its tasks.
        full = [line.strip() for line in str(cause).splitlines() if any(words in line for words in FULL)]
        if full:
            return f"a disk is full ({full[-1]}); make room and {AGAIN}"
        if isinstance(cause, PermissionError):
            return f"access is refused ({first_line(cause)}); ask for it, or choose another folder, and {AGAIN}"
        if package in ("requests", "urllib3"):  # nothing but MLflow uses these
            return f"the MLflow server does not answer ({first_line(cause)}); when it does, {AGAIN}"
        if package in ("botocore", "aiohttp"):
            return f"the store does not answer ({first_line(cause)}); when it does, {AGAIN}"
    return None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return the question which of `names` was meant by the unknown `name`; empty where there are none."""
    similar = get_close_matches(name, list(names), n=3, cutoff=0.0)
    return f"did you mean {' or '.join(similar)}?" if similar else ""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it, also those that Ray brought from other processes."""
    pending, seen = [error], set[int]()
    while pending:
        current = pending.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        linked = [getattr(current, name, None) for name in ("__cause__", "__context__", "cause", "_base_exc")]
        linked += [getattr(current, "controller_failure", None), *getattr(current, "worker_failures", {}).values()]
        pending += [cause for cause in linked if isinstance(cause, BaseException)]


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, its type where it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
