"""The report on an evaluation: a page of Markdown with pictures, metrics.json, CSV files, and a run in MLflow."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from lib.data.dataset import Dataset
from lib.data.embedded_works import EmbeddedWorks
from lib.dating.comparator import Comparator
from lib.evaluation.attribution import HeadFigures, NetworkFigures
from lib.evaluation.dating import ArtistDating, GroupMeans, YearsApart
from lib.evaluation.evaluate import Evaluation
from lib.evaluation.methods import METHOD_FIGURES, METHODS, MethodComparison, MethodMeans, MethodRow
from lib.evaluation.qualified import QualifiedFigures
from lib.evaluation.single_works import SingleWorkFigures
from lib.evaluation.verification import VerificationFigures
from lib.infra import tracking
from lib.infra.atomic import write_json
from lib.models.store import ModelSet
from lib.reports.markdown import Cell, number, percent, render, span, table
from lib.reports.plots import accuracy_by_artist, estimated_order

ARTIST_COLUMNS = (
    "artist", "works", "n", "pairs", "ties_excluded", "pair_accuracy", "kendall_tau", "mae_years",
    "mae_years_median_baseline", "interval_coverage",
)  # fmt: skip


def write_report(evaluation: Evaluation, *, out: Path) -> None:
    """Write metrics.json, per_artist.csv, methods.csv, report.md and the picture by artist into the folder `out`."""
    write_json(out / "metrics.json", evaluation.as_json())
    artists = pd.DataFrame([row.model_dump() for row in evaluation.dating.per_artist])
    if len(artists):
        artists.to_csv(out / "per_artist.csv", index=False)
        accuracy_by_artist(artists).savefig(out / "pair_accuracy_by_artist.png", dpi=110)
    methods = pd.DataFrame([row.model_dump() for row in evaluation.methods.rows])
    methods.to_csv(out / "methods.csv", index=False)
    (out / "report.md").write_text(evaluation_report(evaluation), encoding="utf-8")


def draw_worst_orders(
    evaluation: Evaluation, models: ModelSet, embedded: EmbeddedWorks, *, dataset: Dataset, out: Path
) -> None:
    """Draw worst-order-1.png and so on, with the paintings, into the folder `out`.

    A dataset of embeddings alone has no paintings to draw.
    """
    if not dataset.parts():
        print("the dataset holds no pictures: the worst orders are not drawn")
        return
    for rank, row in enumerate(evaluation.dating.worst_orders(), start=1):
        is_test = (embedded.paintings["artist"] == row.artist) & (embedded.paintings["split"] == "test")
        works = embedded.where(is_test.to_numpy()).read()
        estimates, half_widths = comparator_of(models, row.artist).estimate(models.space.positions(works.matrix))
        images = dataset.images(works.paintings["painting_id"].tolist())
        accuracy = f"{percent(row.pair_accuracy)} of {row.pairs} pairs"
        title = f"{row.artist}: tau {row.kendall_tau:.2f}, {accuracy}"
        figure = estimated_order(estimates, half_widths, works.paintings, images, title=title)
        figure.savefig(out / f"worst-order-{rank}.png", dpi=110)


def comparator_of(models: ModelSet, artist: str) -> Comparator:
    """Return the comparator of an artist who has one."""
    comparator = models.comparator(artist)
    if comparator is None:
        raise ValueError(f"{artist} has no comparator")
    return comparator.comparator


def record_evaluation(evaluation: Evaluation, *, out: Path) -> None:
    """Record the main figures and the report in MLflow."""
    values = evaluation.as_json()
    groups = {name: values[name] for name in ("artist", "artist_network", "dating")}
    with tracking.run("evaluation", experiment="oeuvre-evaluation"):
        for group, figures in {**groups, "methods": values["methods"]["mean"]}.items():
            numbers = {name: value for name, value in (figures or {}).items() if isinstance(value, int | float)}
            mlflow.log_metrics({f"{group}_{name}": value for name, value in numbers.items()})
        tracking.log_folder(out)


def evaluation_report(evaluation: Evaluation) -> str:
    """Return report.md."""
    best = evaluation.artist_network or evaluation.artist
    return render(
        "evaluation.md.j2",
        evaluation=evaluation,
        figure_rows=figure_rows(evaluation),
        years_apart_rows=[years_apart_row(band) for band in evaluation.dating.by_gap],
        methods=methods_table(evaluation.methods),
        worst_named_rows=[[row.artist, row.n, percent(row.top1), row.taken_for] for row in best.worst],
        worst_orders=evaluation.dating.worst_orders(),
        artist_columns=ARTIST_COLUMNS,
        artist_rows=[artist_row(row) for row in evaluation.dating.per_artist],
        qualified_rows=qualified_rows(evaluation.qualified),
        single_work_rows=single_work_rows(evaluation.single_works),
        verification_rows=verification_rows(evaluation.verification),
    )


def evaluation_summary(evaluation: Evaluation) -> str:
    """Return the main figures, as the report and jobs/evaluate.py show them."""
    return render("evaluation_summary.md.j2", evaluation=evaluation, figure_rows=figure_rows(evaluation))


def figure_rows(evaluation: Evaluation) -> list[list[Cell]]:
    """Return the rows of the main table: attribution first, then dating by group of artists."""
    artist, dating = evaluation.artist, evaluation.dating
    cases = f"{artist.n} works, {artist.classes} artists"
    rows: list[list[Cell]] = [
        ["artist, top-1", percent(artist.top1), "", f"{percent(artist.majority_baseline)} (commonest artist)", cases],
        ["artist, top-5", percent(artist.top5), "", "", cases],
    ]
    if artist.unknown:
        strangers = f"{artist.unknown} works by unknown artists, and these"
        rows.append(["unknown artist, AUROC", number(artist.unknown_auroc), "", "0.5 (chance)", strangers])
    if evaluation.artist_network:
        rows += network_rows(evaluation.artist_network, head=artist)
    rows += dating_rows(dating.means, group=f"artists with ≥ {dating.min_works} works")
    rows += dating_rows(dating.largest, group="largest of these artists")
    rows += dating_rows(dating.all_artists, group="artists with a comparator of their own")
    if dating.by_trend.artists:
        rows += dating_rows(dating.by_trend, group="artists dated by the shared trend")
    return rows


def network_rows(network: NetworkFigures, *, head: HeadFigures) -> list[list[Cell]]:
    """Return the rows of the artist network beside the artist head."""
    cases = f"{network.n} works"
    return [
        [f"artist, {name}, by {network.architecture}", percent(value), "", f"{percent(baseline)} (artist head)", cases]
        for name, value, baseline in (("top-1", network.top1, head.top1), ("top-5", network.top5, head.top5))
    ]


def dating_rows(means: GroupMeans, *, group: str) -> list[list[Cell]]:
    """Return the rows of one group of artists."""
    cases = f"{means.artists} {group}, {means.test_works} works, {means.pairs} pairs"
    error, median, intervals = means.mae_years, means.mae_years_median_baseline, means.intervals
    ratio = f" ({error / median:.2f} of the baseline)" if error and median else ""
    errors = f"{span(intervals.mae_years)} ({span(intervals.mae_ratio)})"
    accuracy, coverage = percent(means.pair_accuracy), percent(means.interval_coverage)
    return [
        ["pair accuracy", accuracy, span(intervals.pair_accuracy, percent), "50.0 % (chance)", cases],
        ["Kendall's tau", means.kendall_tau, span(intervals.kendall_tau), "0 (chance)", cases],
        ["error of the year", f"{number(error)} years{ratio}", errors, f"{number(median)} years (median year)", cases],
        ["works inside the 80 % interval", coverage, span(intervals.interval_coverage, percent), "80 %", cases],
    ]


def years_apart_row(band: YearsApart) -> list[Cell]:
    """Return the row of pairs that are some years apart."""
    years = f"> {band.first - 1}" if band.last is None else f"{band.first} to {band.last}"
    return [years, percent(band.pair_accuracy), "50.0 %", band.pairs]


def artist_row(row: ArtistDating) -> list[Cell]:
    """Return the row of one artist."""
    values: dict[str, Any] = row.model_dump()
    return [values[name] for name in ARTIST_COLUMNS]


def qualified_rows(figures: QualifiedFigures) -> list[list[Cell]]:
    """Return a row for each qualifier, and one for the same artists' own test works."""
    return [
        [
            row.qualifier,
            row.n,
            row.artists,
            percent(row.named),
            percent(row.mean_probability),
            percent(row.verified),
            percent(row.refuted),
            row.dated,
            number(row.mae_years),
            number(row.mae_years_median_baseline),
        ]
        for row in (*figures.rows, *([figures.own] if figures.own else []))
    ]


def single_work_rows(figures: SingleWorkFigures | None) -> list[list[Cell]]:
    """Return a row for single works whose artist is named rightly, wrongly, and for all of them."""
    if figures is None:
        return []
    cases = (
        ("all", figures.named, figures.likely),
        ("artist named rightly", figures.named_right, figures.likely_right),
        ("artist named wrongly", figures.named_wrong, figures.likely_wrong),
    )
    return [
        [name, percent(named.inside), number(named.width), percent(likely.inside), number(likely.width), named.n]
        for name, named, likely in cases
        if named and likely
    ]


def verification_rows(figures: VerificationFigures | None) -> list[list[Cell]]:
    """Return a row for each question of verification."""
    return [
        [
            row.question,
            row.figures.auc,
            percent(row.figures.equal_error_rate),
            f"{number(row.figures.calibration_error)} ({number(row.figures.by_chance)})",
            percent(row.figures.true_rejected),
            percent(row.figures.false_accepted),
            percent(row.figures.uncertain),
            f"{row.figures.true_trials:,} true, {row.figures.trials - row.figures.true_trials:,} false",
        ]
        for row in (figures.rows if figures else ())
    ]


def methods_table(comparison: MethodComparison) -> str:
    """Return the figures of all methods as a Markdown table: the means, then a row for each group."""
    methods = list(comparison.mean.figures)
    header = [f"{heading}: {METHODS[method]}" for heading in METHOD_FIGURES.values() for method in methods]
    mean = [f"**mean of {comparison.mean.groups}**", *method_cells(comparison.mean, methods)]
    rows = [[row.group, *method_cells(row, methods)] for row in comparison.rows]
    return table(["artist", "test works", *header, "error: median year"], [mean, *rows])


def method_cells(row: MethodRow | MethodMeans, methods: list[str]) -> list[Cell]:
    """Return the number of test works, each figure by each of `methods`, and the error of the median year."""
    cells: list[Cell] = []
    for name in METHOD_FIGURES:
        values = [getattr(row.figures[method], name) for method in methods]
        cells += [percent(value) if name == "pair_accuracy" else value for value in values]
    return [row.n, *cells, row.median_mae_years]
