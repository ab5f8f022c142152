"""python benchmarks/embed.py

Compare jobs/embed.py, with one backbone and with the two default ones, with the bare forward pass of the same networks,
as timm builds them, on the same cores: paintings per second of the job (reading, decoding, statistics, correlations and
writing included) against images per second of one process that holds ready pixels and uses all cores. Ray's start and
the loading of the networks cancel out: two sizes are timed and subtracted.
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

from jobs.embed import Embed
from lib.data.descriptor import KINDS, EmbeddingsManifest
from lib.data.images import SHORT_SIDE, to_jpeg
from lib.data.paintings import PAINTINGS_SCHEMA, SPLITS_SCHEMA, painting_parts, write_part
from lib.features.backbones import EMBEDDED_SIZE, PRECISIONS, best_precision, open_network
from lib.features.embedded_parts import embed_parts
from lib.features.embedder import Embedder
from lib.features.weights import installed_weights
from lib.infra.cluster import connect
from lib.infra.paths import make_folder

PART = 256  # paintings
BACKBONES = tuple(Embed.backbone.split("+"))  # the default ones


@dataclass
class Embedding:
    """Options of benchmarks/embed.py."""

    few: int = 1
    """Parts of 256 paintings of the small run."""
    many: int = 4
    """Parts of 256 paintings of the large run."""
    repeats: int = 3
    """Runs of each side, in turn, of which the median counts."""


def main(config: Embedding) -> None:
    """Run both sides in turn and keep the figures."""
    connect()
    with tempfile.TemporaryDirectory() as folder:
        dataset = Path(folder)
        write_paintings(dataset, parts=config.many)
        comparisons = [compare(config, dataset, names) for names in (BACKBONES[:1], BACKBONES)]
    keep(
        "embed",
        Found(
            title="Embeddings",
            comparisons=comparisons,
            notes=[
                f"The job's figure is the slope between {config.few * PART} and {config.many * PART} paintings. It can "
                "be faster than the plain forward pass because every BatchNorm is folded into its convolution, small "
                "batches fit the cache, and each core runs networks of its own."
            ],
        ),
    )


def compare(config: Embedding, dataset: Path, names: tuple[str, ...]) -> Comparison:
    """Run both sides in turn with these backbones."""
    job, bare = [], []
    for repeat in range(config.repeats):
        bare.append(bare_speed(names))
        few, many = (
            seconds_of(dataset, names, parts=parts, out=make_folder(dataset / f"{len(names)}-{parts}-{repeat}"))
            for parts in (config.few, config.many)
        )
        job.append((config.many - config.few) * PART / (many - few))
        print(f"{'+'.join(names)}: {job[-1]:.1f} paintings/s, forward pass {bare[-1]:.1f}", flush=True)
    return Comparison(
        f"JPEG in Parquet to channel statistics and correlations in Parquet, {' and '.join(names)}",
        f"timm's forward pass alone, on ready pixels, in {best_precision('cpu')}",
        "paintings/s",
        job,
        bare,
        wanted=0.9,
    )


def write_paintings(dataset: Path, *, parts: int) -> None:
    """Write parts of 256 JPEGs of 320 × 400 pixels."""
    random = np.random.default_rng(0)
    small = random.integers(0, 256, (64, 20, 16, 3), dtype=np.uint8)
    jpegs = [to_jpeg(Image.fromarray(pixels).resize((SHORT_SIDE, 400), Image.Resampling.BICUBIC)) for pixels in small]
    blank = dict.fromkeys(PAINTINGS_SCHEMA.names)
    rows = [
        blank | {"painting_id": f"{row}", "artist": "a", "year": 1900, "split": "train", "image": jpegs[row % 64]}
        for row in range(PART)
    ]
    table = pa.Table.from_pylist(rows, schema=PAINTINGS_SCHEMA.append(SPLITS_SCHEMA.field("split")))
    for part in range(parts):
        write_part(dataset / "paintings" / f"part-{part:05}.parquet", table)


def seconds_of(dataset: Path, names: tuple[str, ...], *, parts: int, out: Path) -> float:
    """Return the seconds that the job takes for some parts, once Ray runs."""
    embedder = Embedder.of([open_network(name) for name in names], kinds=KINDS)
    manifest = EmbeddingsManifest(
        dataset="made up",
        short_side=SHORT_SIDE,
        views=1,
        backbones=tuple(backbone.source for backbone in embedder.backbones),
        parts=embedder.parts(),
    )
    start = time.monotonic()
    embed_parts(painting_parts(dataset)[:parts], manifest, threads=1, out=out)
    return time.monotonic() - start


def bare_speed(names: tuple[str, ...], *, batches: int = 50, batch: int = 8) -> float:
    """Return images per second of the forward passes alone, in one process on all cores, in batches that suit it."""
    torch.set_num_threads(os.cpu_count() or 1)
    dtype = PRECISIONS[best_precision("cpu")]
    passes = []
    for name in names:
        network: Any = timm.create_model(f"tf_{name}").eval()
        network.load_state_dict(installed_weights(name))  # random weights would slow the processor
        pixels = torch.rand(batch, 3, EMBEDDED_SIZE, EMBEDDED_SIZE, dtype=dtype).to(memory_format=torch.channels_last)
        passes.append((network.to(dtype=dtype).to(memory_format=torch.channels_last), pixels))
    with torch.inference_mode():
        for warm in (True, False):
            start = time.monotonic()
            for _ in range(1 if warm else batches):
                for network, pixels in passes:
                    network.forward_features(pixels)
    return batches * batch / (time.monotonic() - start)


if __name__ == "__main__":
    main(tyro.cli(Embedding, description=__doc__))
