import pytest

from jobs.build import main
from tests.conftest import Trained, build_options


def test_a_second_start_does_nothing(trained: Trained, capsys: pytest.CaptureFixture) -> None:
    files = {path: path.stat().st_mtime_ns for path in trained.models.parent.rglob("*.*") if path.suffix != ".lock"}
    assert main(build_options(trained)) == 0
    printed = capsys.readouterr().out
    steps = ("finished and was made from the same input", "is up to date", "10 up to date, 0 to train", "is up to date")
    places = [printed.index(f"{number} of 4: ") for number in range(1, 5)]
    for step, begin, end in zip(steps, places, [*places[1:], len(printed)], strict=True):
        assert step in printed[begin:end]
    assert files == {path: path.stat().st_mtime_ns for path in files}
