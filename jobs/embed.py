"""python jobs/embed.py --dataset DATASET [--backbone NAME[+NAME…]] [--weights FILE…] [--image-size N] [--tiles N]

Turn every painting of a dataset into an embedding, once: statistics of the channels of frozen networks at several
depths, and their correlations. Writes DATASET/embeddings/BACKBONE. Started again, it embeds only what is missing, after
an update of the dataset only new pictures.
Which backbone to take for what: docs/backbones.md.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import NonNegativeInt, PositiveInt

from lib.data.manifest import require_dataset
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import durable_path, parse_path


@dataclass
class Embed:
    """Options of jobs/embed.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    backbone: str = "efficientnet_lite0+efficientnet_lite2"
    """Network that describes the paintings, or several joined by +: efficientnet_lite0, efficientnet_lite2, resnet18,
    resnet50, vgg16, densenet169, or the name of a timm model. The default takes 2.2 times as long as the first of them
    alone."""
    weights: tuple[str, ...] = ()
    """Weights of each backbone, in order: a file (safetensors, or a PyTorch state dict), or imagenet for those that the
    network is published with, which are fetched once. Default: imagenet for all."""
    key_map: Path | None = None
    """JSON file of prefixes of the tensors' names in the files of --weights, and what replaces them."""
    image_size: PositiveInt | None = None
    """Side of the square that a painting is scaled to, in pixels. Default: 320 for efficientnet_lite0 and
    efficientnet_lite2, else that of the network's training."""
    tiles: NonNegativeInt = 0
    """Tiles of each painting that are described beside the whole, at the resolution it is stored in: squares as large
    as the backbone's input, spread evenly. The mean over them is kept."""
    views: PositiveInt = 1
    """Views of each painting: 1 is the whole painting alone, more add seeded random crops."""
    threads: PositiveInt = 1
    """CPU cores of one worker. There are as many workers as fit the cluster, or one for each GPU."""


def main(config: Embed) -> None:
    """Embed what is missing, then publish the embeddings."""
    require_dataset(config.dataset)
    names, weights = backbones_of(config)
    from lib.data.dataset import Dataset
    from lib.data.descriptor import EmbeddingsManifest
    from lib.data.embeddings import embeddings_folder
    from lib.features.backbones import open_networks
    from lib.features.embedded_parts import embed_dataset, is_embedded
    from lib.features.embedder import Embedder, check_tiles

    dataset = Dataset.open(config.dataset)
    networks = open_networks(names, weights=weights, size=config.image_size, key_map=config.key_map)
    check_tiles(config.tiles, networks, short_side=dataset.manifest.short_side)
    embedder = Embedder.of(networks, tiles=config.tiles)
    manifest = EmbeddingsManifest(
        dataset=dataset.fingerprint,
        short_side=dataset.manifest.short_side,
        views=config.views,
        backbones=tuple(backbone.source for backbone in embedder.backbones),
        parts=embedder.parts(),
    )
    folder = embeddings_folder(dataset.folder, manifest.backbone)
    if is_embedded(folder, manifest, parts=dataset.parts()):
        print(f"{folder} is up to date")
        return
    del embedder  # the workers have their own
    embed_dataset(dataset, manifest, networks, threads=config.threads)
    licences = [f"weights of {source.name}: licence {source.licence}" for source in manifest.backbones]
    print(f"embeddings: {folder}; {'; '.join(licences)}")


def backbones_of(config: Embed) -> tuple[list[str], list[str]]:
    """Return the names of the backbones and the weights of each. Raises UserError where they do not fit each other."""
    names = config.backbone.split("+")
    if len(set(names)) < len(names):
        raise UserError(f"--backbone {config.backbone} names a network twice; name each once")
    if len(config.weights) > len(names):
        raise UserError(
            f"--weights names {len(config.weights)} files for {len(names)} backbones; give one for each, in order"
        )
    return names, [*map(weights_of, config.weights), *["imagenet"] * (len(names) - len(config.weights))]


def weights_of(text: str) -> str:
    """Return `imagenet` or the absolute path of a file. Raises UserError for a path that cannot be used."""
    return text if text == "imagenet" else str(durable_path(parse_path(text), option="--weights"))


if __name__ == "__main__":
    run(main, Embed, __doc__)
