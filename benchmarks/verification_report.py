"""The figures of verification as Markdown tables and a picture, for benchmarks/verification.py."""

import statistics
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import expit
from verification_altered import AlteredRow
from verification_cases import Row

from lib.attribution.likelihood_ratio import balanced
from lib.reports.markdown import Cell, number, percent, span, table
from lib.reports.plots import ACCENT, INK, PALE
from lib.stats.calibration import in_bins

CHANCE = 0.5  # of the area under the ROC curve, and of the equal error rate


def report(
    sections: Mapping[str, Sequence[Row]],
    altered: Sequence[AlteredRow],
    *,
    works: int,
    folds: int,
    left_out: Mapping[str, int],
) -> str:
    """Return the tables. sections: rows by title. left_out: pairs that show one picture, by kind."""
    pairs = ", ".join(f"{count:,} of {name}" for name, count in left_out.items())
    parts = [
        "# Verification",
        f"Measured on {works:,} train and val works; nothing of the test split was used. {folds} models each never saw "
        "a fifth of the artists, nor any val works. *Seen* are val works of artists that a model knows, each asked "
        "about by every model that knows its artist; *unseen* are all works of the artists that it never saw. "
        "Calibrations are of the other folds, figures of all folds together. The style space is that of the train "
        f"works of all artists. Pairs that show one picture were left out: {pairs}.",
        "## Right or wrong",
        "Area under the ROC curve (AUC), beside that of the two-covariance model's ratio alone and of the plain cosine "
        "of positions. The mean of folds counts every fold alike, the AUC every case. Chance gives 0.5, also for the "
        "equal error rate (EER).",
        *(f"**{title}**\n\n{auc_table(rows)}" for title, rows in sections.items()),
        "## Calibration",
        "Expected calibration error of the probability at even odds, with as many true cases as false ones, beside "
        "what exact probabilities would show by chance. A verdict needs odds of two to one.",
        *(f"**{title}**\n\n{calibration_table(rows)}" for title, rows in sections.items()),
        *([altered_text(altered)] if altered else []),
    ]
    return "\n\n".join(parts) + "\n"


def auc_table(rows: Sequence[Row]) -> str:
    """Return the table of how often answers are right."""
    header = ["cases", "AUC", "mean of folds (range)", "ratio alone", "cosine", "chance", "EER", "EER of the cosine"]
    return table(
        [*header, "true", "false"],
        [
            [
                row.name, row.figures.auc, across_folds(row.aucs), row.alone, row.cosine,
                CHANCE, percent(row.figures.equal_error_rate), percent(row.cosine_error), *case_cells(row),
            ]
            for row in rows
        ],
    )  # fmt: skip


def across_folds(aucs: Sequence[float]) -> str:
    """Return the mean of folds, and the lowest and the highest."""
    return f"{number(statistics.mean(aucs))} ({span((min(aucs), max(aucs)))})"


def case_cells(row: Row) -> list[Cell]:
    """Return the numbers of true and of false cases."""
    return [f"{row.figures.true_trials:,}", f"{row.figures.trials - row.figures.true_trials:,}"]


def calibration_table(rows: Sequence[Row]) -> str:
    """Return the table of how far probabilities can be trusted."""
    header = ["cases", "calibration error", "by chance", "true, called false", "false, called true", "no verdict"]
    return table(
        [*header, "true", "false"],
        [
            [
                row.name, row.figures.calibration_error, row.figures.by_chance, percent(row.figures.true_rejected),
                percent(row.figures.false_accepted), percent(row.figures.uncertain), *case_cells(row),
            ]
            for row in rows
        ],
    )  # fmt: skip


def altered_text(altered: Sequence[AlteredRow]) -> str:
    """Return the table of altered works."""
    kinds = ("by_artist", "seen", "unseen", "known")
    names = ("this artist or another", "one hand, seen", "one hand, unseen", "any known artist")
    found = [(row.name, [getattr(row, kind) for kind in kinds]) for row in altered]
    aucs = [[name, *(each.figures.auc if each else None for each in rows)] for name, rows in found]
    errors = [[name, *(each.figures.calibration_error if each else None for each in rows)] for name, rows in found]
    cases = "; ".join(
        f"{name}: {true} true, {false} false"
        for name, each in zip(names, found[0][1], strict=True)
        if each
        for true, false in [case_cells(each)]
    )
    return "\n\n".join(
        [
            "## Altered pictures",
            "The questioned works are altered before they are embedded; their partners and the artists' works are not. "
            f"By the model of the first fold. Cases, the same in each row: {cases}.",
            f"**AUC**\n\n{table(['altered', *names], aucs)}",
            f"**Calibration error**\n\n{table(['altered', *names], errors)}",
        ]
    )


def picture(rows: Sequence[Row], altered: Sequence[AlteredRow]) -> Figure:
    """Draw how often answers of each probability are true, and the AUC of altered pictures."""
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    panels = figure.subplots(1, 2 if altered else 1, squeeze=False)[0]
    draw_reliability(panels[0], rows)
    if altered:
        draw_altered(panels[1], altered)
    for panel in panels:
        panel.spines[["right", "top"]].set_visible(False)
        panel.tick_params(labelsize=8)
    return figure


def draw_reliability(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the share of true cases by probability, of as many true as false cases."""
    axes.plot([0, 1], [0, 1], color=PALE)
    for row, marker in zip(rows, "osx^v", strict=False):
        even = balanced(row.true)
        bins = in_bins(expit(row.ratios[even]), row.true[even])
        axes.plot(bins.confidence, bins.accuracy, marker, label=row.name, color=ACCENT if marker in "os" else INK)
    axes.set_title("share of true cases by probability", fontsize=9, color=INK)
    axes.legend(fontsize=7, frameon=False)


def draw_altered(axes: Axes, altered: Sequence[AlteredRow]) -> None:
    """Draw the AUC of each alteration."""
    labels = (("by_artist", "this artist or another", "o"), ("seen", "one hand, seen", "s"))
    for kind, label, marker in (*labels, ("unseen", "one hand, unseen", "x"), ("known", "any known artist", "^")):
        found = [getattr(row, kind) for row in altered]
        values = [each.figures.auc if each else np.nan for each in found]
        axes.plot(values, range(len(altered)), marker, label=label, color=ACCENT if marker in "os" else INK)
    axes.axvline(CHANCE, color=INK, linestyle=":")
    axes.set_yticks(range(len(altered)), [row.name for row in altered], fontsize=8)
    axes.invert_yaxis()
    axes.set_title("AUC of altered pictures (dotted: chance)", fontsize=9, color=INK)
    axes.legend(fontsize=7, frameon=False)
