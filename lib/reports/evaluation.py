"""Figures as Markdown that people read."""

from typing import Any

from lib.evaluation.failures import worst_orders
from lib.reports.markdown import number, percent, span, table

ORDER_COLUMNS = ("artist", "works", "n", "pairs", "ties_excluded", "pair_accuracy", "kendall_tau")
METHODS = {"comparator": "comparator", "date_embedding": "date embedding", "neighbours": "nearest neighbours"}
METHOD_FIGURES = {"pair_accuracy": "pairs", "kendall_tau": "tau", "mae_years": "error"}
YEAR_COLUMNS = ("mae_years", "mae_years_median_baseline", "interval_coverage")


def evaluation_report(metrics: dict[str, Any]) -> str:
    """Return the report on metrics.json: artist, dating, one row per artist, what was left out."""
    artist, dating, left_out = metrics["artist"], metrics["dating"], metrics["left_out"]
    by_trend = dating["by_trend"]
    majority, cases = percent(artist["majority_baseline"]), f"{artist['n']} works, {artist['classes']} artists"
    lines = [
        "# Evaluation on the test split",
        f"Dataset {metrics['dataset']}, {metrics['backbone']} embeddings.",
        "## Figures",
        table(
            ["figure", "value", "95 % interval over artists", "baseline", "cases"],
            [
                ["artist, top-1", percent(artist["top1"]), "", f"{majority} (commonest artist)", cases],
                ["artist, top-5", percent(artist["top5"]), "", "", cases],
                *network_rows(metrics["artist_network"], head=artist),
                *dating_rows(dating, who=f"artists with ≥ {dating['min_works']} works"),
                *dating_rows(dating["largest"], who="largest of these artists"),
                *dating_rows(dating["all_artists"], who="all artists with a comparator of their own"),
                *(dating_rows(by_trend, who="artists dated by the trend of all") if by_trend["artists"] else []),
            ],
        ),
        "Pairs of works of the same year have no right answer and are left out "
        f"({dating['all_artists']['ties_excluded']} pairs). "
        "Test works of artists without training works are left out of all figures "
        f"({left_out['their_test_works']} works of {left_out['artists_without_training_works']} artists).",
        "## Pairs by the years between them",
        table(["years apart", "pair accuracy", "baseline", "pairs"], gap_rows(dating["by_gap"])),
        "## Ways to date",
        methods_table(**metrics["methods"]),
        f"The mean is over artists with ≥ {dating['min_works']} works whose test works every method dates. Errors are "
        "in years; neighbours are the nearest dated works of the artist.",
        "## What it does worst",
        *worst_parts(metrics),
        "## By artist",
        "![pair accuracy by artist](pair_accuracy_by_artist.png)",
        table(
            list(ORDER_COLUMNS + YEAR_COLUMNS),
            [[number(row[name]) for name in ORDER_COLUMNS + YEAR_COLUMNS] for row in dating["per_artist"]],
        ),
    ]
    return "\n\n".join(lines) + "\n"


def worst_parts(metrics: dict[str, Any]) -> list[str]:
    """Return the artists that are named worst, by the network where there is one, and the worst orders."""
    best = metrics["artist_network"] or metrics["artist"]
    named = [[row["artist"], str(row["n"]), percent(row["top1"]), row["taken_for"] or "–"] for row in best["worst"]]
    dating = metrics["dating"]
    orders = worst_orders(dating["per_artist"], min_works=dating["min_works"])
    pictures = [
        f"![{row['artist']} in the estimated order](worst-order-{place}.png)"
        for place, row in enumerate(orders, start=1)
    ]
    told = "; ".join(f"{row['artist']} (tau {row['kendall_tau']:.2f}, {row['n']} works)" for row in orders)
    return [
        f"Artists named rightly least often, by {'the artist network' if metrics['artist_network'] else 'the head'}:",
        table(["artist", "test works", "top-1", "most often taken for"], named),
        f"Worst orders, of artists with ≥ {dating['min_works']} works: {told or 'none'}.",
        *pictures,
    ]


def network_rows(network: dict[str, Any] | None, *, head: dict[str, Any]) -> list[list[str]]:
    """Return the table rows of the artist network beside the artist head, none without one."""
    if network is None:
        return []
    name, cases = network["architecture"], f"{network['n']} works"
    return [
        [
            f"artist, top-{k}, by {name}",
            percent(network[f"top{k}"]),
            "",
            f"{percent(head[f'top{k}'])} (artist head)",
            cases,
        ]
        for k in (1, 5)
    ]


def dating_rows(figures: dict[str, Any], *, who: str) -> list[list[str]]:
    """Return the table rows of one group of artists."""
    cases = f"{figures['artists']} {who}, {figures['test_works']} works, {figures['pairs']} pairs"
    error, median, spans = figures["mae_years"], figures["mae_years_median_baseline"], figures["intervals"]
    ratio = f" ({error / median:.2f} of the baseline)" if error and median else ""
    covered = span(spans["interval_coverage"], percent)
    return [
        [
            "pair accuracy",
            percent(figures["pair_accuracy"]),
            span(spans["pair_accuracy"], percent),
            "50.0 % (a coin)",
            cases,
        ],
        ["Kendall's tau", number(figures["kendall_tau"]), span(spans["kendall_tau"], number), "0 (a coin)", cases],
        [
            "error of the year",
            f"{number(error)} years{ratio}",
            f"{span(spans['mae_years'], number)} ({span(spans['mae_ratio'], number)})",
            f"{number(median)} years (median year)",
            cases,
        ],
        ["works inside the 80 % interval", percent(figures["interval_coverage"]), covered, "80 %", cases],
    ]


def gap_rows(by_gap: list[dict[str, Any]]) -> list[list[str]]:
    """Return the table rows of pair accuracy by the years between the works."""
    return [
        [
            f"> {gap['from'] - 1}" if gap["to"] is None else f"{gap['from']} to {gap['to']}",
            percent(gap["pair_accuracy"]),
            "50.0 %",
            str(gap["pairs"]),
        ]
        for gap in by_gap
    ]


def methods_of(rows: list[dict[str, Any]]) -> list[str]:
    """Return the methods that rows have figures of."""
    return [method for method in METHODS if rows and f"{method}_n" in rows[0]]


def methods_table(rows: list[dict[str, Any]], mean: dict[str, Any]) -> str:
    """Return the figures of all methods as a Markdown table: the means, then a row for each group."""
    methods = methods_of(rows)
    asked = [(name, method) for name in METHOD_FIGURES for method in methods]
    header = [f"{METHOD_FIGURES[name]}: {METHODS[method]}" for name, method in asked]
    lines = []
    for row in [{"group": f"**mean of {mean['groups']}**", **mean}, *rows]:
        values = [(row[f"{method}_{name}"], percent if name == "pair_accuracy" else number) for name, method in asked]
        told = [write(value) for value, write in values]
        lines.append([row["group"], str(row["n"]), *told, number(row["median_mae_years"])])
    return table(["artist", "test works", *header, "error: median year"], lines)
