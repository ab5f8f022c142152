"""The report on an embedding for dating: a page of Markdown, its pictures, and a map to move about in."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lib.reports.evaluation import methods_table
from lib.reports.markdown import percent, table
from lib.reports.plots import ACCENT, INK, PALE

RATES = {
    "precision_at_1": "precision at 1",
    "r_precision": "R-precision",
    "mean_average_precision_at_r": "MAP@R",
}


def date_embedding_report(metrics: dict[str, Any]) -> str:
    """Return the report on metrics.json."""
    plan, history = metrics["plan"], metrics["history"]
    recipe = plan["recipe"]
    best = min(history, key=lambda row: row["val_mae_years"])
    lines = [
        "# Dates as places in an embedding",
        f"Dataset {plan['fingerprint']}; trunk {plan['trunk']}; {metrics['works']['train']} train, "
        f"{metrics['works']['val']} val and {metrics['works']['test']} test works; batches: {recipe['batching']}, "
        f"triplets: {recipe['miner']}, close: {recipe['close']} years, far: {recipe['far']} years. "
        f"Kept: epoch {best['epoch']:.0f} of {len(history)}, which has the lowest val error.",
        "## Figures on the test split",
        table(["figure", "metric learning", "plain neighbours", "chance"], rate_rows(metrics)),
        "Means over artists; the library's accuracy calculator asks only works of whose year there is a dated work "
        f"({metrics['queries']} of {metrics['works']['test']}).",
        methods_table(metrics["methods"]),
        "Errors are in years. Pairs of works of the same year are left out. The mean is over artists whose test works "
        "every method dates.",
        "## Precision at 1 by artist",
        table(
            ["artist", "queries", "metric learning", "plain neighbours", "chance"],
            [
                [
                    one["group"],
                    str(one["queries"]),
                    *(percent(row["precision_at_1"]) for row in (one, plain)),
                    percent(one["precision_at_1_chance"]),
                ]
                for one, plain in zip(metrics["date_embedding"], metrics["neighbours"], strict=True)
            ],
        ),
        "## Training",
        "![learning curves](learning_curves.png)",
        "## The clusters form",
        "[A map to move about in](map.html), which shows the painting under the pointer.",
        *(f"![epoch {epoch}](maps/epoch-{epoch:03}.png)" for epoch in metrics["maps"]),
    ]
    if metrics["skipped"]:
        lines += ["## Left out", *(f"- {artist}: {reason}" for artist, reason in metrics["skipped"].items())]
    return "\n\n".join(lines) + "\n"


def rate_rows(metrics: dict[str, Any]) -> list[list[str]]:
    """Return the rows of the table of retrieval figures."""
    metric, plain = metrics["test"], metrics["test_neighbours"]
    chance = {"precision_at_1": percent(metric.get("precision_at_1_chance"))}
    return [
        [words, percent(metric.get(name)), percent(plain.get(name)), chance.get(name, "")]
        for name, words in RATES.items()
    ]


def learning_curves(history: list[dict[str, float]]) -> Figure:
    """Draw the loss, the val precision at 1 and the val error by epoch, beside chance and the median year."""
    rows = pd.DataFrame(history)
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    curves = (
        ("train_loss", None, "train loss"),
        ("val_precision_at_1", "val_precision_at_1_chance", "val precision at 1 (dotted: chance)"),
        ("val_mae_years", "val_mae_years_median_baseline", "val error, years (dotted: median year)"),
    )
    for axes, (name, baseline, words) in zip(figure.subplots(1, 3), curves, strict=True):
        if name in rows:  # no val work may be of the year of a train work
            axes.plot(rows["epoch"], rows[name], color=ACCENT if baseline else PALE, linewidth=2)
        if baseline in rows:
            axes.plot(rows["epoch"], rows[baseline], color=INK, linewidth=1, linestyle=":")
        axes.set(xlabel="epoch", ylabel=words, ylim=(0, None))
    return figure


def write_report(metrics: dict[str, Any], *, out: Path) -> None:
    """Write report.md and the learning curves into the folder `out`, which holds the maps."""
    learning_curves(metrics["history"]).savefig(out / "learning_curves.png", dpi=100)
    (out / "report.md").write_text(date_embedding_report(metrics), encoding="utf-8")
