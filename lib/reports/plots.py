"""Pictures of results: accuracy by artist, and works along the years."""

import math
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
        axes.annotate(label, (high[row], row), xytext=(8, -3), textcoords="offset points", fontsize=8, color=INK)
    span = max(high.max() - low.min(), 1)
    axes.set(xlim=(low.min() - 0.15 * span, high.max() + 0.35 * span), ylim=(len(rows) - 0.4, -0.6), yticks=[])
    axes.set_xlabel("estimated year, with 80 % interval")
    axes.set_title(title, fontsize=11, color=INK)
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


def trials_by_setting(table: pd.DataFrame, *, settings: list[str], metric: str, steps: int) -> Figure:
    """Draw the metric of a sweep's trials (rows) against each setting; those stopped before all `steps` are pale."""
    columns = min(len(settings), 4)
    rows = math.ceil(len(settings) / columns)
    figure = Figure(figsize=(3.2 * columns, 3.2 * rows), layout="constrained")
    told = table.dropna(subset=metric)
    whole = told["steps"] == steps
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.flat[len(settings) :]:
        axes.remove()
    for axes, name in zip(panels.flat, settings, strict=False):
        values = told[name] if pd.api.types.is_numeric_dtype(told[name]) else told[name].astype(str)
        axes.scatter(values, told[metric], s=14, color=np.where(whole, ACCENT, PALE))
        if pd.api.types.is_numeric_dtype(values) and 0 < 30 * float(values.min()) < float(values.max()):
            axes.set_xscale("log")
        axes.set_xlabel(name)
        axes.tick_params(axis="x", labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[:, 0]:
        axes.set_ylabel(metric.replace("_", " "))
    return figure


def parallel_coordinates(table: pd.DataFrame, *, settings: list[str], metric: str, steps: int) -> Figure:
    """Draw each trial of a sweep (rows) as a line through its settings to its metric.

    The darker, the higher the metric; trials stopped before all `steps` are dotted.
    """
    names = [*settings, metric]
    told = table.dropna(subset=names).sort_values(metric)
    figure = Figure(figsize=(1.6 * len(names), 4), layout="constrained")
    axes = figure.add_subplot()
    heights = np.empty((len(told), len(names)))
    for column, name in enumerate(names):
        heights[:, column], ticks = on_axis(told[name])
        axes.axvline(column, color=INK, linewidth=0.8)
        for height, label in ticks:
            axes.annotate(label, (column, height), xytext=(3, 2), textcoords="offset points", fontsize=7, color=INK)
    for row, (line, made) in enumerate(zip(heights, told["steps"], strict=True)):
        style, shade = "-" if made == steps else ":", (row + 1) / len(told)
        axes.plot(range(len(names)), line, style, color=ACCENT, alpha=0.1 + 0.9 * shade**2, linewidth=1 + shade)
    axes.set_xticks(range(len(names)), [name.replace("_", "\n") for name in names], fontsize=8)
    axes.set(yticks=[], xlim=(-0.2, len(names) - 0.5), ylim=(-0.05, 1.08))
    axes.spines[["left", "right", "top", "bottom"]].set_visible(False)
    return figure


def study_bars(table: pd.DataFrame, *, metric: str, baseline: float) -> Figure:
    """Draw the study's comparison: the metric by optimizer, by scheduler, by network.

    table: stage, network, optimizer, scheduler, metric. baseline: dotted. Of the networks the mean and all seeds.
    """
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    networks = list(dict.fromkeys(table["network"]))
    shades = dict(zip(networks, [ACCENT, INK, "#7d8c6a", "#b08d3e", PALE] * len(networks), strict=False))
    panels = (("1-optimizers", "optimizer"), ("2-schedulers", "scheduler"), ("3-networks", "network"))
    for axes, (stage, setting) in zip(figure.subplots(1, 3, sharey=True), panels, strict=True):
        mine = table[table["stage"] == stage]
        kinds = list(dict.fromkeys(mine[setting]))
        for row, network in enumerate(networks):
            some = mine[mine["network"] == network].dropna(subset=metric)
            width = 0.8 / len(networks) if setting != "network" else 0.6
            shift = (row - (len(networks) - 1) / 2) * width if setting != "network" else 0.0
            means = some.groupby(setting)[metric].mean()
            places = [kinds.index(kind) + shift for kind in means.index]
            axes.bar(places, means, width=0.9 * width, color=shades[network], label=network)
            if setting == "network":
                axes.plot([kinds.index(kind) for kind in some[setting]], some[metric], "_", color="#777777")
        labels = [kind.replace(", ", "\n") for kind in kinds]
        axes.set_xticks(range(len(kinds)), labels, fontsize=8, rotation=30 if setting != "network" else 0)
        axes.axhline(baseline, color=INK, linewidth=1, linestyle=":")
        axes.set_title(f"by {setting}", fontsize=10, color=INK)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].set(ylabel=f"{metric.replace('_', ' ')} (dotted: commonest artist)", ylim=(0, 1))
    figure.axes[0].legend(fontsize=7, frameon=False)
    return figure


def on_axis(values: pd.Series) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """Return heights in 0…1 of values on an axis, and its labels: all categories, or the ends of a range."""
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() <= 3:
        categories = sorted(values.unique(), key=str)
        places = np.linspace(0, 1, len(categories)) if len(categories) > 1 else np.array([0.5])
        heights = values.map(dict(zip(categories, places, strict=True))).to_numpy(dtype=float)
        return heights, list(zip(places.tolist(), map(str, categories), strict=True))
    low, high = float(values.min()), float(values.max())
    ticks = [(0.0, f"{low:.2g}"), (1.0, f"{high:.2g}")]
    numbers = values.to_numpy(dtype=float)
    if 0 < 30 * low < high:
        numbers, low, high = np.log(numbers), math.log(low), math.log(high)
    return (numbers - low) / (high - low), ticks
