"""The report on an artist network: a page of Markdown and its pictures."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lib.attribution.evaluate import ArtistFigures, Calibration, VoteAccuracy
from lib.attribution.mistakes import ArtistAccuracy
from lib.reports.markdown import NONE, Cell, percent, render, table
from lib.reports.plots import ACCENT, INK, PALE
from lib.training.state import Row

WORST = 10  # artists listed
CONFUSIONS = 15  # pairs listed


def write_report(figures: ArtistFigures, *, out: Path) -> None:
    """Write report.md and its pictures into the folder `out`."""
    for name, picture in (
        ("learning_curves", learning_curves(figures.history)),
        ("reliability", reliability_picture(figures.calibration)),
        ("accuracy_by_artist", accuracy_picture(figures.by_artist)),
        ("votes", votes_picture(figures.votes)),
    ):
        picture.savefig(out / f"{name}.png", dpi=110)
    text = render(
        "artist.md.j2",
        figures=figures,
        figures_table=figures_table(figures),
        records_table=records_table,
        worst=WORST,
        confusions=CONFUSIONS,
    )
    (out / "report.md").write_text(text, encoding="utf-8")


def records_table(records: Sequence[Any]) -> str:
    """Return dataclass records of one kind as a Markdown table, a dash without any."""
    rows = [asdict(record) for record in records]
    return table(list(rows[0]), [list(row.values()) for row in rows]) if rows else NONE


def figures_table(figures: ArtistFigures) -> str:
    """Return the main figures as a Markdown table."""
    return table(["figure", "value", "baseline", "cases"], figure_rows(figures))


def figure_rows(figures: ArtistFigures) -> list[list[Cell]]:
    """Return the rows of the main figures."""
    test, calibration = figures.test, figures.calibration
    cases = f"{test.n} works, {test.classes} artists"
    rows: list[list[Cell]] = [
        ["top-1", percent(test.top1), f"{percent(test.majority_baseline)} (commonest artist)", cases],
        ["top-5", percent(test.top5), "", cases],
        [
            "weights of network and artist head",
            ", ".join(f"{weight:.2f}" for weight in figures.weights),
            "",
            "chosen on val",
        ],
        [
            "calibration error",
            f"{calibration.error:.3f}",
            f"{calibration.error_uncalibrated:.3f} (temperature 1; fitted: {calibration.temperature:.2f}), "
            f"{calibration.error_by_chance:.3f} (by chance, for exact confidence)",
            cases,
        ],
    ]
    return rows


def learning_curves(history: list[Row]) -> Figure:
    """Draw loss and accuracy, in train and in val, by epoch."""
    rows = pd.DataFrame(history)
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    for axes, metric in zip(figure.subplots(1, 2), ("loss", "top1"), strict=True):
        axes.plot(rows["epoch"], rows[f"train_{metric}"], color=PALE, linewidth=2, label="train (mixed, cropped)")
        axes.plot(rows["epoch"], rows[f"val_{metric}"], color=ACCENT, linewidth=2, label="val")
        axes.set(xlabel="epoch", ylabel=metric.replace("top1", "top-1"))
        axes.legend(frameon=False)
    return figure


def reliability_picture(calibration: Calibration) -> Figure:
    """Draw accuracy against confidence, before and after the temperature."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
    for name, bins, colour in (("before", calibration.before, PALE), ("after", calibration.after, ACCENT)):
        axes.plot(bins.confidence, bins.accuracy, "o-", color=colour, label=f"{name} the temperature")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence in the first artist", ylabel="accuracy")
    axes.legend(frameon=False)
    return figure


def accuracy_picture(by_artist: list[ArtistAccuracy]) -> Figure:
    """Draw the top-1 accuracy of every artist."""
    rows = by_artist[::-1]
    figure = Figure(figsize=(7, 1.2 + 0.16 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh([f"{row.artist} ({row.works})" for row in rows], [row.top1 for row in rows], color=ACCENT)
    axes.set(xlim=(0, 1), xlabel="top-1 accuracy (in brackets: works)")
    axes.tick_params(labelsize=6)
    axes.margins(y=0.01)
    return figure


def votes_picture(votes: list[VoteAccuracy]) -> Figure:
    """Draw the accuracy of the vote by the size of the set."""
    figure = Figure(figsize=(5.5, 3.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([row.size for row in votes], [row.accuracy for row in votes], "o-", color=ACCENT)
    axes.set(ylim=(0, 1.02), xlabel="works in the set", ylabel="sets attributed correctly")
    return figure
