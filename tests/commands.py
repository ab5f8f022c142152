"""Jobs as the command line runs them, in this process: another one would only load the same modules once more."""

import contextlib
import io
import runpy
import sys
from unittest.mock import patch

import pytest

from tests.nodes import REPOSITORY


def refusal(job: str, *words: object) -> str:
    """Run jobs/JOB.py with the words of a command line; return what it writes to stderr when its status is 2."""
    script = REPOSITORY / "jobs" / f"{job}.py"
    with (
        patch.object(sys, "argv", [str(script), *map(str, words)]),
        contextlib.redirect_stderr(io.StringIO()) as stderr,
        pytest.raises(SystemExit) as ended,
    ):
        runpy.run_path(str(script), run_name="__main__")
    assert ended.value.code == 2, stderr.getvalue()
    return stderr.getvalue()
