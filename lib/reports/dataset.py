"""What is in a dataset of paintings: counts by rule, works per artist and year, and the pairs it can train on."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.data.catalogues import Step
from lib.data.splits import near_duplicate_counts
from lib.reports.markdown import table

TOP_ARTISTS = 20

_PICTURES = (
    ("works_per_artist.png", "Works per artist"),
    ("works_per_year.png", "Works per year"),
    ("train_year_differences.png", "Years between the two works of a within-artist pair, train (the study's image 1)"),
    ("train_pair_years.png", "Years of the works in within-artist pairs, train (the study's image 2)"),
    ("test_year_differences.png", "Years between the two works of a within-artist pair, test (the study's image 26)"),
    ("test_pair_years.png", "Years of the works in within-artist pairs, test (the study's image 27)"),
)


def pair_year_differences(paintings: pd.DataFrame) -> np.ndarray:
    """Count the within-artist pairs by the years between their works.

    paintings: artist, year. Returns int64 (largest difference + 1,); position 0 holds the pairs of equal years.
    """
    counts = np.zeros(1, dtype=np.int64)
    for _, years in paintings.groupby("artist")["year"]:
        works = np.bincount(years - years.min()).astype(np.int64)
        pairs = np.correlate(works, works, "full")[len(works) - 1 :]
        pairs[0] = (works * (works - 1) // 2).sum()
        counts, pairs = sorted((counts, pairs), key=len)
        counts = np.pad(counts, (0, len(pairs) - len(counts))) + pairs
    return counts


def pair_years(paintings: pd.DataFrame) -> pd.Series:
    """Count for each year how often a work of that year stands in a within-artist pair. paintings: artist, year."""
    partners = paintings.groupby("artist")["year"].transform("size") - 1
    return partners.groupby(paintings["year"]).sum()


def count_dataset(
    paintings: pd.DataFrame, *, steps: list[Step], rejected: int, most_dated_works: int
) -> dict[str, Any]:
    """Return the counts of the manifest. paintings: painting_id, artist, phash, split."""
    splits = paintings["split"].value_counts()
    return {
        "paintings": len(paintings),
        "artists": int(paintings["artist"].nunique()),
        "rejected": rejected,
        "splits": {name: int(splits.get(name, 0)) for name in ("train", "val", "test")},
        "near_duplicates": near_duplicate_counts(paintings, paintings["split"]),
        "works_of_100_artists_with_most_dated_works": most_dated_works,
        "steps": [asdict(step) for step in steps],
    }


def write_report(
    folder: Path, *, name: str, paintings: pd.DataFrame, counts: dict[str, Any], rejected: list[tuple[str, str]]
) -> None:
    """Write report.md and its pictures into a folder. paintings: artist, year, split; counts as in the manifest."""
    _bars(folder / "works_per_artist.png", paintings["artist"].value_counts().to_numpy(), x="artist by rank", y="works")
    years = paintings["year"].value_counts()
    _histogram(folder / "works_per_year.png", years.index, years, x="year", y="works")
    for split in ("train", "test"):
        works = paintings[paintings["split"] == split]
        gaps = pair_year_differences(works)
        _bars(folder / f"{split}_year_differences.png", gaps, x="years between the two works", y="pairs", first=0)
        years = pair_years(works)
        _histogram(folder / f"{split}_pair_years.png", years.index, years, x="year", y="works in pairs")
    text = _markdown(name=name, paintings=paintings, counts=counts, rejected=rejected)
    (folder / "report.md").write_text(text, encoding="utf-8")


def _markdown(*, name: str, paintings: pd.DataFrame, counts: dict[str, Any], rejected: list[tuple[str, str]]) -> str:
    largest = paintings["artist"].value_counts().rename_axis("artist").reset_index()
    largest = largest.sort_values(["count", "artist"], ascending=[False, True]).head(TOP_ARTISTS)
    duplicates = [(key.replace("_", " "), number) for key, number in counts["near_duplicates"].items()]
    return "\n\n".join(
        [
            f"# Dataset {name}",
            "## Counts by rule",
            table(["rule", "rows", "artists", "rows taken out"], _steps(counts["steps"])),
            f"The 100 artists with most dated works have {counts['works_of_100_artists_with_most_dated_works']} works "
            "in the catalogue, with or without a file.",
            "## Splits",
            table(["split", "paintings", "artists", "within-artist pairs", "of equal years"], _splits(paintings)),
            table(["near-duplicates within an artist", "count"], duplicates),
            "## Rejected rows",
            table(["reason", "rows"], _reasons(rejected)),
            f"## The {len(largest)} artists with most works",
            table(["artist", "works"], largest.to_numpy().tolist()),
            *(f"## {title}\n\n![{title}]({file})" for file, title in _PICTURES),
        ]
    ) + "\n"  # fmt: skip


def _steps(steps: list[dict[str, Any]]) -> list[list[Any]]:
    before = [steps[0], *steps]
    return [
        [step["rule"], step["rows"], step["artists"], last["rows"] - step["rows"]]
        for last, step in zip(before, steps, strict=False)
    ]


def _splits(paintings: pd.DataFrame) -> list[list[Any]]:
    rows = []
    for split in ("train", "val", "test"):
        works = paintings[paintings["split"] == split]
        gaps = pair_year_differences(works)
        share = f"{gaps[0] / gaps.sum():.1%}" if gaps.sum() else "-"
        rows.append([split, len(works), works["artist"].nunique(), int(gaps.sum()), share])
    return rows


def _reasons(rejected: list[tuple[str, str]]) -> list[tuple[Any, int]]:
    reasons = pd.Series([reason for _, reason in rejected], dtype=str)
    return sorted(reasons.value_counts().items(), key=lambda pair: (-pair[1], pair[0]))


def _bars(path: Path, heights: np.ndarray, *, x: str, y: str, first: int = 1) -> None:
    positions = np.arange(first, first + len(heights))
    figure, axes = _figure(x=x, y=y)
    axes.bar(positions, heights, width=1.0)
    figure.savefig(path)


def _histogram(path: Path, values: Any, weights: Any, *, x: str, y: str) -> None:
    figure, axes = _figure(x=x, y=f"{y}, by 5 years")
    if len(values):
        axes.hist(values, weights=weights, bins=np.arange(min(values) // 5 * 5, max(values) + 6, 5))
    figure.savefig(path)


def _figure(*, x: str, y: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(8, 4.5), dpi=100, layout="constrained")
    axes = figure.add_subplot(xlabel=x, ylabel=y)
    return figure, axes
