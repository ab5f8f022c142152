"""Report on a date embedding: metrics.json, report.md, the learning curves, and the MLflow run."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from lib.dating.date_embedding.plan import DateEmbeddingPlan, DateEmbeddingProvenance
from lib.dating.date_embedding.works import MAPPED
from lib.evaluation.date_embedding import DateEmbeddingFigures
from lib.infra import tracking
from lib.infra.atomic import find_json, write_json
from lib.reports.date_embedding_maps import map_name
from lib.reports.evaluation import methods_table
from lib.reports.markdown import percent, render
from lib.reports.plots import ACCENT, INK, PALE
from lib.training.loop import Row

EXPERIMENT = "oeuvre-date-embedding"
RATES = {
    "precision_at_1": "precision at 1",
    "r_precision": "R-precision",
    "mean_average_precision_at_r": "MAP@R",
}


@dataclass(frozen=True)
class DateEmbeddingReport:
    """Contents of metrics.json.

    history: a row for each epoch. maps: epochs that a map is drawn of. skipped: reason for each skipped artist.
    """

    figures: DateEmbeddingFigures
    provenance: DateEmbeddingProvenance
    history: list[Row]
    maps: list[int]
    skipped: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the values as JSON keeps them; the provenance is named `plan`."""
        others = {"plan": self.provenance.model_dump(mode="json"), "history": self.history, "maps": self.maps}
        figures = {**asdict(self.figures), "methods": self.figures.methods.model_dump()}
        return {**figures, "skipped": self.skipped, **others}


def is_reported(plan: DateEmbeddingPlan, *, out: Path) -> bool:
    """Return whether the folder `out` holds the report of this plan."""
    metrics = find_json(out / "metrics.json")
    return metrics is not None and metrics["plan"] == plan.provenance().model_dump(mode="json")


def publish_report(report: DateEmbeddingReport, *, model: Path, out: Path) -> None:
    """Write the report into the local folder `out`, which holds the maps, and record it and the bundle in MLflow."""
    learning_curves(report.history).savefig(out / "learning_curves.png", dpi=100)
    text = report_text(report, has_page=(out / "map.html").is_file())
    (out / "report.md").write_text(text, encoding="utf-8")
    metrics, recipe = report.as_json(), report.provenance.recipe
    with tracking.run(f"{report.provenance.trunk} {recipe.batching} {recipe.miner}", experiment=EXPERIMENT):
        mlflow.log_params({**asdict(recipe), **report.provenance.model_dump(exclude={"recipe"})})
        for row in report.history:
            mlflow.log_metrics(row, step=int(row["epoch"]))
        mlflow.log_metrics({f"test_{name}": value for name, value in report.figures.test.items()})
        for epoch in report.maps:
            mlflow.log_image(Image.open(out / "maps" / map_name(epoch)), key="map", step=epoch)
        mlflow.log_artifacts(str(out), "report")
        mlflow.log_dict(metrics, "report/metrics.json")
        tracking.log_folder(model, "model")
    write_json(out / "metrics.json", metrics)  # last: it marks the report as complete


def report_text(report: DateEmbeddingReport, *, has_page: bool) -> str:
    """Return report.md. has_page: whether there is an interactive map."""
    best = min(report.history, key=lambda row: row["val_mae_years"])
    return render(
        "date_embedding.md.j2",
        **figures_values(report.figures),
        provenance=report.provenance,
        best_epoch=int(best["epoch"]),
        epochs=len(report.history),
        groups=group_rows(report.figures),
        maps=report.maps,
        map_name=map_name,
        mapped=MAPPED if sum(report.figures.works.values()) > MAPPED else None,
        has_page=has_page,
        skipped=report.skipped,
    )


def figures_text(figures: DateEmbeddingFigures) -> str:
    """Return the figures on the test split as Markdown."""
    return render("date_embedding_figures.md.j2", **figures_values(figures))


def figures_values(figures: DateEmbeddingFigures) -> dict[str, Any]:
    """Return the values of the template of the figures."""
    return {"figures": figures, "rates": rate_rows(figures), "methods": methods_table(figures.methods)}


def rate_rows(figures: DateEmbeddingFigures) -> list[list[str]]:
    """Return the rows of the table of retrieval figures."""
    learned, neighbours = figures.test, figures.test_neighbours
    chance = {"precision_at_1": percent(learned.get("precision_at_1_chance"))}
    return [
        [label, percent(learned.get(name)), percent(neighbours.get(name)), chance.get(name, "")]
        for name, label in RATES.items()
    ]


def group_rows(figures: DateEmbeddingFigures) -> list[list[str]]:
    """Return the rows of the table of precision at 1."""
    return [
        [
            learned.group,
            str(learned.queries),
            percent(learned.precision_at_1),
            percent(neighbours.precision_at_1),
            percent(learned.precision_at_1_chance),
        ]
        for learned, neighbours in zip(figures.date_embedding, figures.neighbours, strict=True)
    ]


def learning_curves(history: list[Row]) -> Figure:
    """Draw the loss, the val precision at 1 and the val error by epoch, beside chance and the median year."""
    rows = pd.DataFrame(history)
    figure = Figure(figsize=(10, 3.2), layout="constrained")
    curves = (
        ("train_loss", None, "train loss"),
        ("val_precision_at_1", "val_precision_at_1_chance", "val precision at 1 (dotted: chance)"),
        ("val_mae_years", "val_mae_years_median_baseline", "val error, years (dotted: median year)"),
    )
    for axes, (name, baseline, label) in zip(figure.subplots(1, 3), curves, strict=True):
        if name in rows:  # no val work may be of the year of a train work
            axes.plot(rows["epoch"], rows[name], color=ACCENT if baseline else PALE, linewidth=2)
        if baseline in rows:
            axes.plot(rows["epoch"], rows[baseline], color=INK, linewidth=1, linestyle=":")
        axes.set(xlabel="epoch", ylabel=label, ylim=(0, None))
    return figure
