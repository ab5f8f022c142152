import asyncio
from typing import Any

import numpy as np
import pytest

from lib.infra.errors import UserError
from serve.pipeline import MOST_IN_CHUNK, Embedded, EmbeddedSet, Request, Steps, attribute_set, sort_set


class Recorder:
    """Steps that record their calls: files that hold `text` are no pictures."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    async def embed(self, files: list[bytes]) -> Embedded:
        self.calls.append(("embed", len(files)))
        reasons = {index: "no picture" for index, file in enumerate(files) if file == b"text"}
        rows = np.arange(len(files) - len(reasons), dtype=np.float32)[:, None]
        return Embedded(rows, rows[:, 0].astype(np.uint64), None, reasons, "1")

    async def answer(self, works: EmbeddedSet) -> Any:
        self.calls.append(("answer", works))
        return works

    def steps(self) -> Steps:
        return Steps(embed=self.embed, sort=self.answer, attribute=self.answer)


def test_a_set_is_handed_on_once_after_it_is_embedded() -> None:
    last = MOST_IN_CHUNK + 2
    files = {f"{number}.jpg": b"text" if number == last else b"picture" for number in range(last + 1)}
    for answer in (sort_set, attribute_set):
        recorder = Recorder()
        asyncio.run(answer(recorder.steps(), Request(files)))
        assert recorder.calls[:2] == [("embed", 9), ("embed", 10)]  # of equal size, so that they end together
        assert [name for name, _ in recorder.calls[2:]] == ["answer"]
        works = recorder.calls[-1][1]
        assert works.names == [name for name in files if files[name] == b"picture"]
        assert [rejected.file for rejected in works.rejected] == [f"{last}.jpg"]
        assert len(works.embedded.embeddings) == len(works.names)


def test_nothing_is_handed_on_where_no_file_is_a_picture() -> None:
    recorder = Recorder()
    with pytest.raises(UserError, match="a.jpg: no picture"):
        asyncio.run(sort_set(recorder.steps(), Request({"a.jpg": b"text"})))
    assert [name for name, _ in recorder.calls] == ["embed"]
