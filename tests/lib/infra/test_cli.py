"""What every job does with its command line, its output and its end."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lib.infra.progress import line_of, track
from lib.infra.quiet import ENVIRONMENT
from tests.nodes import REPOSITORY

JOB = """
import sys, time, warnings
from dataclasses import dataclass
from pathlib import Path
from lib.infra.cli import run
from lib.infra.errors import UserError

@dataclass
class Options:
    out: Path
    how: str

def main(options: Options) -> None:
    if options.how == "refuse":
        raise UserError("no")
    warnings.warn("a library is about to change", FutureWarning)
    print("working", flush=True)
    if options.how == "fail":
        raise ValueError("a surprise")
    if options.how == "wait":
        time.sleep(60)
    if options.how == "break off":
        try:
            time.sleep(60)
        except KeyboardInterrupt as error:
            raise RuntimeError("the workers are gone") from error

run(main, Options, None)
"""


def start(out: Path, how: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", JOB, "--out", str(out), "--how", how, *words]
    # Jobs that ran in this process silenced what it starts.
    environment = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY
    )


def test_what_a_job_prints_is_in_its_log_and_libraries_are_silent(tmp_path: Path) -> None:
    out, log = tmp_path / "new" / "out", tmp_path / "new" / "out.log"
    assert start(out, "work").communicate() == ("working\n", "")
    command, line = log.read_text().splitlines()
    assert "--how work" in command
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d working", line)
    _, errors = start(out, "work", "--verbose").communicate()
    assert "a library is about to change" in errors
    _, errors = start(out, "fail").communicate()
    assert "ValueError: a surprise" in errors
    assert "ValueError: a surprise" in log.read_text()


def test_a_refusal_leaves_nothing(tmp_path: Path) -> None:
    job = start(tmp_path / "out", "refuse")
    assert job.communicate() == ("", "error: no\n")
    assert job.returncode == 2
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("how", ["wait", "break off"])
def test_an_interruption_is_one_sentence(how: str, tmp_path: Path) -> None:
    job = start(tmp_path / "out", how)
    assert job.stdout is not None and job.stdout.readline() == "working\n"
    job.send_signal(signal.SIGINT)
    _, errors = job.communicate()
    assert job.returncode == 130
    assert errors == "interrupted: start the same command again to do what is missing\n"


def test_progress_says_what_how_far_and_how_long(capsys: pytest.CaptureFixture) -> None:
    assert list(track("abc", "read", total=3, unit="letters")) == ["a", "b", "c"]
    assert capsys.readouterr().out == "read: 3 of 3 letters, in 00:00\n"
    line = line_of("read", 1_000, total=4_000, unit="letters", note="2 strange", seconds=60)
    assert line == "read: 1,000 of 4,000 letters, 2 strange, 03:00 left"
