"""python benchmarks/embed.py

Compare jobs/embed.py with the bare forward pass of the same network, as timm builds it, on the same cores: paintings
per second of the job (reading, decoding, statistics and writing included) against images per second of one process that
holds ready pixels and uses all cores. Ray's start and the loading of the network cancel out: two sizes are timed and
subtracted.
"""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import timm
import torch
import tyro
from comparison import Comparison, Found, keep
from PIL import Image

from lib.data.descriptor import EmbeddingsManifest
from lib.data.images import to_jpeg
from lib.data.paintings import PAINTINGS_SCHEMA, SPLITS_SCHEMA, painting_parts, write_part
from lib.features.backbones import EMBEDDED_SIZE, PRECISIONS, best_precision, open_network
from lib.features.embedded_parts import embed_parts
from lib.features.embedder import Embedder
from lib.features.weights import installed_weights
from lib.infra.cluster import connect
from lib.infra.paths import make_folder

PART = 256  # paintings


@dataclass
class Embedding:
    """Options of benchmarks/embed.py."""

    few: int = 2
    """Parts of 256 paintings of the small run."""
    many: int = 16
    """Parts of 256 paintings of the large run."""
    repeats: int = 3
    """Runs of each side, in turn, of which the median counts."""


def main(config: Embedding) -> None:
    """Run both sides in turn and keep the figures."""
    connect()
    job, bare = [], []
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder)
        write_paintings(dataset, parts=config.many)
        for repeat in range(config.repeats):
            bare.append(bare_speed())
            few = seconds_of(dataset, parts=config.few, out=make_folder(dataset / f"few-{repeat}"))
            many = seconds_of(dataset, parts=config.many, out=make_folder(dataset / f"many-{repeat}"))
            job.append((config.many - config.few) * PART / (many - few))
    keep(
        "embed",
        Found(
            title="Embeddings",
            comparisons=[
                Comparison(
                    "JPEG in Parquet to channel statistics and correlations in Parquet",
                    f"timm's forward pass alone, on ready pixels of side {EMBEDDED_SIZE}, in {best_precision('cpu')}",
                    "paintings/s",
                    job,
                    bare,
                )
            ],
            notes=[
                f"The job's figure is the slope between {config.few * PART} and {config.many * PART} paintings. It can "
                "be faster than the plain forward pass because every BatchNorm is folded into its convolution, small "
                "batches fit the cache, and each core runs a network of its own."
            ],
        ),
    )


def write_paintings(dataset: Path, *, parts: int) -> None:
    """Write parts of 256 JPEGs of 256 × 320 pixels."""
    random = np.random.default_rng(0)
    small = random.integers(0, 256, (64, 20, 16, 3), dtype=np.uint8)
    jpegs = [to_jpeg(Image.fromarray(pixels).resize((256, 320), Image.Resampling.BICUBIC)) for pixels in small]
    blank = dict.fromkeys(PAINTINGS_SCHEMA.names)
    rows = [
        blank | {"painting_id": f"{row}", "artist": "a", "year": 1900, "split": "train", "image": jpegs[row % 64]}
        for row in range(PART)
    ]
    table = pa.Table.from_pylist(rows, schema=PAINTINGS_SCHEMA.append(SPLITS_SCHEMA.field("split")))
    for part in range(parts):
        write_part(dataset / "paintings" / f"part-{part:05}.parquet", table)


def seconds_of(dataset: Path, *, parts: int, out: Path) -> float:
    """Return the seconds that the job takes for some parts, once Ray runs."""
    embedder = Embedder.of([open_network("efficientnet_lite0")])
    manifest = EmbeddingsManifest(
        dataset="made up",
        short_side=256,
        views=1,
        backbones=tuple(backbone.source for backbone in embedder.backbones),
        parts=embedder.parts(),
    )
    start = time.monotonic()
    embed_parts(painting_parts(dataset)[:parts], manifest, threads=1, out=out)
    return time.monotonic() - start


def bare_speed(*, batches: int = 50, batch: int = 8) -> float:
    """Return images per second of the forward pass alone, in one process on all cores, in batches that suit it."""
    torch.set_num_threads(os.cpu_count() or 1)
    network: Any = timm.create_model("tf_efficientnet_lite0").eval()
    network.load_state_dict(installed_weights("efficientnet_lite0"))  # random weights would slow the processor
    network = network.to(dtype=PRECISIONS[best_precision("cpu")]).to(memory_format=torch.channels_last)
    pixels = torch.rand(batch, 3, EMBEDDED_SIZE, EMBEDDED_SIZE, dtype=PRECISIONS[best_precision("cpu")]).to(
        memory_format=torch.channels_last
    )
    with torch.inference_mode():
        network.forward_features(pixels)
        start = time.monotonic()
        for _ in range(batches):
            network.forward_features(pixels)
    return batches * batch / (time.monotonic() - start)


if __name__ == "__main__":
    main(tyro.cli(Embedding, description=__doc__))
