"""The results of a benchmark, kept as JSON in benchmarks/results; report.py writes docs/research/benchmarks.md."""

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from lib.infra.atomic import read_json, write_json
from lib.infra.paths import make_folder

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Comparison:
    """One figure beside that of a named alternative, measured in turn in the same run.

    what: is measured. ours, theirs: one value a run, in `unit`. fewer: whether less is better. wanted: ratio aimed at.
    """

    what: str
    alternative: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float]
    fewer: bool = False
    wanted: float | None = None

    def ratio(self) -> float:
        """Return how many times as good ours is: the median over runs where they came in pairs, else of medians."""
        if len(self.ours) == len(self.theirs):
            return statistics.median(map(self._better, self.ours, self.theirs))
        return self._better(statistics.median(self.ours), statistics.median(self.theirs))

    def _better(self, ours: float, theirs: float) -> float:
        return theirs / ours if self.fewer else ours / theirs


@dataclass(frozen=True)
class Growth:
    """How a cost grows. what: grows. unit: of the cost. costs: by size; each: the word for one of the size."""

    what: str
    each: str
    unit: str
    costs: Mapping[int, float]


@dataclass(frozen=True)
class Found:
    """What one benchmark found. notes: sentences on how it was measured and what it means."""

    title: str
    comparisons: Sequence[Comparison] = ()
    growths: Sequence[Growth] = ()
    notes: Sequence[str] = field(default_factory=list)


def keep(name: str, found: Found) -> None:
    """Print what a benchmark found, and write it to benchmarks/results/NAME.json."""
    for one in found.comparisons:
        print(
            f"{one.what}: {middle(one.ours)} {one.unit}; {one.alternative}: {middle(one.theirs)} {one.unit}; ", end=""
        )
        print(f"ratio {one.ratio():.2f}" + (f" (wanted: {one.wanted})" if one.wanted else ""))
    for growth in found.growths:
        costs = (f"{size:,}: {cost:.3g} {growth.unit}" for size, cost in growth.costs.items())
        print(f"{growth.what}: {', '.join(costs)}")
    make_folder(RESULTS)
    write_json(RESULTS / f"{name}.json", {**asdict(found), "machine": machine(), "cores": cores()})


def middle(values: Sequence[float]) -> str:
    """Return the median in three digits."""
    median = statistics.median(values)
    return f"{median:,.0f}" if median >= 100 else f"{median:.3g}"


def find(name: str, what: str, alternative: str = "") -> dict:
    """Return a kept comparison by how `what` begins and what the alternative's name contains."""
    kept = read_json(RESULTS / f"{name}.json")["comparisons"]
    return next(one for one in kept if one["what"].startswith(what) and alternative in one["alternative"])


def speed_of(name: str, what: str) -> float:
    """Return the paintings a second and core of the first comparison of a kept benchmark that begins with `what`."""
    return statistics.median(find(name, what)["ours"]) / read_json(RESULTS / f"{name}.json")["cores"]


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def machine() -> str:
    """Return in words what the benchmark ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{package} {version(package)}" for package in ("torch", "ray"))
    python = platform.python_version()
    name = names[0] if names else platform.machine()
    return f"{cores()} cores ({name}), {memory:.0f} GiB, Python {python}, {versions}"
