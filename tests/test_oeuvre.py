"""The command `oeuvre`: every job by name, with help and completion."""

import subprocess
import sys

import pytest

from oeuvre.__main__ import COMMANDS
from tests.nodes import REPOSITORY


def oeuvre(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "oeuvre", *words], capture_output=True, text=True, cwd=REPOSITORY)


def test_every_job_is_a_command_with_a_line_of_help() -> None:
    jobs = {f"jobs.{path.stem}" for path in (REPOSITORY / "jobs").glob("[a-z]*.py")}
    assert {command.module for command in COMMANDS.values()} == jobs | {"serve.run"}
    lines = oeuvre("--help").stdout.splitlines()
    for name, command in COMMANDS.items():
        assert [line for line in lines if line.split()[:1] == [name] and line.endswith(command.does)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sotr",), "error: there is no command sotr; did you mean sort"),
        (("sort", "/nowhere"), "error: /nowhere is not a folder"),
        (("sort", "--images", "/nowhere"), "error: /nowhere is not a folder"),
        (("embed", "--dataset", "/nowhere"), "error: /nowhere is not a finished dataset"),
        (("evaluate", "--dataset", "/nowhere", "--out", "x"), "error: /nowhere is not a finished dataset"),
    ],
)
def test_a_command_is_run_as_its_job(words: tuple[str, ...], sentence: str) -> None:
    ended = oeuvre(*words)
    assert ended.returncode == 2
    assert ended.stderr.startswith(sentence) and len(ended.stderr.splitlines()) == 1


def test_a_shell_completes_commands_and_their_options() -> None:
    completion = oeuvre("--completion", "bash").stdout
    assert subprocess.run(["bash", "-n"], input=completion, text=True).returncode == 0
    assert all(word in completion for word in ("train-per-artist", "--split-column", "--port"))
