"""python benchmarks/short_sides.py

Print what --short-side of jobs/ingest.py and --tiles of jobs/embed.py cost: bytes of a stored painting, paintings that
one core ingests and embeds in a second, and the memory that the process takes for it beyond what it has before. Speeds
are by processor time, so that other work on the machine hardly counts.
"""

import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
import tyro
from jpegs import make_files, write_catalogue

from lib.data.catalogues import read_catalogue
from lib.data.layout import ROWS_PER_PART
from lib.data.paintings import painting_parts
from lib.data.rows import CatalogueOptions
from lib.data.workspace import Workspace
from lib.features.backbones import open_network
from lib.features.embedded_parts import embed_part
from lib.features.embedder import Embedder
from lib.reports.markdown import table


@dataclass
class ShortSides:
    """Options of benchmarks/short_sides.py."""

    short_sides: tuple[int, ...] = (256, 320, 512, 1024)
    """Short sides of the stored pictures, in pixels."""
    tiles: tuple[int, ...] = (0,)
    """Numbers of tiles that are embedded beside the whole."""
    rows: int = ROWS_PER_PART // 2
    """Paintings of the one part."""
    files: int = 32
    """Different JPEG files of about 1,500 pixels; the paintings are links to them."""


@dataclass(frozen=True)
class Cost:
    """Paintings per second of processor time, and by how many MiB the peak memory of the process grew."""

    speed: float
    memory: int


def main(config: ShortSides) -> None:
    """Measure each short side in processes of its own and print the table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "images")
        write_catalogue(root, make_files(root, number=config.files, rows=config.rows))
        for short_side in config.short_sides:
            workspace = Workspace(Path(folder, f"dataset-{short_side}"))
            ingest = in_process(ingest_part, workspace, root, short_side)
            (part,) = painting_parts(workspace.dataset)
            stored = part.stat().st_size // config.rows
            for tiles in config.tiles:
                embed = in_process(embed_all, part, tiles)
                rows.append(
                    [short_side, stored, round(ingest.speed), ingest.memory, tiles, round(embed.speed, 1), embed.memory]
                )
    header = ["short side", "bytes a painting", "ingest, paintings/s", "MiB", "tiles", "embed, paintings/s", "MiB"]
    print(table(header, rows))


def in_process(work: Callable[..., Cost], *arguments: Any) -> Cost:
    """Run work in a new process, whose memory is its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def ingest_part(workspace: Workspace, root: Path, short_side: int) -> Cost:
    """Make the one part of a dataset."""
    paintings = read_catalogue("csv", root, CatalogueOptions(catalogue=root / "catalogue.csv")).paintings
    workspace.begin(paintings, {})
    cost = cost_of(lambda: workspace.write_part(0, root=root, short_side=short_side))
    workspace.write_splits(workspace.paintings().assign(split="train"))
    return cost


def embed_all(part: Path, tiles: int) -> Cost:
    """Embed a part with the default backbone on one core."""
    torch.set_num_threads(1)
    embedder = Embedder.of([open_network("efficientnet_lite0")], tiles=tiles)
    embedder.parts()  # the first pass of a network is slower
    return cost_of(lambda: embed_part(embedder, part, out=part.with_name("embedded"), views=1))


def cost_of(work: Callable[[], int]) -> Cost:
    """Return what work costs this process. work: returns on how many paintings."""
    before, start = peak_mebibytes(), time.process_time()
    paintings = work()
    return Cost(speed=paintings / (time.process_time() - start), memory=peak_mebibytes() - before)


def peak_mebibytes() -> int:
    """Return the most memory that this process has had (Linux)."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match[1]) >> 10


if __name__ == "__main__":
    main(tyro.cli(ShortSides, description=__doc__))
