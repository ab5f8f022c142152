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

HERE = Path(__file__).parent
PAINTINGS, ARTISTS = (77_000, 1_000_000, 100_000_000), (100, 2_000, 100_000)
SKEW = 0.68  # of the works of the artists: in Painter by Numbers the 100 largest of 2,109 have 37.5 % of the works
PART = 256  # paintings in a part
DIMENSIONS = 6240
EPOCHS, VIEWS, TRAIN = 12, 8, 0.7
GIB = 2**30
HEAD_GIB, NODE_GIB = 16, 32  # r6i.large, c6i.4xlarge, as in cluster.yaml
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
        "serve": ("service", "sets of 100"),
    }
    return 1 / speed_of(*found[stage])


def sizes(paintings: int, artists: int) -> np.ndarray:
    """Return the number of works of each artist, most first, at least 1."""
    weights = np.arange(1, artists + 1) ** -SKEW
    return np.maximum(1, paintings * weights / weights.sum())


def polynomial(coefficients: list[float], works: np.ndarray) -> np.ndarray:
    """Return the seconds for artists with so many works."""
    return np.polynomial.polynomial.polyval(works, coefficients)


def stages(paintings: int, artists: int) -> dict[str, Work]:
    """Return what each stage has to do."""
    cost, works = costs(), sizes(paintings, artists)
    parts = np.full(int(np.ceil(paintings / PART)), float(PART))
    learned = 0.8 * works  # train and val
    pairs = float((works**2).sum())
    tested = float(0.2 * 0.8 * pairs) * DIMENSIONS
    positions = 4 * DIMENSIONS * paintings  # in float32
    read, embedded = cost["read_seconds"] * paintings, cost["read_bytes"] * paintings
    head = (
        4 * paintings * (cost["head_seconds"] + artists * cost["head_seconds_per_artist"])
    )  # three strengths, and all
    kernel = float(polynomial(cost["kernel_seconds"], learned).sum())
    return {
        "ingest": Work(2 * cost["duplicate_seconds_per_pair"] * pairs, seconds("ingest") * parts, 500.0 * paintings,
                       cost["painting_bytes"] * paintings),
        "embed": Work(0.0, seconds("embed") * parts, 0.0, cost["embedding_bytes"] * paintings),
        "artist head": Work(read + head, np.empty(0), embedded + 2 * positions, 4.0 * DIMENSIONS * artists),
        "artist network": Work(0.0, np.concatenate([
            np.full(len(parts), PART * TRAIN * cost["view_seconds"] * VIEWS),
            np.full(len(parts), PART * TRAIN * seconds("epoch") * EPOCHS)]), 0.0,
            cost["view_bytes"] * VIEWS * TRAIN * paintings),
        "comparators": Work(read + kernel + cost["record_seconds"] * artists,
                            polynomial(cost["comparator_seconds"], learned), embedded,
                            float((2 * DIMENSIONS * learned + 8 * learned**2).sum())),
        "evaluate": Work(read + 0.2 * paintings * DIMENSIONS * artists * cost["multiply_seconds"]
                         + tested * cost["multiply_seconds"], np.empty(0), embedded + positions, 0.0),
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
    largest = 0.8 * sizes(paintings, artists)[0]
    pair_bytes = costs()["comparator_peak_bytes_per_pair"] * largest**2
    fits = name != "comparators" or pair_bytes < NODE_GIB * GIB / 2
    alone = duration(work.tasks, LAPTOP)[0] if len(work.tasks) and fits else 0.0
    laptop = JOB_START + work.driver + alone
    spread, lost = duration(work.tasks, CLUSTER) if len(work.tasks) and fits else (0.0, 0)
    cluster = JOB_START + work.driver + spread
    money = spread / 3600 * CLUSTER.nodes * DOLLARS_HOUR
    head = of_bytes(work.memory) + (" **" if work.memory > HEAD_GIB * GIB else "")
    times = f"{of_time(laptop)} | {of_time(cluster)} | {of_time(work.driver)}" if fits else (
        f"does not fit: {of_bytes(pair_bytes)} for the largest artist | | {of_time(work.driver)}"
    )  # fmt: skip
    spent = f"{lost:,} | {money:,.2f}" if fits else " | "
    keeps = f"{of_bytes(work.disk)} | {work.disk / 1e9 * DOLLARS_GB_MONTH:,.2f}"
    return f"| {paintings:,} | {artists:,} | {times} | {head} | {spent} | {keeps} |"


def tables() -> str:
    """Return a table for each stage; a stage that the number of artists does not change has a row for each size."""
    columns = ["paintings", "artists", "2 cores", "10 nodes", "of it the driver alone", "memory of the driver"]
    columns += ["tasks lost and redone", "$ of nodes", "on disk", "$ a month on S3"]
    heading = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    told = []
    for name in stages(PAINTINGS[0], ARTISTS[0]):
        by_artists = name not in ("embed", "artist network")
        pairs = [(n, a) for n in PAINTINGS for a in (ARTISTS if by_artists else ARTISTS[1:2]) if a <= n]
        told += [f"### {name.capitalize()}", heading + "\n" + "\n".join(row(name, *p, stages(*p)[name]) for p in pairs)]
    return "\n\n".join([*told, "### Serve", serving(), "### Where each stage first stops", limits()])


def serving() -> str:
    """Return the table of the service: memory of all comparators in one replica, and what a core answers."""
    lines = [f"One core answers {1 / seconds('serve'):.0f} works a second, whatever the catalogue.", ""]
    lines += ["| paintings | artists | memory of one sorter with all comparators |", "|---|---|---|"]
    for paintings in PAINTINGS:
        for artists in ARTISTS:
            works = 0.8 * sizes(paintings, artists)
            lines.append(f"| {paintings:,} | {artists:,} | {of_bytes((4 * DIMENSIONS * works + 8 * works**2).sum())} |")
    return "\n".join(lines)


def limits() -> str:
    """Return the table of bottlenecks, each with the size at which it is met."""
    cost = costs()
    most = np.sqrt(NODE_GIB * GIB / 2 / cost["comparator_peak_bytes_per_pair"])
    hour = np.sqrt(3600 / 2 / cost["duplicate_seconds_per_pair"])
    paintings = HEAD_GIB * GIB / (cost["read_bytes"] + 8 * DIMENSIONS)
    kernel = 3600 / float(polynomial(cost["kernel_seconds"], np.array([231.0]))[0])
    sorter = HEAD_GIB * GIB / (4 * DIMENSIONS * 231 + 8 * 231**2)
    rows = [
        ("ingest", "near-duplicates of one artist are looked for pair by pair, on the driver",
         f"{hour:,.0f} works of one artist take an hour", "a table of hash prefixes"),
        ("embed", "none but the number of cores", "", "more nodes"),
        ("artist head", "every embedding is in the driver's memory, and twice more as float32",
         f"{paintings:,.0f} paintings on a head of {HEAD_GIB} GiB", "a larger head (768 GiB hold 7 million), then "
         "stochastic gradients over Ray Data"),
        ("artist network", "its cached views on disk", f"{of_bytes(cost['view_bytes'] * VIEWS * TRAIN)} a painting",
         "`--views 2`, or 0 for none"),
        ("comparators", "the kernel is chosen on the driver, artist by artist",
         f"{kernel:,.0f} artists of 231 works take an hour", "a sample of artists, or tasks"),
        ("comparators", "the kernel matrix of one artist", f"{most:,.0f} works fill half of a node",
         "a sample of works, or inducing points"),
        ("comparators", "one MLflow run for each", f"{3600 / cost['record_seconds']:,.0f} runs an hour",
         "a table in the parent run"),
        ("evaluate", "every embedding is in the driver's memory", "as the artist head", "read the test split alone"),
        ("serve", "every sorter holds every comparator", f"{sorter:,.0f} artists of 231 works in {HEAD_GIB} GiB",
         "multiplexed replicas"),
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
