"""The report on a dataset: counts by rule, works per artist and year, and the within-artist pairs to train on."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.data.cleaning import CatalogueNotes
from lib.data.counts import Step
from lib.data.ingest import IngestManifest
from lib.infra import tracking
from lib.reports.catalogue import catalogue_tables
from lib.reports.markdown import render

EXPERIMENT = "oeuvre-datasets"
TOP_ARTISTS = 20
TOP_REASONS = 50
TOP_CHANGES = 100

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


def write_report(
    folder: Path,
    *,
    name: str,
    paintings: pd.DataFrame,
    manifest: IngestManifest,
    rejected: list[tuple[str, str]],
    notes: CatalogueNotes,
    changes: pd.DataFrame | None = None,
) -> None:
    """Write report.md and its pictures.

    paintings: artist, year, split. rejected: file and reason. changes: of an update, as changes_between() returns them.
    """
    counts = manifest.counts
    _bars(folder / "works_per_artist.png", paintings["artist"].value_counts().to_numpy(), x="artist by rank", y="works")
    years = paintings["year"].value_counts()
    _histogram(folder / "works_per_year.png", years.index, years, x="year", y="works")
    for split in ("train", "test"):
        works = paintings[paintings["split"] == split]
        differences = pair_year_differences(works)
        _bars(
            folder / f"{split}_year_differences.png", differences, x="years between the two works", y="pairs", first=0
        )
        years = pair_years(works)
        _histogram(folder / f"{split}_pair_years.png", years.index, years, x="year", y="works in pairs")
    text = render(
        "dataset.md.j2",
        name=name,
        counts=counts,
        steps=_steps(counts.steps),
        splits=_splits(paintings),
        near_duplicates=[(name.replace("_", " "), number) for name, number in counts.near_duplicates],
        reasons=_reasons(rejected)[:TOP_REASONS],
        other_reasons=len(_reasons(rejected)[TOP_REASONS:]),
        notes=notes,
        manifest=manifest,
        changes=[] if changes is None else _changes(changes),
        other_changes=0 if changes is None else max(0, len(changes) - TOP_CHANGES),
        catalogue_tables=catalogue_tables(notes),
        largest=_largest(paintings),
        pictures=_PICTURES,
    )
    (folder / "report.md").write_text(text, encoding="utf-8")


def record_dataset(dataset: Path, manifest: IngestManifest) -> None:
    """Record a finished dataset and its report as an MLflow run."""
    counts = manifest.counts
    figures = {"paintings": counts.paintings, "artists": counts.artists, "rejected": counts.rejected}
    with tracking.run(dataset.name, experiment=EXPERIMENT, tags={"dataset": manifest.fingerprint}):
        mlflow.log_params({"source": manifest.source, "short_side": manifest.short_side, **manifest.parameters})
        mlflow.log_metrics(figures | counts.splits | counts.near_duplicates.model_dump())
        tracking.log_folder(dataset / "report", "report")


def _steps(steps: Sequence[Step]) -> list[list[str | int]]:
    """Return rule, rows, artists and rows removed of each step."""
    before = [steps[0], *steps]
    return [
        [step.rule, step.rows, step.artists, last.rows - step.rows] for last, step in zip(before, steps, strict=False)
    ]


def _splits(paintings: pd.DataFrame) -> list[list[str | int]]:
    """Return split, paintings, artists, within-artist pairs and the share of pairs of equal years."""
    rows: list[list[str | int]] = []
    for split in ("train", "val", "test", "apart"):
        works = paintings[paintings["split"] == split]
        differences = pair_year_differences(works)
        pairs = int(differences.sum())
        share = f"{differences[0] / pairs:.1%}" if pairs else "-"
        rows.append([split, len(works), works["artist"].nunique(), pairs, share])
    return rows


def _changes(changes: pd.DataFrame) -> list[list[str]]:
    """Return the first TOP_CHANGES rows, null as an empty text."""
    rows = changes.head(TOP_CHANGES).astype(object)
    return rows.where(rows.notna(), "").to_numpy().tolist()


def _reasons(rejected: list[tuple[str, str]]) -> list[tuple[str, int]]:
    """Return reasons and numbers of rows, the most frequent reasons first."""
    counts = Counter(reason for _, reason in rejected)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _largest(paintings: pd.DataFrame) -> list[tuple[str, int]]:
    """Return the TOP_ARTISTS artists with most works, and their works."""
    counts = Counter(paintings["artist"])
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP_ARTISTS]


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
