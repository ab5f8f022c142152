"""The one error that users are meant to see, and the sentences for what goes wrong around the jobs."""

import errno
import os
from collections.abc import Iterator

FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
AGAIN = "start the same command again to do what is missing"


class UserError(Exception):
    """Something the user can mend: the message says what is wrong, where, and what to do."""


def sentence_of(error: BaseException) -> str | None:
    """Return what to tell about an error instead of its traceback; None for errors that nobody expects.

    Expected are UserError, a full disk, refused access, and a tracking server or a store that does not answer,
    wherever in the chain of causes they are, also on another node.
    """
    for cause in causes(error):
        package = type(cause).__module__.partition(".")[0]
        if isinstance(cause, UserError):
            return str(cause)
        # Safetensors has an error of its own for it, and Ray Data brings no more than the words from its tasks.
        full = [line.strip() for line in str(cause).splitlines() if any(words in line for words in FULL)]
        if full:
            return f"a disk is full ({full[-1]}); make room and {AGAIN}"
        if isinstance(cause, PermissionError):
            return f"access is refused ({first_line(cause)}); ask for it, or choose another place, and {AGAIN}"
        if package in ("requests", "urllib3"):  # nothing but MLflow uses these
            return f"the MLflow server does not answer ({first_line(cause)}); when it does, {AGAIN}"
        if package in ("botocore", "aiohttp"):
            return f"the store does not answer ({first_line(cause)}); when it does, {AGAIN}"
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it, also those that Ray brought from other processes."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        carried = [getattr(one, name, None) for name in ("__cause__", "__context__", "cause", "_base_exc")]
        carried += [getattr(one, "controller_failure", None), *getattr(one, "worker_failures", {}).values()]
        waiting += [cause for cause in carried if isinstance(cause, BaseException)]


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, its type where it has none."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
