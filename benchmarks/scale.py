"""python benchmarks/scale.py

Work out what catalogues of 77 thousand to 100 million paintings cost, from benchmarks/unit_costs.json, the speeds in
benchmarks/results and a small simulation of the scheduler (scheduler.py), and write the tables of
docs/research/scale.md. Seconds to run; nothing is trained.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from comparison import speed_of
from scheduler import Fleet, duration

from lib.data.splits import BLOCK
from lib.infra.tasks import FEW

HERE = Path(__file__).parent
PAINTINGS, ARTISTS = (77_000, 1_000_000, 100_000_000), (100, 2_000, 100_000)
SKEW = 0.68  # of the works of the artists: in Painter by Numbers the 100 largest of 2,109 have 37.5 % of the works
PART = 256  # paintings in a part
EPOCHS, VIEWS, TRAIN = 12, 8, 0.7
GIB = 2**30
HEAD_GIB = 16  # of an r6i.large, as in cluster.yaml
DOLLARS_HOUR, DOLLARS_GB_MONTH = 0.27, 0.023  # a c6i.4xlarge as a spot instance; a gigabyte on S3


LAPTOP, CLUSTER = Fleet(1, 2), Fleet(10, 16, start=180.0, loss=0.05)
JOB_START = 15.0  # seconds of Ray and imports


@dataclass(frozen=True)
class Work:
    """A stage: seconds on the driver, seconds of the tasks, bytes on the driver, bytes that it leaves on disk."""

    driver: float
    tasks: np.ndarray
    memory: float
    disk: float


@cache
def costs() -> dict:
    """Return the measured unit costs."""
    return json.loads((HERE / "unit_costs.json").read_text())


@cache
def seconds(stage: str) -> float:
    """Return the core seconds that a stage spends on a painting (docs/research/benchmarks.md)."""
    found = {
        "ingest": ("ingest", ""),
        "embed": ("embed", ""),
        "epoch": ("artist", "efficientnet_lite0, trained on cached"),
    }
    return 1 / speed_of(*found[stage])


def sizes(paintings: int, artists: int) -> np.ndarray:
    """Return the number of works of each artist, most first, at least 1."""
    weights = np.arange(1, artists + 1) ** -SKEW
    return np.maximum(1, paintings * weights / weights.sum())


def stages(paintings: int, artists: int) -> dict[str, Work]:
    """Return what each stage has to do. Stages that are run whole (whole_catalogue.py) are not among them."""
    cost, works = costs(), sizes(paintings, artists)
    parts = np.full(int(np.ceil(paintings / PART)), float(PART))
    duplicates = 2 * cost["duplicate_seconds_per_pair"] * works**2  # seconds: searched for splits, and to be counted
    spread = works > FEW * BLOCK  # artists whose works are compared by tasks
    blocks = np.repeat(duplicates[spread] * BLOCK / works[spread], (works[spread] / BLOCK).astype(int))
    return {
        "ingest": Work(float(duplicates[~spread].sum()), np.concatenate([seconds("ingest") * parts, blocks]),
                       500.0 * paintings, cost["painting_bytes"] * paintings),
        "embed": Work(0.0, seconds("embed") * parts, 0.0, cost["embedding_bytes"] * paintings),
        "artist network": Work(0.0, np.concatenate([
            np.full(len(parts), PART * TRAIN * cost["view_seconds"] * VIEWS),
            np.full(len(parts), PART * TRAIN * seconds("epoch") * EPOCHS)]), 0.0,
            cost["view_bytes"] * VIEWS * TRAIN * paintings),
    }  # fmt: skip


def of_time(seconds: float) -> str:
    """Return a length of time in words of one unit."""
    for unit, size in (("years", 31_557_600), ("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}" if seconds >= 10 * size else f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def of_bytes(size: float) -> str:
    """Return a size in words of one unit."""
    for unit, each in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if size >= each:
            return f"{size / each:,.0f} {unit}" if size >= 10 * each else f"{size / each:.1f} {unit}"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 or not size else f"{size / 1e3:.0f} KB"


def row(name: str, paintings: int, artists: int, work: Work) -> str:
    """Return a line of the table of a stage."""
    alone = duration(work.tasks, LAPTOP)[0] if len(work.tasks) else 0.0
    laptop = JOB_START + work.driver + alone
    spread, lost = duration(work.tasks, CLUSTER) if len(work.tasks) else (0.0, 0)
    cluster = JOB_START + work.driver + spread
    money = spread / 3600 * CLUSTER.nodes * DOLLARS_HOUR
    head = of_bytes(work.memory) + (" **" if work.memory > HEAD_GIB * GIB else "")
    times = f"{of_time(laptop)} | {of_time(cluster)} | {of_time(work.driver)}"
    spent = f"{lost:,} | {money:,.2f}"
    keeps = f"{of_bytes(work.disk)} | {work.disk / 1e9 * DOLLARS_GB_MONTH:,.2f}"
    return f"| {paintings:,} | {artists:,} | {times} | {head} | {spent} | {keeps} |"


def tables() -> str:
    """Return a table for each stage; a stage that the number of artists does not change has a row for each size."""
    columns = ["paintings", "artists", "2 cores", "10 nodes", "of it the driver alone", "memory of the driver"]
    columns += ["tasks lost and redone", "$ of nodes", "on disk", "$ a month on S3"]
    heading = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    told = []
    for name in stages(PAINTINGS[0], ARTISTS[0]):
        by_artists = name == "ingest"
        pairs = [(n, a) for n in PAINTINGS for a in (ARTISTS if by_artists else ARTISTS[1:2]) if a <= n]
        told += [f"### {name.capitalize()}", heading + "\n" + "\n".join(row(name, *p, stages(*p)[name]) for p in pairs)]
    return "\n\n".join([*told, "### Where each stage first stops", limits()])


def limits() -> str:
    """Return the table of bottlenecks, each with the size at which it is met."""
    cost = costs()
    cores = CLUSTER.nodes * CLUSTER.cores
    hour = np.sqrt(3600 * cores / 2 / cost["duplicate_seconds_per_pair"])
    rows = [
        ("ingest", "the works of one artist are compared pair by pair, on all cores",
         f"{hour:,.0f} works of one artist take {cores} cores an hour", "tables of parts of the hashes"),
        ("embed", "none but the number of cores", "", "more nodes"),
        ("artist network", "its cached views on disk", f"{of_bytes(cost['view_bytes'] * VIEWS * TRAIN)} a painting",
         "`--views 2`, or 0 for none"),
        ("comparators", "one MLflow run for each of the largest artists", f"{3600 / cost['record_seconds']:,.0f} "
         "runs an hour", "`--runs`: 100 by default, a table has the others"),
    ]  # fmt: skip
    heading = "| stage | first bottleneck | met at | way out |\n|---|---|---|---|\n"
    return heading + "\n".join(f"| {' | '.join(one)} |" for one in rows)


def main() -> None:
    """Write the tables into the page, between its marks."""
    page = HERE.parent / "docs" / "research" / "scale.md"
    before, rest = page.read_text(encoding="utf-8").split("<!-- tables -->\n", 1)
    after = rest.split("<!-- end of tables -->\n", 1)[1]
    page.write_text(f"{before}<!-- tables -->\n{tables()}\n<!-- end of tables -->\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
