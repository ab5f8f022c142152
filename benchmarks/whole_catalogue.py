"""python benchmarks/whole_catalogue.py --out FOLDER

Run the jobs after jobs/embed.py on a catalogue as large as Painter by Numbers, 76,884 works by 2,109 artists, or of
another size, with made-up embeddings. Prints the time of each job, the most memory of its driver and of any other
process.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import PositiveInt
from watch import Watch

from jobs.embed import Embed
from lib.data.descriptor import KINDS, EmbeddingsManifest
from lib.features.backbones import open_network
from lib.features.embedder import Embedder
from lib.infra import cli
from lib.infra.atomic import write_json
from lib.infra.paths import make_folder
from lib.synthetic.embeddings import SHORT_SIDE, made_up_manifest

JOBS = Path(__file__).resolve().parent.parent / "jobs"
BACKBONES = tuple(Embed.backbone.split("+"))  # the default ones, of which the widths are taken
ROWS_PER_PART = 256
LATENT = 48  # dimensions in which styles differ
EXPONENT = -0.68  # works of an artist by rank, as in Painter by Numbers
FEWEST = 4  # works of an artist


@dataclass(frozen=True)
class WholeCatalogue:
    """What to make up and to run."""

    out: Path
    """Folder of the dataset, the models and the report; made-up embeddings that are there are used again."""
    rows: PositiveInt = 76_884
    """Works."""
    artists: PositiveInt = 2109
    """Artists; their numbers of works fall with the rank as in Painter by Numbers."""
    widths: tuple[int, ...] = ()
    """Widths of the depths of the embeddings. Default: those of the default backbones, 32,604 numbers in all."""


def main(config: WholeCatalogue) -> None:
    """Make the embeddings up and run both jobs."""
    dataset, models = config.out / "dataset", config.out / "models"
    manifest = manifest_of(config)
    folder = dataset / "embeddings" / manifest.backbone
    if not (folder / "manifest.json").is_file():
        write_embeddings(folder, config, width=sum(manifest.blocks))
        write_json(folder / "manifest.json", manifest.model_dump(mode="json"))
        write_json(dataset / "manifest.json", {"fingerprint": "made up", "short_side": SHORT_SIDE})
    print("| job | minutes | driver: MiB of its own, resident | any other process |\n|---|---|---|---|", flush=True)
    options = ["--dataset", str(dataset), "--models", str(models)]
    report(config, "train_per_artist", options)
    report(config, "evaluate", [*options, "--out", str(config.out / "report")])


def manifest_of(config: WholeCatalogue) -> EmbeddingsManifest:
    """Return what the made-up embeddings are."""
    made_up = EmbeddingsManifest.model_validate(made_up_manifest("made up", blocks=config.widths or (1,)))
    if config.widths:
        return made_up
    embedder = Embedder.of([open_network(name) for name in BACKBONES], kinds=KINDS)
    sources = tuple(made_up.backbones[0].model_copy(update={"name": name}) for name in BACKBONES)
    return made_up.model_copy(update={"parts": tuple(embedder.parts()), "backbones": sources})


def write_embeddings(folder: Path, config: WholeCatalogue, *, width: int) -> None:
    """Write the parts: styles around a centre for each artist, which drift with the year."""
    make_folder(folder)
    random = np.random.default_rng(0)
    shares = np.arange(1, config.artists + 1) ** EXPONENT
    works = FEWEST + (shares / shares.sum() * (config.rows - FEWEST * config.artists)).astype(int)
    labels = np.repeat(np.arange(config.artists), works)
    begins = random.integers(1400, 1950, config.artists)
    centres = random.normal(size=(config.artists, LATENT)).astype(np.float32)
    drifts = random.normal(size=(config.artists, LATENT)).astype(np.float32) + random.normal(size=LATENT)
    axes = random.normal(size=(LATENT, width)).astype(np.float32) / np.sqrt(LATENT)
    noise = random.normal(size=(4 * ROWS_PER_PART, width)).astype(np.float32)
    for part, first in enumerate(range(0, len(labels), ROWS_PER_PART)):
        of = labels[first : first + ROWS_PER_PART]
        years = begins[of] + random.integers(0, 40, len(of))
        styles = centres[of] + drifts[of] * ((years - begins[of] - 20) / 20)[:, None] / 3
        vectors = (styles + random.normal(size=styles.shape) / 2).astype(np.float32) @ axes
        vectors += noise[random.integers(len(noise), size=len(of))] / 2
        numbers = np.arange(first, first + len(of))
        write_part(folder / f"part-{part:05d}.parquet", numbers, of, years, vectors)
        if part % 100 == 99:
            print(f"made up {part + 1} parts", flush=True)


def write_part(path: Path, numbers: np.ndarray, labels: np.ndarray, years: np.ndarray, vectors: np.ndarray) -> None:
    """Write one part of the embeddings: works by number, with their artists, years and vectors (n, width)."""
    rows, year = len(numbers), pa.array(years, pa.int32())
    columns = {
        "painting_id": [f"{number:07d}" for number in numbers],
        "artist": [f"Artist {label:05d}" for label in labels],
        "qualifier": [""] * rows,
        "date": years.astype(str),
        "earliest": year,
        "latest": year,
        "circa": np.zeros(rows, dtype=bool),
        "year": year,
        "catalogue_columns": ["{}"] * rows,
        "split": [("train", "train", "train", "val", "test")[number % 5] for number in numbers],
        "view": np.zeros(rows, dtype=np.int16),
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.astype(np.float16).ravel()), vectors.shape[1]),
    }
    texts = [name for name in columns if name != "embedding"]  # as lib/features/embedded_parts.py writes them
    pq.write_table(pa.table(columns), path, use_dictionary=texts)


def report(config: WholeCatalogue, job: str, options: list[str]) -> None:
    """Run a job, its output to a file beside the dataset, and print its row of the table."""
    start = time.monotonic()
    with Watch() as watch, (config.out / f"{job}.log").open("w") as log:
        process = subprocess.Popen([sys.executable, JOBS / f"{job}.py", *options], stdout=log, stderr=log)
        status = process.wait()
    minutes = (time.monotonic() - start) / 60
    sizes = (watch.mebibytes_of(process.pid), watch.mebibytes_of_others(process.pid))
    driver, others = (f"{own:,}, {resident:,}" for own, resident in sizes)
    failed = "" if status == 0 else f" (failed, see {log.name})"
    print(f"| {job}{failed} | {minutes:.1f} | {driver} | {others} |", flush=True)


if __name__ == "__main__":
    cli.run(main, WholeCatalogue, __doc__)
