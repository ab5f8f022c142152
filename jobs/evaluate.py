"""python jobs/evaluate.py --dataset DATASET --out DIR

Measure the artist head, the artist network (where jobs/train_artist.py left one) and the comparators on the test
split, beside the baselines that need no model, and compare ways to date: comparators, the date embedding (where
jobs/train_date_embedding.py left one), nearest neighbours and the median year. Writes DIR/metrics.json,
DIR/report.md, DIR/per_artist.csv, DIR/methods.csv, and pictures: pair accuracy by artist, and the three worst orders.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from lib.attribution.figures import labels_of
from lib.attribution.model import read_artist_model
from lib.data.dataset import Embeddings, painting_parts, read_embeddings, read_part
from lib.data.images import decode_rgb
from lib.dating.date_embedding.model import DateEmbeddingModel, read_date_embedding_model
from lib.evaluation.dating import TestWorks, evaluate_artist, evaluate_dating
from lib.evaluation.failures import draw_order, read_test_works, worst_named, worst_orders
from lib.evaluation.methods import compare_all
from lib.infra import tracking
from lib.infra.atomic import make_folder, staged_folder, write_json
from lib.infra.bundles import read_card
from lib.infra.cli import run
from lib.infra.cluster import durable_path
from lib.infra.errors import UserError
from lib.models.store import ModelSet
from lib.reports.evaluation import evaluation_report
from lib.reports.markdown import percent
from lib.reports.plots import accuracy_by_artist
from lib.stats.metrics import top_k


@dataclass
class Evaluate:
    """Options of jobs/evaluate.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder that the report is written to."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""
    metric: Path | None = None
    """Bundle of jobs/train_date_embedding.py to compare with. Default: MODELS/date_embedding, where it fits."""
    backbone: str = "efficientnet_lite0"
    """Embeddings to use."""
    min_works: int = 60
    """The dating figures are means over artists with at least this many dated works in the dataset."""


def main(config: Evaluate) -> None:
    """Measure, write the report and record it in MLflow."""
    embeddings = read_embeddings(durable_path(config.dataset, option="--dataset"), config.backbone)
    models = ModelSet.open(durable_path(config.models, option="--models"))
    models.require_made_from(embeddings.manifest)
    out = make_folder(durable_path(config.out, option="--out"))
    dataset, metric = durable_path(config.dataset, option="--dataset"), find_date_embedding(config, embeddings)
    metrics = measure(models, embeddings, min_works=config.min_works)
    metrics["artist_network"] = measure_network(models, dataset=dataset)
    metrics["methods"] = compare_all(models, embeddings, metric, dataset=dataset, min_works=config.min_works)
    with staged_folder(out) as folder:
        write_results(metrics, out=folder)
        draw_worst_orders(metrics["dating"], models, embeddings, dataset=dataset, out=folder)
    with tracking.run("evaluation", experiment="oeuvre-evaluation"):
        for group, told in {**metrics, "methods": metrics["methods"]["mean"]}.items():
            if told and group in ("artist", "artist_network", "dating", "methods"):
                figures = {name: value for name, value in told.items() if isinstance(value, int | float)}
                mlflow.log_metrics({f"{group}_{name}": value for name, value in figures.items()})
        tracking.log_folder(out)
    print((out / "report.md").read_text(encoding="utf-8").split("## ")[1].strip())
    print(f"report: {out / 'report.md'}")


def find_date_embedding(config: Evaluate, embeddings: Embeddings) -> DateEmbeddingModel | None:
    """Return the embedding to compare with; None where none was named and none in the models folder fits.

    Raises UserError where the one that was named is missing or was made from another dataset.
    """
    folder = durable_path(config.metric or config.models / "date_embedding", option="--metric")
    if config.metric is None and read_card(folder) is None:
        return None
    model = read_date_embedding_model(folder)
    if model.metadata.provenance.is_of(embeddings.manifest):
        return model
    if config.metric is None:
        print(f"{folder} was made from another dataset: left out of the comparison")
        return None
    raise UserError(f"{folder} was made from another dataset; train it on this one with jobs/train_date_embedding.py")


def measure(models: ModelSet, embeddings: Embeddings, *, min_works: int) -> dict[str, Any]:
    """Return the contents of metrics.json."""
    is_test = (embeddings.paintings["split"] == "test").to_numpy()
    if not is_test.any():
        raise UserError("the dataset has no test works to measure on; ingest it with other splits")
    held_out, seen = embeddings.where(is_test), embeddings.outside_test().paintings["artist"]
    works = {str(artist): int(n) for artist, n in embeddings.paintings["artist"].value_counts().items()}
    test = TestWorks(positions=models.space.positions(held_out.matrix), paintings=held_out.paintings, works=works)
    by_artist = models.comparators()
    comparators = {artist: by_artist[artist] for artist in sorted(set(seen)) if artist in by_artist}
    own = {artist: made.comparator for artist, made in comparators.items() if made.metadata.scope == "own"}
    by_trend = {artist: made.comparator for artist, made in comparators.items() if artist not in own}
    unknown = held_out.paintings[~held_out.paintings["artist"].isin(set(seen))]
    return {
        "dataset": models.provenance.dataset,
        "backbone": models.provenance.backbone,
        "artist": evaluate_artist(models.head, test, majority=seen.mode()[0]),
        "dating": {
            **evaluate_dating(own, test, min_works=min_works),
            "by_trend": evaluate_dating(by_trend, test, min_works=min_works)["all_artists"],
        },
        "left_out": {"artists_without_training_works": unknown["artist"].nunique(), "their_test_works": len(unknown)},
    }


def measure_network(models: ModelSet, *, dataset: Path) -> dict[str, Any] | None:
    """Return the figures of the artist network on the test works that the artist head is asked about; None without."""
    artists, folder = models.head.artists, models.network_folder
    if folder is None:
        return None
    network, probabilities, labels = read_artist_model(folder), [], []
    for part in painting_parts(dataset):
        test = read_part(part, columns=["artist", "image"], splits=["test"], artists=artists).to_pandas()
        if len(test):
            probabilities.append(network.probabilities([decode_rgb(jpeg) for jpeg in test["image"]], artists))
            labels.append(labels_of(test, artists))
    if not labels:
        return None
    answers, right = np.concatenate(probabilities), np.concatenate(labels)
    top = {f"top{k}": top_k(answers, right, k) for k in (1, 5)}
    worst = worst_named(answers, right, artists)
    return {"architecture": network.card["plan"]["architecture"], **top, "n": len(right), "worst": worst}


def draw_worst_orders(
    dating: dict[str, Any], models: ModelSet, embeddings: Embeddings, *, dataset: Path, out: Path
) -> None:
    """Draw worst-order-1.png and so on, with the paintings."""
    worst = worst_orders(dating["per_artist"], min_works=dating["min_works"])
    if not worst:
        return
    images = read_test_works(dataset, [row["artist"] for row in worst]).set_index("painting_id")["image"]
    for number, row in enumerate(worst, start=1):
        rows = (embeddings.paintings["artist"] == row["artist"]) & (embeddings.paintings["split"] == "test")
        works, found = embeddings.where(rows.to_numpy()), models.comparator(row["artist"])
        assert found is not None  # it was measured
        title = (
            f"{row['artist']}: tau {row['kendall_tau']:.2f}, {percent(row['pair_accuracy'])} of {row['pairs']} pairs"
        )
        positions = models.space.positions(works.matrix)
        figure = draw_order(found.comparator, positions, works.paintings, images, title=title)
        figure.savefig(out / f"worst-order-{number}.png", dpi=110)


def write_results(metrics: dict[str, Any], *, out: Path) -> None:
    """Write the figures as JSON, CSV, Markdown and a picture."""
    write_json(out / "metrics.json", metrics)
    table = pd.DataFrame(metrics["dating"]["per_artist"])
    if len(table):
        table.to_csv(out / "per_artist.csv", index=False)
        accuracy_by_artist(table).savefig(out / "pair_accuracy_by_artist.png", dpi=110)
    pd.DataFrame(metrics["methods"]["rows"]).to_csv(out / "methods.csv", index=False)
    (out / "report.md").write_text(evaluation_report(metrics), encoding="utf-8")


if __name__ == "__main__":
    run(main, Evaluate, __doc__)
