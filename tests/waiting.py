"""The one way in which tests wait for what happens in another process or thread."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def wait_for(
    condition: Callable[[], bool],
    *,
    during: subprocess.Popen | None = None,
    log: Path | None = None,
    seconds: int = 400,
) -> None:
    """Return as soon as `condition()` holds. Fails if the process `during` ends first, or after `seconds`.

    log: a file whose content the failure shows, such as the output of the process.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        printed = log.read_text() if log else ""
        if during is not None and during.poll() is not None:
            pytest.fail(f"the process ended with status {during.returncode} before the condition held\n{printed}")
        if time.monotonic() > deadline:
            pytest.fail(f"the condition did not hold within {seconds} seconds\n{printed}")
        time.sleep(0.02)
