"""The embeddings of a dataset: its parts, embedded by actors on all workers of a cluster."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
from PIL import Image

from lib.data.dataset import Dataset
from lib.data.descriptor import INSTALLED_WEIGHTS, EmbeddingsManifest, Precision
from lib.data.embeddings import EMBEDDED_COLUMNS, embeddings_folder
from lib.data.images import open_image
from lib.data.paintings import read_part
from lib.features.backbones import best_precision
from lib.features.embedder import Embedder, batch_size
from lib.features.networks import Network
from lib.features.weights import save_weights
from lib.infra.atomic import atomic_file, find_json, resumable_folder
from lib.infra.cluster import connect, cores, gpus, map_parts
from lib.infra.paths import parse_path


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


def read_pictures(part: Path) -> Iterator[list[Image.Image]]:
    """Yield the pictures of one part of the paintings, decoded one batch after another: all would take gigabytes."""
    with part.open("rb") as file, ThreadPoolExecutor() as pool:
        for batch in pq.ParquetFile(file).iter_batches(batch_size(), columns=["image"]):
            yield list(pool.map(open_image, batch["image"].to_pylist()))


def embed_views(embedder: Embedder, images: Sequence[Image.Image], *, seeds: Sequence[str], views: int) -> np.ndarray:
    """Return float16 (images, views, dimensions). seeds: of the views of each picture."""
    pairs = list(zip(images, seeds, strict=True))
    embedded = [
        embedder.embed([view_of(image, view=view, seed=seed) for image, seed in pairs]) for view in range(views)
    ]
    return np.stack(embedded, axis=1)


def embed_part(embedder: Embedder, part: Path, *, out: Path, views: int) -> int:
    """Embed one Parquet part of the paintings into the file `out`; return the number of paintings."""
    table = read_part(part, columns=EMBEDDED_COLUMNS)
    names = iter(table["painting_id"].to_pylist())
    batches = [
        embed_views(embedder, images, seeds=list(islice(names, len(images))), views=views)
        for images in read_pictures(part)
    ]
    vectors = np.concatenate(batches)
    rows = table.take(np.repeat(np.arange(len(table)), views))
    result = rows.append_column("view", pa.array(np.tile(np.arange(views, dtype=np.int16), len(table)))).append_column(
        "embedding", pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[2])
    )
    with atomic_file(out) as aside:
        pq.write_table(result, aside)
    return len(table)


class PartEmbedder:
    """Ray Data actor: backbones, applied to one part of the paintings after another."""

    def __init__(self, *, manifest: EmbeddingsManifest, out: Path) -> None:
        """Load the backbones, with the weights kept in the folder `out`."""
        precision = manifest.backbones[0].precision
        self.embedder = Embedder.restore(manifest.backbones, folder=out, parts=manifest.parts, precision=precision)
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


def is_embedded(folder: Path, manifest: EmbeddingsManifest) -> bool:
    """Return whether `folder` has these embeddings, in whatever precision the workers made them."""
    values = find_json(folder / "manifest.json")
    precisions = {source["precision"] for source in (values or {}).get("backbones", [])}
    return any(values == manifest.in_precision(precision).model_dump(mode="json") for precision in precisions)


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
