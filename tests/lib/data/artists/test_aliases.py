from pathlib import Path

import pytest

from lib.data.artists.aliases import read_aliases
from lib.infra.errors import UserError


def test_read_aliases(tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text('alias,name\n"Turner, J. M. W.",Joseph Turner\n', encoding="utf-8-sig")
    assert read_aliases(path) == {"Turner, J. M. W.": "Joseph Turner"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name,spelling\na,b\n", "must have the columns alias,name"),
        (b"alias,name\nTurner, J.,Joseph Turner\n", "quotes"),
        (b"alias,name\na,b\nTurner, J.,Joseph Turner\n", "cannot read the aliases"),
        (b"alias,name\nTurner,\n", "row 2"),
        (b"alias,name\nTurner,A\nTURNER,B\n", "two names, A and B"),
        (b"alias,name\n\xff\xfe,b\n", "cannot read the aliases"),
        (b"", "cannot read the aliases"),
    ],
)
def test_a_bad_file_of_aliases_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "aliases.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_aliases(path)


def test_missing_aliases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the aliases"):
        read_aliases(tmp_path / "aliases.csv")
