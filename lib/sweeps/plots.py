"""Pictures of sweeps: trials by setting, trials as lines through their settings, and the study's comparison."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.reports.plots import ACCENT, INK, PALE

COLUMNS = 4  # panels side by side
SEED_MARK = "#777777"
NETWORK_COLOURS = [ACCENT, INK, "#7d8c6a", "#b08d3e", PALE]
STAGES = {"1-optimizers": "optimizer", "2-schedulers": "scheduler", "3-networks": "network"}  # what each compares


def trials_by_setting(table: pd.DataFrame, *, settings: list[str], objective: str, steps: int) -> Figure:
    """Draw the objective of each trial (row) against each setting; trials stopped before all `steps` are pale."""
    columns = min(len(settings), COLUMNS)
    rows = math.ceil(len(settings) / columns)
    figure = Figure(figsize=(3.2 * columns, 3.2 * rows), layout="constrained")
    trials = table.dropna(subset=objective)
    colours = np.where(trials["steps"] == steps, ACCENT, PALE)
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.flat[len(settings) :]:
        axes.remove()
    for axes, name in zip(panels.flat, settings, strict=False):
        numeric = pd.api.types.is_numeric_dtype(trials[name])
        values = trials[name] if numeric else trials[name].astype(str)
        axes.scatter(values, trials[objective], s=14, color=colours)
        if numeric and is_logarithmic(values):
            axes.set_xscale("log")
        axes.set_xlabel(name)
        axes.tick_params(axis="x", labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in panels[:, 0]:
        axes.set_ylabel(objective.replace("_", " "))
    return figure


def parallel_coordinates(table: pd.DataFrame, *, settings: list[str], objective: str, steps: int) -> Figure:
    """Draw each trial (row) as a line through its settings to its objective.

    The darker, the higher the objective; trials stopped before all `steps` are dotted.
    """
    names = [*settings, objective]
    trials = table.dropna(subset=names).sort_values(objective)
    figure = Figure(figsize=(1.6 * len(names), 4), layout="constrained")
    axes = figure.add_subplot()
    heights = np.empty((len(trials), len(names)))
    for column, name in enumerate(names):
        heights[:, column], ticks = on_axis(trials[name])
        axes.axvline(column, color=INK, linewidth=0.8)
        for height, label in ticks:
            axes.annotate(label, (column, height), xytext=(3, 2), textcoords="offset points", fontsize=7, color=INK)
    for row, (line, trial_steps) in enumerate(zip(heights, trials["steps"], strict=True)):
        style, shade = "-" if trial_steps == steps else ":", (row + 1) / len(trials)
        axes.plot(range(len(names)), line, style, color=ACCENT, alpha=0.1 + 0.9 * shade**2, linewidth=1 + shade)
    axes.set_xticks(range(len(names)), [name.replace("_", "\n") for name in names], fontsize=8)
    axes.set(yticks=[], xlim=(-0.2, len(names) - 0.5), ylim=(-0.05, 1.08))
    axes.spines[["left", "right", "top", "bottom"]].set_visible(False)
    return figure


def on_axis(values: pd.Series) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """Return heights in 0…1 of values on an axis, and its labels: all categories, or the ends of a range."""
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() <= 3:
        categories = sorted(values.unique(), key=str)
        slots = np.linspace(0, 1, len(categories)) if len(categories) > 1 else np.array([0.5])
        heights = values.map(dict(zip(categories, slots, strict=True))).to_numpy(dtype=float)
        return heights, list(zip(slots.tolist(), map(str, categories), strict=True))
    low, high = float(values.min()), float(values.max())
    ticks = [(0.0, f"{low:.2g}"), (1.0, f"{high:.2g}")]
    numbers = values.to_numpy(dtype=float)
    if is_logarithmic(values):
        numbers, low, high = np.log(numbers), math.log(low), math.log(high)
    return (numbers - low) / (high - low), ticks


def is_logarithmic(values: pd.Series) -> bool:
    """Return whether numbers are positive and spread over more than a factor of 30."""
    low, high = float(values.min()), float(values.max())
    return low > 0 and high > 30 * low


def study_bars(table: pd.DataFrame, *, objective: str, baseline: float) -> Figure:
    """Draw the study's comparison: the objective by optimizer, by scheduler, by network.

    table: stage, network, optimizer, scheduler, objective. baseline: drawn as a dotted line. Networks have a bar for
    the mean and a mark for each seed.
    """
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    networks = list(dict.fromkeys(table["network"]))
    colours = {network: NETWORK_COLOURS[row % len(NETWORK_COLOURS)] for row, network in enumerate(networks)}
    panels = figure.subplots(1, len(STAGES), sharey=True)
    for axes, (stage, setting) in zip(panels, STAGES.items(), strict=True):
        trials = table[table["stage"] == stage]
        if setting == "network":
            network_bars(axes, trials, objective=objective, colours=colours)
        else:
            setting_bars(axes, trials, setting=setting, objective=objective, colours=colours)
        axes.axhline(baseline, color=INK, linewidth=1, linestyle=":")
        axes.set_title(f"by {setting}", fontsize=10, color=INK)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set(ylabel=f"{objective.replace('_', ' ')} (dotted: commonest artist)", ylim=(0, 1))
    panels[0].legend(fontsize=7, frameon=False)
    return figure


def setting_bars(axes: Axes, trials: pd.DataFrame, *, setting: str, objective: str, colours: dict[str, str]) -> None:
    """Draw a group of bars for each value of the setting, with a bar for each network, which `colours` name."""
    values = list(dict.fromkeys(trials[setting]))
    width = 0.8 / len(colours)
    for row, (network, colour) in enumerate(colours.items()):
        shift = (row - (len(colours) - 1) / 2) * width
        means = trials[trials["network"] == network].dropna(subset=objective).groupby(setting)[objective].mean()
        middles = [values.index(value) + shift for value in means.index]
        axes.bar(middles, means, width=0.9 * width, color=colour, label=network)
    axes.set_xticks(range(len(values)), values, fontsize=8, rotation=30)


def network_bars(axes: Axes, trials: pd.DataFrame, *, objective: str, colours: dict[str, str]) -> None:
    """Draw a bar for each network, with a mark for each of its trials."""
    networks = list(dict.fromkeys(trials["network"]))
    for position, network in enumerate(networks):
        values = trials[trials["network"] == network][objective].dropna()
        axes.bar(position, values.mean(), width=0.54, color=colours[network])
        axes.plot([position] * len(values), values, "_", color=SEED_MARK)
    axes.set_xticks(range(len(networks)), [network.replace(", ", "\n") for network in networks], fontsize=8)
