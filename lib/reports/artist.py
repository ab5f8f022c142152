"""The report on an artist network: a page of Markdown and its pictures."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lib.reports.markdown import number, percent, table
from lib.reports.plots import ACCENT, INK, PALE

WORST = 10  # artists listed
CONFUSIONS = 15  # pairs listed


def write_report(metrics: dict[str, Any], *, out: Path) -> None:
    """Write report.md and its pictures into the folder `out`."""
    for name, figure in (
        ("learning_curves", learning_curves(metrics["history"])),
        ("reliability", reliability_picture(metrics["calibration"])),
        ("accuracy_by_artist", accuracy_picture(metrics["by_artist"])),
        ("votes", votes_picture(metrics["votes"])),
    ):
        figure.savefig(out / f"{name}.png", dpi=110)
    (out / "report.md").write_text(artist_report(metrics), encoding="utf-8")


def artist_report(metrics: dict[str, Any]) -> str:
    """Return the report on metrics.json."""
    plan = metrics["plan"]
    made = f"{plan['architecture']}, weights {plan['weights']}, trained: {plan['trainable']}"
    lines = [
        "# The artist network",
        f"Dataset {plan['fingerprint']}; {made}; {len(metrics['history'])} epochs, the best one kept.",
        "## Figures",
        table(["figure", "value", "baseline", "cases"], figure_rows(metrics)),
        *picture("Learning curves", "learning_curves"),
        "## The artists it does worst on",
        frame_table(metrics["by_artist"][:WORST]),
        "## Whom it mistakes for whom",
        frame_table(metrics["confusions"][:CONFUSIONS]),
        *picture("Confidence", "reliability"),
        *picture("Sets of works", "votes"),
        "The vote is the mean of the works' probabilities. Every size asks the same artists, those with enough works.",
        frame_table(metrics["votes"]),
        "## Is it by an artist it knows?",
        "Sets of works of one artist: how well the geometric mean of their probabilities tells artists held out from "
        "the others, by size, and how well their vote does.",
        frame_table(metrics["unknown_by_size"]),
        "## The study's protocol",
        frame_table(metrics["protocol"]),
        *picture("Accuracy by artist", "accuracy_by_artist"),
        frame_table(metrics["by_artist"]),
    ]
    return "\n\n".join(lines) + "\n"


def picture(title: str, name: str) -> list[str]:
    """Return a heading and a picture."""
    return [f"## {title}", f"![{title.lower()}]({name}.png)"]


def frame_table(rows: list[dict[str, Any]]) -> str:
    """Return rows with equal keys as a Markdown table, a dash where there are none."""
    return table(list(rows[0]), [[number(value) for value in row.values()] for row in rows]) if rows else "–"


def figure_rows(metrics: dict[str, Any]) -> list[list[str]]:
    """Return the rows of the table of figures."""
    test, calibration = metrics["test"], metrics["calibration"]
    cases = f"{test['n']} works, {test['classes']} artists"
    majority = f"{percent(test['majority_baseline'])} (commonest artist)"
    rows = [
        ["top-1", percent(test["top1"]), majority, cases],
        ["top-5", percent(test["top5"]), "", cases],
        [
            "calibration error",
            f"{calibration['error']:.3f}",
            f"{calibration['error_uncalibrated']:.3f} (temperature 1; fitted: {calibration['temperature']:.2f}), "
            f"{calibration['error_by_chance']:.3f} (by chance, were it exactly right)",
            cases,
        ],
    ]
    for name, figures in metrics["unknown"].items():
        if figures:
            both = f"{figures['unknown_works']} works of unknown artists, {figures['known_works']} of known ones"
            wrong = f"{percent(figures['known_rejected'])} of the known refused"
            rows.append([f"unknown artist, AUROC ({name})", number(figures["auroc"]), "0.5 (a coin)", both])
            rows.append([f"unknown passed ({name})", percent(figures["unknown_passed"]), wrong, both])
    return rows


def learning_curves(history: list[dict[str, float]]) -> Figure:
    """Draw loss and accuracy, in train and in val, by epoch."""
    rows = pd.DataFrame(history)
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    for axes, what in zip(figure.subplots(1, 2), ("loss", "top1"), strict=True):
        axes.plot(rows["epoch"], rows[f"train_{what}"], color=PALE, linewidth=2, label="train (mixed, cropped)")
        axes.plot(rows["epoch"], rows[f"val_{what}"], color=ACCENT, linewidth=2, label="val")
        axes.set(xlabel="epoch", ylabel=what.replace("top1", "top-1"))
        axes.legend(frameon=False)
    return figure


def reliability_picture(calibration: dict[str, Any]) -> Figure:
    """Draw accuracy against confidence, before and after the temperature."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
    for name, colour in (("before", PALE), ("after", ACCENT)):
        bins = calibration[name]
        axes.plot(bins["confidence"], bins["accuracy"], "o-", color=colour, label=f"{name} the temperature")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence in the first artist", ylabel="accuracy")
    axes.legend(frameon=False)
    return figure


def accuracy_picture(by_artist: list[dict[str, Any]]) -> Figure:
    """Draw the top-1 accuracy of every artist."""
    rows = by_artist[::-1]
    figure = Figure(figsize=(7, 1.2 + 0.16 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh([f"{row['artist']} ({row['works']})" for row in rows], [row["top1"] for row in rows], color=ACCENT)
    axes.set(xlim=(0, 1), xlabel="top-1 accuracy (in brackets: works)")
    axes.tick_params(labelsize=6)
    axes.margins(y=0.01)
    return figure


def votes_picture(votes: list[dict[str, Any]]) -> Figure:
    """Draw the accuracy of the vote by the size of the set."""
    figure = Figure(figsize=(5.5, 3.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([row["size"] for row in votes], [row["accuracy"] for row in votes], "o-", color=ACCENT)
    axes.set(ylim=(0, 1.02), xlabel="works in the set", ylabel="sets attributed rightly")
    return figure
