"""The figures of backbones on a dataset as Markdown tables and a picture, for benchmarks/backbones.py."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import binomtest

from lib.reports.markdown import Cell, percent, span, table
from lib.reports.plots import ACCENT, INK, PALE
from lib.stats.bootstrap import Interval, bootstrap_interval

Speeds = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Mean:
    """A mean over cases, its 95 % interval, and what is reached without looking at the pictures."""

    value: float | None
    interval: Interval | None
    cases: int
    baseline: float | None

    @classmethod
    def of(cls, cases: Sequence[float | None] | np.ndarray, *, baseline: float | None) -> "Mean":
        """Return the mean of cases (n,)."""
        values = np.array(cases, dtype=np.float64)
        value = float(values.mean()) if len(values) else None
        return cls(value, bootstrap_interval(np.mean, values), cases=len(values), baseline=baseline)

    @classmethod
    def share(cls, right: np.ndarray, *, baseline: float) -> "Mean":
        """Return the share of works (n,), n at least 1, that are true, with its interval (Wilson 1927)."""
        interval = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
        return cls(float(right.mean()), (float(interval.low), float(interval.high)), len(right), baseline=baseline)


@dataclass(frozen=True)
class SamePainter:
    """Are two works by one artist? auc, cosine: of the two-covariance model and of cosines, over pairs.

    same: pairs by one artist.
    """

    auc: float
    cosine: float
    pairs: int
    same: int

    @classmethod
    def mean(cls, results: Sequence["SamePainter"]) -> "SamePainter | None":
        """Return the mean AUCs and all pairs of results; None without any."""
        if not results:
            return None
        return cls(
            auc=statistics.mean(result.auc for result in results),
            cosine=statistics.mean(result.cosine for result in results),
            pairs=sum(result.pairs for result in results),
            same=sum(result.same for result in results),
        )


@dataclass(frozen=True)
class BackboneFigures:
    """What a backbone is worth on val works.

    top1: over works. pair_accuracy, error (years): over artists with `dated` works of which `pairs` have an order.
    """

    backbone: str
    top1: Mean
    pair_accuracy: Mean
    error: Mean
    dated: int
    pairs: int
    seen: SamePainter | None
    unseen: SamePainter | None
    dimensions: int
    bytes_each: int
    licences: Mapping[str, str]


def report(figures: Sequence[BackboneFigures], *, speeds: Speeds, device: str) -> str:
    """Return the tables. speeds: paintings a second, one for each repeat. device: what they were measured on."""
    return "\n\n".join(
        [
            "# Backbones",
            "Measured on val works by models fitted to train works; nothing of the test split was used. Intervals are "
            "95 %: Wilson's of top-1, else by bootstrap over artists.",
            naming_table(figures),
            dating_table(figures),
            "Same painter: area under the ROC curve over pairs of works, near-duplicates left out; a coin: 0.5. *Seen* "
            "are val works of artists that the two-covariance model learned, *unseen* works of artists held out of it, "
            f"mean over fifths of the artists.\n\n{pairs_table(figures)}",
            cost_table(figures, speeds=speeds, device=device) + "\n",
        ]
    )


def naming_table(figures: Sequence[BackboneFigures]) -> str:
    """Return the table of top-1 accuracy."""
    header = ["backbone", "top-1", "interval", "commonest artist", "works"]
    return table(header, [[f.backbone, *mean_cells(f.top1, percent), f"{f.top1.cases:,}"] for f in figures])


def dating_table(figures: Sequence[BackboneFigures]) -> str:
    """Return the table of pair accuracy and error."""
    header = ["backbone", "pair accuracy", "interval", "coin", "error, years", "interval", "median year's"]
    return table(
        [*header, "artists", "works", "pairs"],
        [
            [
                f.backbone, *mean_cells(f.pair_accuracy, percent), *mean_cells(f.error, years),
                f.error.cases, f"{f.dated:,}", f"{f.pairs:,}",
            ]
            for f in figures
        ],
    )  # fmt: skip


def mean_cells(mean: Mean, write: Callable[[float | None], str]) -> list[Cell]:
    """Return the cells of a mean, its interval and its baseline."""
    return [write(mean.value), span(mean.interval, write), write(mean.baseline)]


def years(value: float | None) -> str:
    """Return years with one decimal."""
    return "–" if value is None else f"{value:.1f}"


def pairs_table(figures: Sequence[BackboneFigures]) -> str:
    """Return the table of pairs by the same painter."""
    header = [
        f"{name}{part}"
        for name in ("seen", "unseen")
        for part in (" artists", ": plain cosine", ": pairs (of one artist)")
    ]
    return table(["backbone", *header], [[f.backbone, *auc_cells(f.seen), *auc_cells(f.unseen)] for f in figures])


def auc_cells(pairs: SamePainter | None) -> list[Cell]:
    """Return the cells of the AUC, that of cosines and the number of pairs."""
    return [pairs.auc, pairs.cosine, f"{pairs.pairs:,} ({pairs.same:,})"] if pairs else [None] * 3


def cost_table(figures: Sequence[BackboneFigures], *, speeds: Speeds, device: str) -> str:
    """Return the table of costs and licences."""
    header = ["backbone", f"paintings/s of one process on {device}", "of the first's", "dimensions", "bytes a painting"]
    return table(
        [*header, "licence of the weights"],
        [
            [
                f.backbone, f"{statistics.median(speeds[f.backbone]):.1f}", f"{ratio:.2f}", f"{f.dimensions:,}",
                f"{f.bytes_each:,}", ", ".join(f"{name}: {licence}" for name, licence in f.licences.items()),
            ]
            for f, ratio in zip(figures, speed_ratios(speeds, figures), strict=True)
        ],
    )  # fmt: skip


def speed_ratios(speeds: Speeds, figures: Sequence[BackboneFigures]) -> list[float]:
    """Return how many times as fast as the first each backbone is: medians over repeats."""
    first = np.array(speeds[figures[0].backbone])
    return [float(np.median(np.array(speeds[f.backbone]) / first)) for f in figures]


def picture(figures: Sequence[BackboneFigures], *, speeds: Speeds) -> Figure:
    """Draw a panel for each figure, a row for each backbone; dotted lines are baselines."""
    figure = Figure(figsize=(13, 1.6 + 0.5 * len(figures)), layout="constrained")
    panels = figure.subplots(1, 5, sharey=True)
    draw_means(panels[0], [f.top1 for f in figures], title="top-1\n(dotted: commonest artist)")
    draw_means(panels[1], [f.pair_accuracy for f in figures], title="pair accuracy\n(dotted: a coin)")
    draw_means(panels[2], [f.error for f in figures], title="error, years\n(dotted: the median year)")
    draw_pairs(panels[3], figures)
    panels[4].barh(range(len(figures)), speed_ratios(speeds, figures), color=PALE)
    panels[4].set_title("speed,\nof the first's", fontsize=9, color=INK)
    panels[0].set_yticks(range(len(figures)), [f.backbone.replace("+", "+\n") for f in figures], fontsize=8)
    panels[0].set_ylim(len(figures) - 0.4, -0.6)
    for panel in panels:
        panel.spines[["right", "top"]].set_visible(False)
        panel.tick_params(axis="x", labelsize=8)
    return figure


def draw_means(axes: Axes, means: Sequence[Mean], *, title: str) -> None:
    """Draw means with their intervals and baselines."""
    for row, mean in enumerate(means):
        if mean.interval:
            axes.hlines(row, *mean.interval, color=PALE, linewidth=6)
        if mean.value is not None:
            axes.plot(mean.value, row, "o", color=ACCENT)
        if mean.baseline is not None:
            axes.vlines(mean.baseline, row - 0.4, row + 0.4, color=INK, linestyle=":")
    axes.set_title(title, fontsize=9, color=INK)


def draw_pairs(axes: Axes, figures: Sequence[BackboneFigures]) -> None:
    """Draw the AUCs of seen artists, of unseen artists, and of cosines of unseen artists."""
    for label, marker, values in (
        ("seen artists", "o", [f.seen.auc if f.seen else np.nan for f in figures]),
        ("unseen artists", "s", [f.unseen.auc if f.unseen else np.nan for f in figures]),
        ("unseen, plain cosine", "x", [f.unseen.cosine if f.unseen else np.nan for f in figures]),
    ):
        axes.plot(values, range(len(figures)), marker, color=INK if marker == "x" else ACCENT, label=label)
    axes.set_title("same painter, AUC\n(a coin: 0.5)", fontsize=9, color=INK)
    axes.legend(fontsize=7, frameon=False)
