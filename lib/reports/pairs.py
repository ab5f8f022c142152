"""The pair networks' report: their figures beside the comparator's on the same works, and the orders as pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from lib.reports.markdown import number, percent, table
from lib.reports.plots import ACCENT, INK

NAMES = {
    "random": "pairs of any two works",
    "same_artist": "pairs of one artist's works, all artists",
    "one_artist": "pairs of this artist's works",
    "comparator": "our comparator",
}


def pair_report(rows: list[dict[str, Any]], networks: list[dict[str, Any]], *, pictures: dict[str, str]) -> str:
    """Return the report as Markdown.

    rows: kind, artist, set and figures of each set that was ordered. networks: the results of run_plan(). pictures:
    file name by artist.
    """
    sets, artists = list(dict.fromkeys(row["set"] for row in rows)), list(pictures)
    kinds = [kind for kind in NAMES if any(row["kind"] == kind for row in rows)]
    plan = networks[0]["plan"]
    lines = [
        "# Pair networks beside comparators",
        f"{plan['architecture']}, {plan['trainable']} trained, dropout {plan['dropout']}, "
        f"dataset {plan['fingerprint']}. "
        "Each pair is scored once, in one direction, and a work's place is the sum of its probabilities, as in the "
        "source study. A coin tells 50 % of the pairs. Pairs of one year are left out and counted.",
        "## All test works",
        table(
            ["artist", "learned from", "works", "pairs", "ties excluded", "pair accuracy", "tau of the order"],
            [figures(row) for row in rows if row["set"] == sets[0]],
        ),
        "## The study's sets: pair accuracy, tau",
        table(
            ["artist", "set", "ties excluded", *[NAMES[kind] for kind in kinds]],
            [set_line(rows, artist=artist, name=name, kinds=kinds) for artist in artists for name in sets[1:]],
        ),
        "Works that a network or a comparator learned from are among the training works and the random ones.",
        "## Cost",
        table(
            ["network", "works", "epochs", "seconds"],
            [
                [
                    NAMES[one["plan"]["kind"]] + (f": {one['plan']['learns']}" if one["plan"]["learns"] else ""),
                    str(one["works"]),
                    str(len(one["history"])),
                    f"{one['seconds']:.0f}",
                ]
                for one in networks
            ],
        ),
        "## Orders of the 20 random works",
        *[f"![{artist}]({pictures[artist]})" for artist in artists],
    ]
    return "\n\n".join(lines) + "\n"


def figures(row: dict[str, Any]) -> list[str]:
    """Return a row of the first table."""
    counts = [str(row[name]) for name in ("works", "pairs", "ties_excluded")]
    return [row["artist"], NAMES[row["kind"]], *counts, percent(row["pair_accuracy"]), number(row["kendall_tau"])]


def set_line(rows: list[dict[str, Any]], *, artist: str, name: str, kinds: list[str]) -> list[str]:
    """Return a row of the second table: one set of one artist, by every way to order it."""
    own = {row["kind"]: row for row in rows if (row["artist"], row["set"]) == (artist, name)}
    told = [
        f"{percent(own[kind]['pair_accuracy'])}, {number(own[kind]['kendall_tau'])}" if kind in own else "–"
        for kind in kinds
    ]
    ties = str(next(iter(own.values()))["ties_excluded"]) if own else "–"
    return [artist, name, ties, *told]


def orders_picture(rows: list[dict[str, Any]], works: pd.DataFrame, images: Sequence[Image.Image]) -> Figure:
    """Draw one set as it was made and as each way orders it, the oldest on the left, with the true years.

    rows: of one set, each with kind and scores. works: the year of each work of the set; images: of these works.
    The redder a year, the more places the work is away from its own.
    """
    years = works["year"].to_numpy()
    orders = {"as they were made": years, **{NAMES[row["kind"]]: np.array(row["scores"]) for row in rows}}
    true = pd.Series(years).rank().to_numpy()
    figure = Figure(figsize=(0.62 * len(years) + 1, 0.95 * len(orders) + 0.2))
    grid = figure.subplots(len(orders), len(years), squeeze=False)
    figure.subplots_adjust(
        left=0.01, right=0.99, top=1 - 0.35 / figure.get_figheight(), bottom=0.01, hspace=0.75, wspace=0.06
    )
    for axes, (name, scores) in zip(grid, orders.items(), strict=True):
        order = np.argsort(scores, kind="stable")
        for place, (one, row) in enumerate(zip(axes, order, strict=True)):
            one.imshow(np.asarray(ImageOps.fit(images[row], (64, 64))))
            one.axis("off")
            away = min(abs(true[row] - (place + 1)) / (len(years) / 2), 1)
            one.set_title(str(years[row]), fontsize=6.5, pad=2, color=ACCENT if away > 0.3 else INK)
        axes[0].text(0, 1.42, name, transform=axes[0].transAxes, fontsize=8, color=INK, weight="bold")
    return figure
