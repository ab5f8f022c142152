"""Pictures of results: accuracy by artist, and works along the years."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from PIL import Image, ImageOps

from lib.data.images import decode_rgb

INK, ACCENT, PALE = "#26221c", "#9c4a2f", "#d9cfbd"
SHOWN = 24  # works of an order, spread over it


def accuracy_by_artist(table: pd.DataFrame) -> Figure:
    """Draw the pair accuracy of each artist beside chance. table: artist, pair_accuracy, pairs."""
    rows = table.dropna(subset="pair_accuracy").sort_values("pair_accuracy")
    figure = Figure(figsize=(7, 1.2 + 0.2 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh([f"{row.artist} ({row.pairs} pairs)" for row in rows.itertuples()], rows["pair_accuracy"], color=ACCENT)
    axes.axvline(0.5, color=INK, linewidth=1, linestyle=":")
    axes.axvline(rows["pair_accuracy"].mean(), color=INK, linewidth=1)
    axes.set(xlim=(0, 1), xlabel="pair accuracy (dotted: chance; line: mean over artists)")
    axes.tick_params(labelsize=7)
    axes.margins(y=0.01)
    return figure


def timeline(
    images: Sequence[Image.Image],
    *,
    years: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    labels: Sequence[str],
    title: str,
) -> Figure:
    """Draw works in order, the oldest on top, each at its estimated year with its interval.

    images, labels: one per work, in order. years, low, high: (works,).
    """
    rows = np.arange(len(images))
    figure = Figure(figsize=(10, 1.3 + 0.45 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.hlines(rows, low, high, color=PALE, linewidth=7)
    axes.plot(years, rows, "o", color=ACCENT, markersize=5)
    for row, image, label in zip(rows.tolist(), images, labels, strict=True):
        picture = OffsetImage(np.asarray(ImageOps.contain(image, (120, 80))), zoom=0.4)
        axes.add_artist(AnnotationBbox(picture, (0.05, row), xycoords=("axes fraction", "data"), frameon=False))
        axes.annotate(
            label, (high[row], row), xytext=(8, -3), textcoords="offset points", fontsize=8, color=INK, parse_math=False
        )
    span = max(high.max() - low.min(), 1)
    axes.set(xlim=(low.min() - 0.15 * span, high.max() + 0.35 * span), ylim=(len(rows) - 0.4, -0.6), yticks=[])
    axes.set_xlabel("estimated year, with 80 % interval")
    axes.set_title(title, fontsize=11, color=INK, parse_math=False)
    axes.spines[["left", "right", "top"]].set_visible(False)
    return figure


def estimated_order(
    estimates: np.ndarray, half_widths: np.ndarray, works: pd.DataFrame, images: Mapping[str, bytes], *, title: str
) -> Figure:
    """Draw works in their estimated order, each with its true year and its place in the true order.

    estimates, half_widths: (n,) years. works: n rows of painting_id, year. images: JPEG bytes by painting_id.
    """
    years = works["year"].to_numpy()
    ranks = pd.Series(years).rank(method="min").astype(int).to_numpy()
    order = np.argsort(estimates, kind="stable")
    shown = order[np.unique(np.linspace(0, len(order) - 1, SHOWN).round().astype(int))]
    return timeline(
        [decode_rgb(images[painting_id]) for painting_id in works["painting_id"].iloc[shown]],
        years=estimates[shown],
        low=(estimates - half_widths)[shown],
        high=(estimates + half_widths)[shown],
        labels=[f"made {years[row]}, place {ranks[row]} of {len(years)}" for row in shown],
        title=title,
    )
