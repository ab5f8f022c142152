"""Inputs of the date embedding's network, in files of rows of which a process reads only those that it needs.

FOLDER/view-0.npy     full views of all works of the plan, in its order: scaled statistics of the embeddings, or for the
                      trunk last_block the activations of the frozen prefix; float16, channels last
FOLDER/view-1.npy …   random views of the train works, for last_block

The folder is in the models folder or the sweep, which all nodes see. Where these are on a disk, the processes of a node
share its cache of the files; from a store each process takes a temporary copy.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from lib.data.embedded_works import EmbeddedWorks, batches_of
from lib.dating.date_embedding.network import embed_inputs
from lib.dating.date_embedding.plan import DateEmbeddingPlan, PlannedDateEmbedding
from lib.features.style_space import CHUNK, StyleSpace
from lib.infra.arrays import begin_array
from lib.infra.atomic import atomic_file
from lib.infra.paths import local_copy, make_folder, read_parquet
from lib.infra.progress import track
from lib.infra.tasks import map_batches

Shapes = dict[str, list[int]]  # shape of a cached row by split, channels last
RowBatches = Iterable[tuple[np.ndarray, np.ndarray]]  # row numbers (n,) in the file, and the rows (n, …)


@dataclass(frozen=True)
class InputRows:
    """Network inputs that are read when asked for. file: a local .npy. rows: (n,) their numbers in the file."""

    file: Path
    rows: np.ndarray

    def __len__(self) -> int:
        """Return the number of inputs."""
        return len(self.rows)

    def read(self, numbers: np.ndarray) -> Tensor:
        """Return the inputs (m, …) of these numbers (m,), float16, channels first."""
        # Mapped for each reading: pages that were read count as this process's memory until the map is closed.
        values = np.load(self.file, mmap_mode="r")[self.rows[numbers]]
        return torch.from_numpy(values).movedim(-1, 1)

    def chunks(self) -> Iterator[Tensor]:
        """Yield all inputs in order, CHUNK at once."""
        for first in range(0, len(self), CHUNK):
            yield self.read(np.arange(first, min(first + CHUNK, len(self))))


@dataclass(frozen=True)
class Inputs:
    """full_view: of all works. views: at least one, of the train works."""

    full_view: InputRows
    views: list[InputRows]


def embed_rows(network: nn.Module, rows: InputRows) -> Tensor:
    """Return the unit embeddings (n, dimensions), float16, of inputs."""
    chunks = track(rows.chunks(), "embedding works", total=-(-len(rows) // CHUNK), unit="chunks", brief=True)
    return torch.cat([embed_inputs(network, chunk) for chunk in chunks])


def head_inputs(space: StyleSpace, embeddings: np.ndarray) -> np.ndarray:
    """Return float16 inputs (n, dimensions) of the head for embeddings (n, dimensions), scaled to about unit size."""
    inputs = np.empty(embeddings.shape, dtype=np.float16)
    for first in range(0, len(embeddings), CHUNK):
        weighted = space.weighted(embeddings[first : first + CHUNK])
        scaled = (weighted * np.sqrt(weighted.shape[1])).astype(np.float32)  # rounded twice, as PyTorch does
        inputs[first : first + CHUNK] = scaled
    return inputs


def ensure_embedding_inputs(folder: Path, planned: PlannedDateEmbedding) -> None:
    """Write the inputs of the trunk `embeddings`, unless they are there."""
    works = planned.statistics
    rows = pd.Index(planned.plan.works["painting_id"]).get_indexer(pd.Index(works.paintings["painting_id"]))
    batches = batches_of(works)
    inputs = map_batches(inputs_of, batches, label="network inputs", space=planned.space)
    ends = np.cumsum([len(batch.paintings) for batch in batches])
    numbered = zip(np.split(rows, ends[:-1]), inputs, strict=True)
    ensure_rows(folder / "view-0.npy", numbered, shape=[len(rows), len(works.columns)])


def inputs_of(batch: EmbeddedWorks, space: StyleSpace) -> np.ndarray:
    """Return the inputs of the head for the works of a batch."""
    return head_inputs(space, batch.read().matrix)


def ensure_activation_inputs(folder: Path, plan: DateEmbeddingPlan, *, shapes: Shapes) -> None:
    """Write the inputs of the trunk `last_block`, of cached activations of these shapes, unless they are there."""
    names = plan.works["painting_id"]
    for view in range(plan.views + 1):
        viewed = pd.Index(names[plan.works["split"] == "train"] if view else names)
        shape = shapes["train" if view else "val"]
        parts = sorted((plan.prefix().activations_folder() / f"view-{view}").glob("part-*.parquet"))
        tracked = track(parts, f"network inputs, view {view}", total=len(parts), unit="parts", brief=True)
        batches = (read_activations(part, viewed, shape=shape) for part in tracked)
        ensure_rows(folder / f"view-{view}.npy", batches, shape=[len(viewed), *shape])


def read_activations(part: Path, names: pd.Index, *, shape: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the cached activations (n, *shape) of those works of a part that are among `names`, and where there."""
    table = read_parquet(part, columns=["painting_id", "input"], filters=[("painting_id", "in", names.tolist())])
    values = np.frombuffer(b"".join(table["input"].to_pylist()), np.float16).reshape(-1, *shape)
    return names.get_indexer(pd.Index(table["painting_id"].to_pylist())), values


def ensure_rows(file: Path, batches: RowBatches, *, shape: list[int]) -> None:
    """Write a .npy file of float16 `shape` from batches that hold each of its rows, in any order, unless it is there.

    Raises ValueError where a row is missing.
    """
    if file.is_file():
        return
    make_folder(file.parent)
    with atomic_file(file) as aside, aside.open("wb") as out:
        begin_array(out, dtype=np.float16, shape=tuple(shape))
        start, written = out.tell(), 0
        for rows, values in batches:
            written += len(rows)
            for row, value in zip(rows.tolist(), values, strict=True):
                out.seek(start + row * value.nbytes)
                out.write(value.tobytes())
        if written != shape[0]:
            raise ValueError(f"{written} of {shape[0]} rows of {file} were written")


@contextmanager
def open_inputs(folder: Path, plan: DateEmbeddingPlan) -> Iterator[Inputs]:
    """Yield the inputs in a folder that were written for this plan."""
    train = np.flatnonzero(plan.works["split"] == "train")
    with local_copy(folder) as near:
        views = [InputRows(near / f"view-{view}.npy", np.arange(len(train))) for view in range(1, plan.views + 1)]
        full_view = InputRows(near / "view-0.npy", np.arange(len(plan.works)))
        yield Inputs(full_view, views or [InputRows(full_view.file, train)])
