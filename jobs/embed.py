"""python jobs/embed.py --dataset DATASET [--backbone NAME[+NAME…]] [--weights FILE…] [--image-size N] [--tiles N]

Turn every painting of a dataset into an embedding, once: statistics of the channels of frozen networks at several
depths, and their correlations. Writes DATASET/embeddings/BACKBONE. Started again, it embeds only what is missing, after
an update of the dataset only new pictures.
Which backbone to take for what: docs/backbones.md.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import NonNegativeInt, PositiveInt

from lib.data.dataset import Dataset
from lib.data.descriptor import BackboneSource, EmbeddingsManifest
from lib.data.embeddings import embeddings_folder
from lib.features.backbones import open_network
from lib.features.embedded_parts import embed_dataset
from lib.features.embedder import Embedder
from lib.features.networks import Network, check_network
from lib.features.weights import read_key_map
from lib.infra.atomic import find_json
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
    dataset = Dataset.open(config.dataset)
    networks = networks_of(config)
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
    if is_current(folder, manifest, parts=dataset.parts()):
        print(f"{folder} is up to date")
        return
    del embedder  # the workers have their own
    embed_dataset(dataset, manifest, networks, threads=config.threads)
    print(f"embeddings: {folder}; {'; '.join(map(licence_of, manifest.backbones))}")


def networks_of(config: Embed) -> list[Network]:
    """Return the networks that the options name. Raises UserError where names, weights or size do not fit."""
    names = config.backbone.split("+")
    for name in names:
        check_network(name)
    if len(set(names)) < len(names):
        raise UserError(f"--backbone {config.backbone} names a network twice; name each once")
    if len(config.weights) > len(names):
        raise UserError(
            f"--weights names {len(config.weights)} files for {len(names)} backbones; give one for each, in order"
        )
    key_map = read_key_map(config.key_map) if config.key_map else None
    weights = [*map(weights_of, config.weights), *["imagenet"] * (len(names) - len(config.weights))]
    return [
        open_network(name, weights=source, size=config.image_size, key_map=key_map)
        for name, source in zip(names, weights, strict=True)
    ]


def check_tiles(tiles: int, networks: list[Network], *, short_side: int) -> None:
    """Raise UserError where there can be no such tiles of pictures that are stored with this short side (pixels)."""
    largest = max(networks, key=lambda network: network.size)
    if tiles and short_side < largest.size:
        raise UserError(
            f"the paintings are stored with a short side of {short_side} pixels, and a tile of {largest.name} has "
            f"{largest.size}; ingest them with --short-side {largest.size} or more"
        )


def weights_of(text: str) -> str:
    """Return `imagenet` or the absolute path of a file. Raises UserError for a path that cannot be used."""
    return text if text == "imagenet" else str(durable_path(parse_path(text), option="--weights"))


def is_current(folder: Path, manifest: EmbeddingsManifest, *, parts: list[Path]) -> bool:
    """Return whether `folder` has these embeddings of these parts, in whatever precision the workers made them."""
    values = find_json(folder / "manifest.json")
    precisions = {source["precision"] for source in (values or {}).get("backbones", [])}
    made = any(values == manifest.in_precision(precision).model_dump(mode="json") for precision in precisions)
    return made and {part.name for part in parts} <= {part.name for part in folder.glob("part-*.parquet")}


def licence_of(source: BackboneSource) -> str:
    """Return a sentence on the licence of a backbone's weights."""
    return f"weights of {source.name}: licence {source.licence}"


if __name__ == "__main__":
    run(main, Embed, __doc__)
