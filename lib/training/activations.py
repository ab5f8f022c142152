"""The frozen prefix of a network, run once over the paintings by Ray Data.

DATASET/activations/KEY/         manifest.json says what they were made from and the shape of one row
  view-0/part-00000.parquet …    full views, of val works unless the plan says more: painting_id, artist, split, and
                                 input (float16 bytes, height × width × channels)
  view-1/part-00000.parquet …    random views of train and val works; as many as the plan says
"""

from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from lib.data.paintings import painting_parts, read_part
from lib.infra.atomic import atomic_file, find_json, resumable_folder
from lib.infra.cluster import cores, gpus, map_parts
from lib.infra.paths import make_folder, parse_path
from lib.training.cached_views import view_file
from lib.training.network import ArtistNetwork
from lib.training.plan import Plan, build_network
from lib.training.views import full_view, random_view

BATCH = 32  # paintings that pass through the prefix together


def cache_part(network: ArtistNetwork, part: Path, *, view: int, full_view_splits: Sequence[str], out: Path) -> int:
    """Run the frozen prefix over one view of one part of the paintings; return the number of its works.

    View 0 is of the works of `full_view_splits`, others are of train and val works. Without works nothing is written.
    """
    splits = ("train", "val") if view else full_view_splits
    table = read_part(part, columns=["painting_id", "artist", "split", "image"], splits=splits)
    names, jpegs = table["painting_id"].to_pylist(), table["image"].to_pylist()
    if not names:
        return 0
    if view:
        views = [
            random_view(jpeg, size=network.size, seed=f"{name} {view}") for name, jpeg in zip(names, jpegs, strict=True)
        ]
    else:
        views = [full_view(jpeg, size=network.full_view_size) for jpeg in jpegs]
    pixels = np.stack(views)
    rows = [
        row for first in range(0, len(pixels), BATCH) for row in prefix_rows(network, pixels[first : first + BATCH])
    ]
    result = table.select(["painting_id", "artist", "split"]).append_column("input", pa.array(rows, pa.binary()))
    target = view_file(out, view=view, part=part.name)
    make_folder(target.parent)
    with atomic_file(target) as aside:
        pq.write_table(result, aside, compression="none")  # noise does not compress
    return len(names)


def row_shapes(network: ArtistNetwork, *, cached: bool) -> dict[str, list[int]]:
    """Return the shape of one row, channels last, of random views of train works and of full views of val works."""
    shapes = {}
    for split, size in (("train", network.size), ("val", network.full_view_size)):
        blank = torch.zeros(1, size, size, 3, dtype=torch.uint8)
        shapes[split] = list(network.inputs(blank).movedim(1, -1).shape[1:]) if cached else [size, size, 3]
    return shapes


def prefix_rows(network: ArtistNetwork, pixels: np.ndarray) -> list[bytes]:
    """Return a row of bytes for each of the uint8 pixels (N, size, size, 3)."""
    maps = network.inputs(torch.from_numpy(pixels).to(network.mean.device))
    return [row.tobytes() for row in maps.movedim(1, -1).half().cpu().numpy()]


def read_rows(rows: Iterable[bytes], *, shape: list[int], dtype: str) -> Tensor:
    """Return rows of bytes, each of this shape, channels last, as the inputs of a network.

    Returns (N, channels, height, width), channels last in memory; uint8 pixels stay (N, height, width, 3).
    """
    values = torch.from_numpy(np.frombuffer(b"".join(rows), dtype=dtype).reshape(-1, *shape).copy())
    return values if dtype == "uint8" else values.movedim(-1, 1).float()


class CacheParts:
    """Ray Data actor: one frozen prefix, applied to one view of one part of the paintings after another."""

    def __init__(self, *, plan: Plan, out: Path) -> None:
        """Build the network, on the GPU where there is one."""
        self.network = build_network(plan).eval().to("cuda" if torch.cuda.is_available() else "cpu")
        self.full_view_splits, self.out = plan.full_view_splits, out

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Cache the parts of `batch`; return the number of works of each."""
        tasks = [(parse_path(part), int(view)) for part, view in zip(batch["part"], batch["view"], strict=True)]
        works = [
            cache_part(self.network, part, view=view, full_view_splits=self.full_view_splits, out=self.out)
            for part, view in tasks
        ]
        return {"works": works}


def ensure_activations(plan: Plan, *, shapes: dict[str, list[int]]) -> None:
    """Run the frozen prefix, whose rows have these shapes, over every view that is not cached yet."""
    folder = plan.activations_folder()
    settings = {**plan.prefix_provenance().model_dump(mode="json"), "shapes": shapes}
    if find_json(folder / "manifest.json") == settings:
        return
    with resumable_folder(folder, settings=settings) as out:
        tasks = [(part, view) for view in range(plan.views + 1) for part in painting_parts(plan.dataset)]
        cached = set(out.glob("view-*/part-*.parquet"))
        missing = [
            {"part": str(part), "view": view}
            for part, view in tasks
            if view_file(out, view=view, part=part.name) not in cached
        ]
        print(f"frozen prefix: {len(missing)} of {len(tasks)} parts of views to run", flush=True)
        results = map_parts(
            CacheParts,
            missing,
            label="frozen prefix",
            unit="works",
            arguments={"plan": plan, "out": out},
            gpus_each=1 if gpus() else 0,
            actors=gpus() or cores(),
        )
        deque(results, maxlen=0)  # the results are files
