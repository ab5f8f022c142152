"""python jobs/embed.py --dataset DATASET [--backbone efficientnet_lite0]

Turn every painting of a dataset into an embedding, once: channel statistics at several depths of
a frozen network. Writes DATASET/embeddings/BACKBONE. Started again, it embeds only what is missing.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray.data

from lib.data.dataset import embeddings_folder, painting_parts, read_manifest
from lib.features.backbones import check_backbone
from lib.features.embedder import Embedder, embed_part
from lib.infra.atomic import find_json, resumable_folder
from lib.infra.cli import run
from lib.infra.cluster import connect, cores, durable_path, gpus
from lib.infra.paths import parse_path


@dataclass
class Embed:
    """Options of jobs/embed.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    backbone: str = "efficientnet_lite0"
    """Network that describes the paintings."""
    views: int = 1
    """Views of each painting: 1 is the whole painting alone, more add seeded random crops."""
    threads: int = 1
    """CPU cores of one worker; there are as many workers as fit the cluster, or one for each GPU."""


class EmbedParts:
    """Ray Data actor: one backbone, applied to one part of the paintings after another."""

    def __init__(self, *, backbone: str, views: int, out: Path) -> None:
        """Load the backbone."""
        self.embedder = Embedder(backbone)
        self.views, self.out = views, out

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Embed the parts of `batch`; return the number of paintings of each."""
        return {
            "paintings": [
                embed_part(self.embedder, part, out=self.out / part.name, views=self.views)
                for part in map(parse_path, batch["item"])
            ]
        }


def main(config: Embed) -> None:
    """Embed what is missing, then publish the embeddings."""
    dataset = durable_path(config.dataset, option="--dataset")
    check_backbone(config.backbone)
    embedder = Embedder(config.backbone)
    settings = {
        "dataset": read_manifest(dataset)["fingerprint"],
        "backbone": config.backbone,
        "size": embedder.backbone.size,
        "views": config.views,
        "blocks": embedder.block_widths(),
    }
    folder = embeddings_folder(dataset, config.backbone)
    if find_json(folder / "manifest.json") == settings:
        print(f"{folder} is up to date")
        return
    with resumable_folder(folder, settings=settings) as out:
        parts = painting_parts(dataset)
        done = {part.name for part in out.glob("part-*.parquet")}
        missing = [part for part in parts if part.name not in done]
        print(f"embedding {len(missing)} of {len(parts)} parts with {config.backbone}")
        embed_parts(missing, config=config, out=out)
    print(f"embeddings: {folder}")


def embed_parts(parts: list[Path], *, config: Embed, out: Path) -> None:
    """Embed `parts` into the folder `out` on all workers of the cluster, telling how far they are."""
    if not parts:
        return
    connect()
    on_gpu = gpus() > 0
    workers = gpus() or max(1, cores() // config.threads)
    embedded = ray.data.from_items([str(part) for part in parts]).map_batches(
        EmbedParts,
        fn_constructor_kwargs={"backbone": config.backbone, "views": config.views, "out": out},
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(workers, len(parts))),
        num_cpus=config.threads,
        num_gpus=1 if on_gpu else 0,
    )
    start, done = time.monotonic(), 0
    for number, row in enumerate(embedded.iter_rows(), start=1):
        done += row["paintings"]
        print(f"{number}/{len(parts)} parts, {done / (time.monotonic() - start):.0f} paintings/s", flush=True)


if __name__ == "__main__":
    run(main, Embed, __doc__)
