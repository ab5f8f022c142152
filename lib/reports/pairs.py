"""Report on pair networks: their figures beside the comparators', pictures of the orders, and the MLflow runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from lib.data.dataset import Dataset
from lib.data.images import decode_rgb
from lib.dating.pairs.study import DRAWN_SETS, RANDOM_SET, TEST_SET, OrderedSet, PairResult
from lib.infra import tracking
from lib.infra.atomic import atomic_file
from lib.reports.markdown import NONE, number, percent, render
from lib.reports.plots import ACCENT, INK

EXPERIMENT = "oeuvre-pairs"
LABELS = {
    "random": "pairs of any two works",
    "same_artist": "pairs of works of the same artist, all artists",
    "one_artist": "pairs of this artist's works",
    "comparator": "our comparator",
}


@dataclass(frozen=True)
class PairReport:
    """Contents of the report. orders: those of the networks and of the comparators."""

    results: list[PairResult]
    orders: list[OrderedSet]

    def artists(self) -> list[str]:
        """Return the artists whose works are ordered."""
        return list(dict.fromkeys(order.artist for order in self.orders))

    def of_set(self, artist: str, name: str) -> list[OrderedSet]:
        """Return all orders of one set of works."""
        return [order for order in self.orders if (order.artist, order.set) == (artist, name)]


def write_report(report: PairReport, paintings: pd.DataFrame, *, dataset: Dataset, out: Path) -> None:
    """Write report.md, orders.csv and a picture of the orders for each artist.

    paintings: painting_id, year of the dataset.
    """
    years = paintings.set_index("painting_id")["year"]
    pictures = {artist: f"orders-{number}.png" for number, artist in enumerate(report.artists(), start=1)}
    for artist, name in pictures.items():
        orders = report.of_set(artist, RANDOM_SET)
        ids = orders[0].painting_ids
        images = [decode_rgb(jpeg) for jpeg in dataset.images(ids).values()]
        with atomic_file(out / name) as aside:
            orders_picture(orders, years[ids].to_numpy(), images).savefig(aside, format="png", dpi=130)
    rows = [order.model_dump(exclude={"painting_ids", "scores"}) for order in report.orders]
    with atomic_file(out / "orders.csv") as aside:
        pd.DataFrame(rows).to_csv(aside, index=False)
    with atomic_file(out / "report.md") as aside:
        aside.write_text(report_text(report, pictures=pictures), encoding="utf-8")


def record_report(report: PairReport, *, out: Path) -> None:
    """Record the folder `out` as an MLflow run, and each network as a child run."""
    with tracking.run("pair networks", experiment=EXPERIMENT):
        tracking.log_folder(out, "report")
        for result in report.results:
            with mlflow.start_run(run_name=result.plan.name, nested=True):
                names = ("architecture", "trainable", "kind", "train_artist")
                mlflow.log_params({name: getattr(result.plan, name) for name in names})
                for row in result.history:
                    mlflow.log_metrics(row, step=int(row["epoch"]))
                for order in result.orders:
                    if order.set == TEST_SET and order.pair_accuracy is not None:
                        mlflow.log_metric(f"pair_accuracy_{order.artist.replace(' ', '_')}", order.pair_accuracy)


def report_text(report: PairReport, *, pictures: dict[str, str]) -> str:
    """Return report.md; pictures: file name by artist."""
    kinds = [kind for kind in LABELS if any(order.kind == kind for order in report.orders)]
    return render(
        "pairs.md.j2",
        plan=report.results[0].plan,
        test_rows=test_rows(report),
        kinds=[LABELS[kind] for kind in kinds],
        set_rows=[
            set_row(report.of_set(artist, name), artist=artist, name=name, kinds=kinds)
            for artist in pictures
            for name in DRAWN_SETS
        ],
        cost_rows=[cost_row(result) for result in report.results],
        pictures=pictures,
    )


def test_works_text(report: PairReport) -> str:
    """Return the figures on all test works as Markdown."""
    return render("pairs_test_works.md.j2", test_rows=test_rows(report))


def test_rows(report: PairReport) -> list[list[str]]:
    """Return the rows of the table of all test works."""
    return [
        [
            order.artist,
            LABELS[order.kind],
            *(str(count) for count in (order.works, order.pairs, order.ties_excluded)),
            percent(order.pair_accuracy),
            number(order.kendall_tau),
        ]
        for order in report.orders
        if order.set == TEST_SET
    ]


def set_row(orders: Sequence[OrderedSet], *, artist: str, name: str, kinds: list[str]) -> list[str]:
    """Return a row of the table of the study's sets: the figures of each kind on one set."""
    figures = {order.kind: f"{percent(order.pair_accuracy)}, {number(order.kendall_tau)}" for order in orders}
    ties = str(orders[0].ties_excluded) if orders else NONE
    return [artist, name, ties, *(figures.get(kind, NONE) for kind in kinds)]


def cost_row(result: PairResult) -> list[str]:
    """Return a row of the table of costs."""
    artist = f": {result.plan.train_artist}" if result.plan.train_artist else ""
    return [LABELS[result.plan.kind] + artist, str(result.works), str(len(result.history)), f"{result.seconds:.0f}"]


def orders_picture(orders: Sequence[OrderedSet], years: np.ndarray, images: Sequence[Image.Image]) -> Figure:
    """Draw a set of works in the true order and in each order of `orders`, oldest first, with the true years.

    years: (n,), images: of the works. A year is red where the rank of the work is far from the true one.
    """
    scores_by_label = {"true order": years, **{LABELS[order.kind]: np.array(order.scores) for order in orders}}
    true_ranks = pd.Series(years).rank().to_numpy()
    figure = Figure(figsize=(0.62 * len(years) + 1, 0.95 * len(scores_by_label) + 0.2))
    grid = figure.subplots(len(scores_by_label), len(years), squeeze=False)
    figure.subplots_adjust(
        left=0.01, right=0.99, top=1 - 0.35 / figure.get_figheight(), bottom=0.01, hspace=0.75, wspace=0.06
    )
    for axes, (label, scores) in zip(grid, scores_by_label.items(), strict=True):
        order = np.argsort(scores, kind="stable")
        for rank, (cell, row) in enumerate(zip(axes, order, strict=True), start=1):
            cell.imshow(np.asarray(ImageOps.fit(images[row], (64, 64))))
            cell.axis("off")
            error = min(abs(true_ranks[row] - rank) / (len(years) / 2), 1)
            cell.set_title(str(years[row]), fontsize=6.5, pad=2, color=ACCENT if error > 0.3 else INK)
        axes[0].text(0, 1.42, label, transform=axes[0].transAxes, fontsize=8, color=INK, weight="bold")
    return figure
