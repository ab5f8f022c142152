"""The embeddings of a dataset: its parts, embedded by actors on all workers of a cluster."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
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
from lib.data.embeddings import EMBEDDED_COLUMNS, PICTURE, embeddings_folder, find_embeddings
from lib.data.images import open_image
from lib.data.paintings import read_part
from lib.data.picture_files import pictures_of
from lib.features.backbones import best_precision
from lib.features.embedder import Embedder, batch_size
from lib.features.networks import Network
from lib.features.weights import save_weights
from lib.infra.atomic import atomic_file, find_json, resumable_folder, write_json
from lib.infra.cluster import connect, cores, gpus, map_parts
from lib.infra.locks import write_lock
from lib.infra.paths import parse_path, read_parquet


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


def read_pictures(part: Path, *, rows: np.ndarray | None = None) -> Iterator[list[Image.Image]]:
    """Yield the pictures of one part of the paintings, decoded one batch after another: all would take gigabytes.

    rows: (paintings,) those that are true are yielded, in the order of the part; None for all.
    """
    first = 0
    with part.open("rb") as file, ThreadPoolExecutor() as pool:
        for batch in pq.ParquetFile(file).iter_batches(batch_size(), columns=["image"]):
            wanted = slice(None) if rows is None else rows[first : first + len(batch)]
            jpegs = batch["image"].to_numpy(zero_copy_only=False)[wanted]
            if len(jpegs):
                yield list(pool.map(open_image, jpegs))
            first += len(batch)


def embed_views(embedder: Embedder, images: Sequence[Image.Image], *, seeds: Sequence[str], views: int) -> np.ndarray:
    """Return float16 (images, views, dimensions). seeds: of the views of each picture."""
    pairs = list(zip(images, seeds, strict=True))
    embedded = [
        embedder.embed([view_of(image, view=view, seed=seed) for image, seed in pairs]) for view in range(views)
    ]
    return np.stack(embedded, axis=1)


def embed_part(embedder: Embedder, part: Path, *, out: Path, views: int, known: Sequence[Path] = ()) -> int:
    """Embed one Parquet part of the paintings into the file `out`; return the number of paintings that were embedded.

    known: embedded parts, from which the embeddings of paintings are taken over whose pictures are the same.
    """
    table = read_part(part, columns=EMBEDDED_COLUMNS)
    names, pictures = table["painting_id"].to_pylist(), pictures_of(part)
    found = find_embeddings(known, dict(zip(names, pictures, strict=True)))
    missing = np.array([name not in found for name in names])
    seeds = iter([name for name in names if name not in found])
    batches = [
        embed_views(embedder, images, seeds=list(islice(seeds, len(images))), views=views)
        for images in read_pictures(part, rows=missing)
    ]
    embedded = iter(np.concatenate(batches) if batches else ())
    vectors = np.stack([found[name] if name in found else next(embedded) for name in names])
    rows = table.append_column(PICTURE, pa.array(pictures, pa.string())).take(np.repeat(np.arange(len(table)), views))
    result = rows.append_column("view", pa.array(np.tile(np.arange(views, dtype=np.int16), len(table)))).append_column(
        "embedding", pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[2])
    )
    texts = [name for name in result.column_names if name != "embedding"]
    with atomic_file(out) as aside:
        pq.write_table(result, aside, use_dictionary=texts)  # embeddings by dictionary take five times as long to read
    return int(missing.sum())


class PartEmbedder:
    """Ray Data actor: backbones, applied to one part of the paintings after another."""

    def __init__(self, *, manifest: EmbeddingsManifest, out: Path) -> None:
        """Load the backbones, with the weights kept in the folder `out`."""
        precision = manifest.backbones[0].precision
        self.embedder = Embedder.restore(manifest.backbones, folder=out, parts=manifest.parts, precision=precision)
        self.views, self.out = manifest.views, out

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[int]]:
        """Embed the part of `batch`; return the number of paintings that were embedded."""
        [part], [known] = batch["part"], batch["known"]
        path, out = parse_path(part), self.out / part.rpartition("/")[2]
        embedded = [parse_path(name) for name in known.splitlines()]
        return {"paintings": [embed_part(self.embedder, path, out=out, views=self.views, known=embedded)]}


def embed_dataset(dataset: Dataset, manifest: EmbeddingsManifest, networks: Sequence[Network], *, threads: int) -> None:
    """Write the embeddings that `manifest` describes, on all workers of the cluster; do only what is missing.

    networks: of the manifest's backbones; weights that no installed package has are kept beside the embeddings. The
    precision becomes that of the workers. threads: CPU cores of one worker. Raises UserError where another run writes
    them.
    """
    connect()
    manifest = manifest.in_precision(worker_precision())
    folder = embeddings_folder(dataset.folder, manifest.backbone)
    settings = manifest.model_dump(mode="json")
    before = find_json(folder / "manifest.json")
    if before is not None and before | {"dataset": manifest.dataset} == settings:
        add_embeddings(dataset, manifest, folder=folder, threads=threads)
        return
    with resumable_folder(folder, settings=settings) as out:
        keep_weights(networks, manifest, folder=out)
        embed_missing(dataset, manifest, out=out, threads=threads)


def add_embeddings(dataset: Dataset, manifest: EmbeddingsManifest, *, folder: Path, threads: int) -> None:
    """Bring embeddings of an older version of the dataset up to date; those of its paintings are taken over.

    Parts never change, so new ones are added beside the old, and the manifest says when all are there.
    """
    with write_lock(folder):
        old = embed_missing(dataset, manifest, out=folder, threads=threads)
        write_json(folder / "manifest.json", manifest.model_dump(mode="json"))
        for part in old:
            part.unlink()


def embed_missing(dataset: Dataset, manifest: EmbeddingsManifest, *, out: Path, threads: int) -> list[Path]:
    """Embed the parts of the dataset that are missing in `out`; return the parts there that it does not have."""
    parts = dataset.parts()
    done = {part.name: part for part in sorted(out.glob("part-*.parquet"))}
    missing = [part for part in parts if part.name not in done]
    old = [done[name] for name in done if name not in {part.name for part in parts}]
    print(f"embedding {len(missing)} of {len(parts)} parts with {manifest.backbone}", flush=True)
    embed_parts(missing, manifest, threads=threads, out=out, known=old)
    return old


def is_embedded(folder: Path, manifest: EmbeddingsManifest, *, parts: Sequence[Path]) -> bool:
    """Return whether `folder` has these embeddings of these parts, in whatever precision the workers made them."""
    values = find_json(folder / "manifest.json")
    precisions = {source["precision"] for source in (values or {}).get("backbones", [])}
    made = any(values == manifest.in_precision(precision).model_dump(mode="json") for precision in precisions)
    return made and {part.name for part in parts} <= {part.name for part in folder.glob("part-*.parquet")}


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


def embed_parts(
    parts: list[Path], manifest: EmbeddingsManifest, *, threads: int, out: Path, known: Sequence[Path] = ()
) -> None:
    """Embed `parts` into the folder `out`, which keeps the weights, on all workers of the cluster.

    known: embedded parts, from which the embeddings of paintings are taken over whose pictures are the same.
    """
    if not parts:
        return
    connect()
    ids_of = {str(part): ids_in(part) for part in known}
    rows = map_parts(
        PartEmbedder,
        [{"part": str(part), "known": "\n".join(sharing(ids_in(part), ids_of))} for part in parts],
        label="embedded",
        unit="paintings",
        arguments={"manifest": manifest, "out": out},
        cores_each=threads,
        gpus_each=1 if gpus() else 0,
        actors=gpus() or max(1, cores() // threads),
    )
    print(f"embedded: {sum(int(row['paintings']) for row in rows):,} paintings", flush=True)


def ids_in(part: Path) -> set[str]:
    """Return the ids of the paintings of a part, embedded or not."""
    return set(read_parquet(part, columns=["painting_id"])["painting_id"].to_pylist())


def sharing(ids: set[str], ids_of: Mapping[str, set[str]]) -> list[str]:
    """Return the names under which `ids_of` has some of these ids."""
    return [name for name, others in ids_of.items() if not ids.isdisjoint(others)]
