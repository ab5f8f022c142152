"""What libraries say for their developers stays off the terminal, unless --verbose asks for it.

Errors of the work itself are exceptions, which end in a sentence or a traceback. What Ray's processes write stays in
its own logs, below /tmp/ray/session_latest.
"""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

VERBOSE = "OEUVRE_VERBOSE"  # set by --verbose
BACKEND_LEVEL = "RAY_BACKEND_LOG_LEVEL"
SYSTEM = ("raylet", "gcs_server", "autoscaler", "runtime_env")  # whose lines no worker printed
# Read by libraries as they are imported, here and in the processes that this one starts.
ENVIRONMENT = {"PYTHONWARNINGS": "ignore", "MLFLOW_LOGGING_LEVEL": "WARNING", "RAY_SERVE_LOG_TO_STDERR": "0"}


def is_verbose() -> bool:
    """Return whether the user asked to see everything."""
    return VERBOSE in os.environ


def hush() -> None:
    """Silence the warnings and messages of libraries that are imported from now on."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")


@contextmanager
def hushed_ray() -> Iterator[int]:
    """Yield the level of Ray's messages in this process, which starts or joins Ray in the block.

    Of what its workers write, only what they print is shown from then on. Ray 2.60 warns of its token in each start,
    and calls harmless arguments of actors an error (core_worker.cc).
    """
    if is_verbose():
        yield logging.INFO
        return
    from ray._private.ray_logging import global_worker_stdstream_dispatcher as dispatcher

    before = os.environ.get(BACKEND_LEVEL)
    os.environ[BACKEND_LEVEL] = before or "fatal"
    try:
        with held_back_stderr():  # Ray says that it read this variable
            yield logging.ERROR
    finally:
        if before is None:
            del os.environ[BACKEND_LEVEL]
    for name in ("ray_print_logs", __name__):
        dispatcher.remove_handler(name)
    dispatcher.add_handler(__name__, show_output)


@contextmanager
def held_back_stderr() -> Iterator[None]:
    """Hide what this process, its C++ parts too, writes to stderr, unless the block fails."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def show_output(batch: dict[str, Any]) -> None:
    """Print what a worker printed, without its name. batch: lines, as Ray's monitor of logs sends them."""
    if not batch["is_err"] and batch.get("pid") not in SYSTEM:
        sys.stdout.write("".join(f"{line}\n" for line in batch["lines"]))
        sys.stdout.flush()
