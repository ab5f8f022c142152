"""python benchmarks/report.py

Write docs/research/benchmarks.md from the results in benchmarks/results.
"""

import statistics
from pathlib import Path

import numpy as np
from comparison import RESULTS, Comparison, Found, Growth, find, middle

from lib.infra.atomic import read_json

PAGE = Path(__file__).parents[1] / "docs" / "research" / "benchmarks.md"
ORDER = (
    "ingest", "ingest_whole", "fetch", "training_input", "embed", "comparators", "regressors", "regressors_real",
    "sorting", "artist", "sweep", "service",
)  # fmt: skip
HEAD = """# Speed: every measurement

Written by `benchmarks/report.py`, the last step of `make bench`; [speed](../benchmarks.md) is the summary. Each figure
is a median beside a named alternative, measured in turn in the same run; a ratio above 1 says that ours is better. The
machines are shared with other work: medians and ratios count, not seconds. The memory of the service is measured by
`benchmarks/memory.py` ([the service](../service.md)); `benchmarks/scale.py` computes what large catalogues cost
([scale](scale.md)).
"""


def main() -> None:
    """Write the page."""
    found = {name: read_json(RESULTS / f"{name}.json") for name in ORDER if (RESULTS / f"{name}.json").exists()}
    whole = found.keys() >= {"ingest", "training_input", "embed", "comparators", "artist", "service"}
    parts = [HEAD, *([limits()] if whole else []), *(part_of(name, kept) for name, kept in found.items())]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def limits() -> str:
    """Return the table of how near each stage comes to what the machine allows."""
    fits = np.polynomial.polynomial.polyval(231, read_json(RESULTS.parent / "unit_costs.json")["comparator_seconds"])
    each = statistics.median(find("comparators", "each further artist")["ours"])
    fed = statistics.median(find("training_input", "epoch of cached")["ours"])
    eaten = statistics.median(find("artist", "efficientnet_lite0, trained on cached")["ours"])
    rows = [
        (
            "ingest",
            "decoding, resizing and encoding on all cores",
            ratio("ingest", ""),
            "Parquet and handing parts over",
        ),
        ("training input", "what the artist network learns in the time", fed / eaten, "nothing"),
        ("embeddings", "the forward pass", ratio("embed", ""), "nothing"),
        (
            "comparators",
            "the linear algebra of the fit",
            fits / each,
            "MLflow's records, one run an artist, and bundles",
        ),
        *(
            (f"service, {load}", "the forward pass", ratio("service", load, "forward"), rest)
            for load, rest in (
                ("sets of 100, 4 at a time", "HTTP and decoding"),
                ("sets of 20, 4 at a time", "HTTP and decoding"),
                ("sets of 1, 4 at a time", "HTTP and the steps between processes"),
            )
        ),
    ]
    lines = [f"| {stage} | {limit} | {share:.2f} | {rest} |" for stage, limit, share, rest in rows]
    heading = ["| stage | its limit | share reached | what the rest goes to |", "|---|---|---|---|"]
    return "\n".join(["## How near each stage is to its limit\n", *heading, *lines, ""])


def ratio(name: str, what: str, alternative: str = "") -> float:
    """Return the ratio of a kept comparison."""
    return Comparison(**find(name, what, alternative)).ratio()


def part_of(name: str, kept: dict) -> str:
    """Return the part of the page on one benchmark."""
    found = Found(
        title=kept["title"],
        comparisons=[Comparison(**one) for one in kept["comparisons"]],
        growths=[Growth(**one) for one in kept["growths"]],
        notes=kept["notes"],
    )
    lines = [f"## {found.title}\n", f"`benchmarks/{name.removesuffix('_real')}.py`, {kept['machine']}.\n"]
    if found.comparisons:
        lines += ["| what | ours | alternative | theirs | ratio | runs |", "|---|---|---|---|---|---|"]
        lines += [row(one) for one in found.comparisons] + [""]
    for growth in found.growths:
        each = f"| {growth.unit} a {growth.each} | "
        sizes = list(growth.costs)
        lines += [f"| {growth.what}, {growth.each}s | " + " | ".join(f"{int(size):,}" for size in sizes) + " |"]
        lines += ["|---|" + "---|" * len(sizes)]
        lines += [f"| {growth.unit} | " + " | ".join(f"{growth.costs[size]:.3g}" for size in sizes) + " |"]
        lines += [each + " | ".join(f"{growth.costs[size] / int(size):.2g}" for size in sizes) + " |", ""]
    return "\n".join([*lines, *(f"{note}\n" for note in found.notes)])


def row(one: Comparison) -> str:
    """Return a line of the table of comparisons."""
    wanted = f" (wanted: {one.wanted})" if one.wanted else ""
    ours, theirs = f"{middle(one.ours)} {one.unit}", f"{middle(one.theirs)} {one.unit}"
    runs = str(len(one.ours)) if len(one.ours) == len(one.theirs) else f"{len(one.ours)} and {len(one.theirs)}"
    return f"| {one.what} | {ours} | {one.alternative} | {theirs} | **{one.ratio():.2f}**{wanted} | {runs} |"


if __name__ == "__main__":
    main()
