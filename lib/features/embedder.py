"""From pictures to embeddings: prepare the pixels, run the backbones once, keep statistics of their maps."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
import torch
from PIL import Image

from lib.data.dataset import EMBEDDED_COLUMNS, Dataset, embeddings_folder, read_part
from lib.data.descriptor import (
    INSTALLED_WEIGHTS,
    KINDS,
    BackboneSource,
    DescriptorPart,
    EmbeddingsManifest,
    Kind,
    Precision,
)
from lib.data.images import open_image, square
from lib.features.backbones import Backbone, best_precision, freeze, restore
from lib.features.networks import Network
from lib.features.statistics import describe
from lib.features.weights import save_weights
from lib.infra.atomic import atomic_file, resumable_folder
from lib.infra.cluster import connect, cores, gpus, map_parts
from lib.infra.paths import parse_path

GPU_BATCH, CPU_BATCH = 64, 4  # pictures; four fit a processor's cache
FLOAT16_MAX = float(np.finfo(np.float16).max)


class Embedder:
    """Backbones in memory that turn pictures into embeddings: the parts of each backbone, side by side."""

    def __init__(self, backbones: Sequence[Backbone], *, kinds: Collection[Kind] = KINDS) -> None:
        """Take backbones of one device, and the kinds of parts that are computed."""
        self.backbones, self.kinds = backbones, kinds

    @classmethod
    def of(cls, networks: Sequence[Network], *, kinds: Collection[Kind] = KINDS) -> "Embedder":
        """Return an embedder with frozen copies of networks, on the GPU where there is one."""
        device = best_device()
        backbones = [freeze(network, device=device, precision=best_precision(device)) for network in networks]
        return cls(backbones, kinds=kinds)

    @classmethod
    def restore(
        cls,
        sources: Sequence[BackboneSource],
        *,
        folder: Path,
        kinds: Collection[Kind] = KINDS,
        precision: Precision | None = None,
    ) -> "Embedder":
        """Return an embedder with the backbones that `sources` describe, on the GPU where there is one.

        folder: of the embeddings or the models, which keeps the weights that no installed package has. precision: by
        default the fastest. Raises UserError where weights are missing or others.
        """
        device = best_device()
        precision = precision or best_precision(device)
        return cls(
            [restore(source, folder=folder, device=device, precision=precision) for source in sources], kinds=kinds
        )

    def parts(self) -> tuple[DescriptorPart, ...]:
        """Return the parts that make up an embedding."""
        parts = []
        for backbone in self.backbones:
            blank = np.zeros((1, backbone.size, backbone.size, 3), dtype=np.uint8)
            for kind, depths in self.describe(backbone, blank).items():
                widths = tuple(depth.shape[1] for depth in depths)
                parts.append(DescriptorPart(backbone=backbone.source.name, kind=kind, widths=widths))
        return tuple(parts)

    def describe(self, backbone: Backbone, pixels: np.ndarray) -> dict[Kind, list[np.ndarray]]:
        """Return float32 (n, width) for each depth, by kind of part, for uint8 pixels (n, size, size, 3)."""
        with torch.inference_mode():
            maps = backbone.feature_maps(torch.from_numpy(pixels).to(backbone.mean.device))
            parts = describe(maps, stage_ends=backbone.stage_ends, kinds=self.kinds)
            return {kind: [depth.cpu().numpy() for depth in depths] for kind, depths in parts.items()}

    def embed(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return float16 (images, dimensions); at least one image."""
        return np.concatenate([self.embed_with(backbone, images) for backbone in self.backbones], axis=1)

    def embed_with(self, backbone: Backbone, images: Sequence[Image.Image]) -> np.ndarray:
        """Return the columns of one backbone, float16 (images, dimensions), values beyond its range at the limit."""
        batches = []
        for pixels in self.batches(images, size=backbone.size):
            depths = [depth for depths in self.describe(backbone, pixels).values() for depth in depths]
            batches.append(np.concatenate(depths, axis=1).clip(-FLOAT16_MAX, FLOAT16_MAX).astype(np.float16))
        return np.concatenate(batches)

    def batches(self, images: Sequence[Image.Image], *, size: int) -> Iterator[np.ndarray]:
        """Yield uint8 pixels (n, size, size, 3) of one batch of images after another."""
        batch = GPU_BATCH if best_device() == "cuda" else CPU_BATCH
        for row in range(0, len(images), batch):
            yield np.stack([square(image, size=size) for image in images[row : row + batch]])


def best_device() -> str:
    """Return cuda where there is a GPU, else cpu."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def view_of(image: Image.Image, *, view: int, seed: str) -> Image.Image:
    """Return view number `view` of a picture: 0 is the picture itself, others are random crops, half of them mirrored.

    seed: crops of equal seed and view are equal.
    """
    if view == 0:
        return image
    digest = hashlib.sha256(f"{seed} {view}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:8]))
    side = np.sqrt(random.uniform(0.5, 1.0))
    width, height = max(1, round(image.width * side)), max(1, round(image.height * side))
    left, top = int(random.integers(image.width - width + 1)), int(random.integers(image.height - height + 1))
    crop = image.crop((left, top, left + width, top + height))
    return crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else crop


def embed_part(embedder: Embedder, part: Path, *, out: Path, views: int) -> int:
    """Embed one Parquet part of the paintings into the file `out`; return the number of paintings."""
    table = read_part(part, columns=[*EMBEDDED_COLUMNS, "image"])
    painting_ids = table["painting_id"].to_pylist()
    with ThreadPoolExecutor() as pool:
        images = list(pool.map(open_image, table["image"].to_pylist()))
    pictures = [
        view_of(image, view=view, seed=painting_id)
        for painting_id, image in zip(painting_ids, images, strict=True)
        for view in range(views)
    ]
    vectors = embedder.embed(pictures)
    rows = table.drop_columns(["image"]).take(np.repeat(np.arange(len(images)), views))
    result = rows.append_column("view", pa.array(np.tile(np.arange(views, dtype=np.int16), len(images)))).append_column(
        "embedding", pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    )
    with atomic_file(out) as aside:
        pq.write_table(result, aside)
    return len(images)


class PartEmbedder:
    """Ray Data actor: backbones, applied to one part of the paintings after another."""

    def __init__(self, *, manifest: EmbeddingsManifest, out: Path) -> None:
        """Load the backbones, with the weights kept in the folder `out`."""
        kinds = {part.kind for part in manifest.parts}
        precision = manifest.backbones[0].precision
        self.embedder = Embedder.restore(manifest.backbones, folder=out, kinds=kinds, precision=precision)
        self.views, self.out = manifest.views, out

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[int]]:
        """Embed the parts of `batch`; return the number of paintings of each."""
        parts = [parse_path(part) for part in batch["part"]]
        return {"paintings": [embed_part(self.embedder, p, out=self.out / p.name, views=self.views) for p in parts]}


def embed_dataset(dataset: Dataset, manifest: EmbeddingsManifest, networks: Sequence[Network], *, threads: int) -> None:
    """Write the embeddings that `manifest` describes, on all workers of the cluster; do only what is missing.

    networks: of the manifest's backbones; weights that no installed package has are kept beside the embeddings. The
    precision becomes that of the workers. threads: CPU cores of one worker. Raises UserError where another run writes
    them.
    """
    connect()
    manifest = manifest.in_precision(worker_precision())
    settings = manifest.model_dump(mode="json")
    with resumable_folder(embeddings_folder(dataset.folder, manifest.backbone), settings=settings) as out:
        keep_weights(networks, manifest, folder=out)
        done = {part.name for part in out.glob("part-*.parquet")}
        missing = [part for part in dataset.parts() if part.name not in done]
        print(f"embedding {len(missing)} of {len(dataset.parts())} parts with {manifest.backbone}", flush=True)
        embed_parts(missing, manifest, threads=threads, out=out)


def worker_precision() -> Precision:
    """Return the fastest precision of the processes that embed: on a GPU where the cluster has one."""
    if not gpus():
        return best_precision("cpu")
    return ray.get(ray.remote(num_gpus=1)(best_precision).remote("cuda"))


def keep_weights(networks: Sequence[Network], manifest: EmbeddingsManifest, *, folder: Path) -> None:
    """Write the weights that no installed package has, unless they are there."""
    for network, source in zip(networks, manifest.backbones, strict=True):
        path = source.weights_file(folder)
        if source.weights != INSTALLED_WEIGHTS and not path.is_file():
            save_weights(network.module, path)


def embed_parts(parts: list[Path], manifest: EmbeddingsManifest, *, threads: int, out: Path) -> None:
    """Embed `parts` into the folder `out`, which keeps the weights, on all workers of the cluster."""
    if not parts:
        return
    connect()
    rows = map_parts(
        PartEmbedder,
        [{"part": str(part)} for part in parts],
        label="embedded",
        unit="paintings",
        arguments={"manifest": manifest, "out": out},
        cores_each=threads,
        gpus_each=1 if gpus() else 0,
        actors=gpus() or max(1, cores() // threads),
    )
    for _ in rows:
        pass
