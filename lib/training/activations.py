"""The frozen prefix run once, by Ray Data, and the Ray datasets that a network learns from.

DATASET/activations/KEY/         manifest.json says what they were made from and the shape of one row
  view-0/part-00000.parquet …    whole works, of val unless the plan says more: painting_id, artist, split, and input
                                 (float16 bytes, height × width × channels)
  view-1/part-00000.parquet …    train and val works, augmented; as many views as were asked for
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
import torch
from torch import Tensor

from lib.data import dataset
from lib.data.dataset import painting_parts
from lib.infra.atomic import atomic_file, find_json, make_folder, resumable_folder
from lib.infra.cluster import cores, cores_each, gpus
from lib.infra.paths import parse_path
from lib.training.cached_views import read_part, view_file
from lib.training.network import ArtistNetwork
from lib.training.plan import Plan, build_network
from lib.training.views import draw_views, view_pixels

BATCH = 32  # paintings that pass through the prefix together


def cache_part(network: ArtistNetwork, part: Path, *, view: int, whole: tuple[str, ...], out: Path) -> int:
    """Run the frozen prefix over one view of one part of the paintings; return the number of its works.

    View 0 is of the works of the `whole` splits, others are of train and val works; without any, nothing is written.
    """
    splits = ("train", "val") if view else whole
    table = dataset.read_part(part, columns=["painting_id", "artist", "split", "image"], splits=splits)
    names = table["painting_id"].to_pylist()
    if not names:
        return 0
    pixels = np.stack(
        [
            view_pixels(
                jpeg, size=network.size if view else network.full_view_size, seed=f"{name} {view}", whole=view == 0
            )
            for name, jpeg in zip(names, table["image"].to_pylist(), strict=True)
        ]
    )
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
    """Return the shapes of one row, channels last: of random views of `train` works and of whole `val` works."""
    shapes = {}
    for split, size in (("train", network.size), ("val", network.full_view_size)):
        blank = torch.zeros(1, size, size, 3, dtype=torch.uint8)
        shapes[split] = list(network.inputs(blank).movedim(1, -1).shape[1:]) if cached else [size, size, 3]
    return shapes


def prefix_rows(network: ArtistNetwork, pixels: np.ndarray) -> list[bytes]:
    """Return one row of bytes for each of uint8 pixels (N, size, size, 3)."""
    maps = network.inputs(torch.from_numpy(pixels).to(network.mean.device))
    return [row.tobytes() for row in maps.movedim(1, -1).half().cpu().numpy()]


def read_rows(rows: Any, *, shape: list[int], dtype: str) -> Tensor:
    """Turn rows of bytes, each of this shape, channels last, into the inputs of a network.

    Returns (N, channels, height, width), channels last in memory; uint8 pixels stay (N, height, width, 3).
    """
    values = torch.from_numpy(np.frombuffer(b"".join(rows), dtype=dtype).reshape(-1, *shape).copy())
    return values if dtype == "uint8" else values.movedim(-1, 1).float()


class CacheParts:
    """Ray Data actor: one frozen prefix, applied to one view of one part of the paintings after another."""

    def __init__(self, *, plan: Plan, out: Path) -> None:
        """Build the network, on the GPU where there is one."""
        self.network = build_network(plan).eval().to("cuda" if torch.cuda.is_available() else "cpu")
        self.whole, self.out = plan.whole, out

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Cache the parts of `batch`; return the number of works of each."""
        tasks = [(parse_path(part), int(view)) for part, view in zip(batch["part"], batch["view"], strict=True)]
        return {
            "works": [cache_part(self.network, part, view=view, whole=self.whole, out=self.out) for part, view in tasks]
        }


def ensure_activations(plan: Plan, *, shapes: dict[str, list[int]]) -> None:
    """Run the frozen prefix, whose rows have these shapes, over every view that is not cached yet."""
    folder = plan.activations_folder()
    settings = {**plan.prefix_card(), "shapes": shapes}
    if find_json(folder / "manifest.json") == settings:
        return
    with resumable_folder(folder, settings=settings) as out:
        tasks = [(part, view) for view in range(plan.views + 1) for part in painting_parts(plan.dataset)]
        done = set(out.glob("view-*/part-*.parquet"))
        missing = [
            {"part": str(part), "view": view}
            for part, view in tasks
            if view_file(out, view=view, part=part.name) not in done
        ]
        print(f"frozen prefix: {len(missing)} of {len(tasks)} parts of views to run", flush=True)
        if missing:
            actors = min(gpus() or cores(), len(missing))
            ray.data.from_items(missing).map_batches(
                CacheParts,
                fn_constructor_kwargs={"plan": plan, "out": out},
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=actors),
                num_gpus=1 if gpus() else 0,
            ).materialize()


def datasets_of(plan: Plan, network: ArtistNetwork) -> dict[str, Any]:
    """Return the Ray datasets `train` and `val`, with columns `input` (bytes) and `label`.

    Each time that train is read, another view is drawn. The parts are read by tasks of our own: read_parquet() of
    Ray 2.60 starts further tasks inside its tasks, and waits for minutes for a free core on a small machine.
    """
    folder, sizes = plan.activations_folder(), {"train": network.size, "val": network.full_view_size}
    # A trainer books no more than half of each node. More tasks than the rest has cores would not be faster: Ray
    # ends processes that it has no core for, and new ones import torch for seconds in every epoch.
    booked = min(1, cores_each(1) / 2)
    datasets = {}
    for name, views, splits in (("train", plan.views, plan.learn), ("val", 0, ("val",))):
        if plan.views:
            items = [part.name for part in sorted((folder / f"view-{min(views, 1)}").glob("part-*.parquet"))]
            read: Any = partial(read_part, folder=folder, views=views, splits=splits, artists=plan.artists)
        else:
            items = [str(part) for part in painting_parts(plan.dataset)]
            read = partial(draw_views, splits=splits, whole=name == "val", size=sizes[name], artists=plan.artists)
        datasets[name] = ray.data.from_items(items).map_batches(read, batch_size=1, num_cpus=booked)
    return datasets
