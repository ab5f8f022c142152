"""The code of docs/python.md runs as it stands."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Trained

PAGE = Path(__file__).parents[1] / "docs" / "python.md"


def test_the_code_of_the_page_runs(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    demo = tmp_path / "demo"
    demo.mkdir()
    for name in ("catalogue", "models"):
        (demo / name).symlink_to(getattr(trained, name))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert all(len(block.strip().splitlines()) <= 10 for block in blocks)
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {})
    said = capsys.readouterr().out
    artist = pd.read_csv(trained.catalogue / "unseen.csv")["artist"][0]
    assert f"{artist}: " in said
    assert re.search(rf"likelier|likely if {artist}", said)
    assert "work-12.jpg" in said
