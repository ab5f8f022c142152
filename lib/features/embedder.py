"""From pictures to embeddings: prepare the pixels, run the backbone once, keep channel statistics."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

from lib.data.dataset import EMBEDDED_COLUMNS, Dataset, EmbeddingsManifest, embeddings_folder, read_part
from lib.data.images import open_image, square
from lib.features.backbones import best_precision, load_backbone
from lib.features.statistics import channel_statistics
from lib.infra.atomic import atomic_file, resumable_folder
from lib.infra.cluster import connect, cores, gpus, map_parts
from lib.infra.paths import parse_path


class Embedder:
    """One backbone in memory that turns pictures into embeddings."""

    def __init__(self, backbone: str) -> None:
        """Load `backbone`, onto the GPU where there is one."""
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.batch_size = 64 if self.device == "cuda" else 4  # pictures; four fit a processor's cache
        self.backbone = load_backbone(backbone, device=self.device, dtype=best_precision(self.device))

    def describe(self, pixels: np.ndarray) -> list[np.ndarray]:
        """Return one block (n, width) per depth of the backbone for uint8 pixels (n, size, size, 3)."""
        with torch.inference_mode():
            maps = self.backbone.feature_maps(torch.from_numpy(pixels).to(self.device))
            return [block.cpu().numpy() for block in channel_statistics(maps)]

    def block_widths(self) -> list[int]:
        """Return the widths of the blocks that make up an embedding."""
        blank = np.zeros((1, self.backbone.size, self.backbone.size, 3), dtype=np.uint8)
        return [block.shape[1] for block in self.describe(blank)]

    def embed(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return float16 (images, dimensions); at least one image."""
        pixels = np.stack([square(image, size=self.backbone.size) for image in images])
        batches = [pixels[row : row + self.batch_size] for row in range(0, len(pixels), self.batch_size)]
        return np.concatenate([np.concatenate(self.describe(batch), axis=1) for batch in batches]).astype(np.float16)


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
    """Ray Data actor: one backbone, applied to one part of the paintings after another."""

    def __init__(self, *, backbone: str, views: int, out: Path) -> None:
        """Load the backbone."""
        self.embedder = Embedder(backbone)
        self.views, self.out = views, out

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[int]]:
        """Embed the parts of `batch`; return the number of paintings of each."""
        parts = [parse_path(part) for part in batch["part"]]
        return {"paintings": [embed_part(self.embedder, p, out=self.out / p.name, views=self.views) for p in parts]}


def embed_dataset(dataset: Dataset, manifest: EmbeddingsManifest, *, threads: int) -> None:
    """Write the embeddings that `manifest` describes, on all workers of the cluster; do only what is missing.

    threads: CPU cores of one worker. Raises UserError where another run writes them.
    """
    settings = manifest.model_dump(mode="json")
    with resumable_folder(embeddings_folder(dataset.folder, manifest.backbone), settings=settings) as out:
        done = {part.name for part in out.glob("part-*.parquet")}
        missing = [part for part in dataset.parts() if part.name not in done]
        print(f"embedding {len(missing)} of {len(dataset.parts())} parts with {manifest.backbone}", flush=True)
        embed_parts(missing, manifest, threads=threads, out=out)


def embed_parts(parts: list[Path], manifest: EmbeddingsManifest, *, threads: int, out: Path) -> None:
    """Embed `parts` into the folder `out` on all workers of the cluster."""
    if not parts:
        return
    connect()
    rows = map_parts(
        PartEmbedder,
        [{"part": str(part)} for part in parts],
        label="embedded",
        unit="paintings",
        arguments={"backbone": manifest.backbone, "views": manifest.views, "out": out},
        cores_each=threads,
        gpus_each=1 if gpus() else 0,
        actors=gpus() or max(1, cores() // threads),
    )
    for _ in rows:
        pass
