"""python jobs/embed.py --dataset DATASET [--backbone efficientnet_lite0]

Turn every painting of a dataset into an embedding, once: channel statistics at several depths of a frozen network.
Writes DATASET/embeddings/BACKBONE. Started again, it embeds only what is missing.
"""

from dataclasses import dataclass
from pathlib import Path

from lib.data.dataset import Dataset, EmbeddingsManifest, embeddings_folder
from lib.features.backbones import check_backbone
from lib.features.embedder import Embedder, embed_dataset
from lib.infra.atomic import find_json
from lib.infra.cli import run


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
    """CPU cores of one worker. There are as many workers as fit the cluster, or one for each GPU."""


def main(config: Embed) -> None:
    """Embed what is missing, then publish the embeddings."""
    dataset = Dataset.open(config.dataset)
    check_backbone(config.backbone)
    embedder = Embedder(config.backbone)
    manifest = EmbeddingsManifest(
        dataset=dataset.fingerprint,
        backbone=config.backbone,
        size=embedder.backbone.size,
        views=config.views,
        blocks=tuple(embedder.block_widths()),
    )
    folder = embeddings_folder(dataset.folder, config.backbone)
    if find_json(folder / "manifest.json") == manifest.model_dump(mode="json"):
        print(f"{folder} is up to date")
        return
    embed_dataset(dataset, manifest, threads=config.threads)
    print(f"embeddings: {folder}")


if __name__ == "__main__":
    run(main, Embed, __doc__)
