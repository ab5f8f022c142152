import numpy as np
import pytest

from lib.features import stored_positions
from lib.features.stored_positions import StoredPositions


@pytest.mark.parametrize("answers", [1, 3, 100])
def test_work_in_chunks_gets_every_row_once_with_what_lies_along(answers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_positions, "MOST_ANSWERS", 10)
    positions, labels = np.arange(22, dtype=np.float32).reshape(11, 2), np.arange(11)
    chunks: list[int] = []

    def work(some: np.ndarray, of_some: np.ndarray) -> np.ndarray:
        chunks.append(len(some))
        return np.column_stack([some, of_some])

    stored = StoredPositions.of([positions[:4], positions[4:]], width=2)
    made = stored.where(np.arange(11)[::-1]).in_chunks(work, labels[::-1], label="test", answers=answers)
    assert made.tolist() == np.column_stack([positions, labels])[::-1].tolist()
    assert max(chunks) == max(1, min(11, 10 // answers)) and sum(chunks) == 11
