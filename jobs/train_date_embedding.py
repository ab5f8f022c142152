"""python jobs/train_date_embedding.py --dataset DATASET --out REPORT --models models

Train an embedding in which works of about the same year are near each other, date the test works by their nearest
dated works, and measure that once, beside the comparators, plain nearest neighbours and the median year. By default a
small head on the embeddings of jobs/embed.py learns from triplets of works; --trunk last_block fine-tunes the last
block of the network instead. Writes a report with maps of the embedding in REPORT, the bundle MODELS/date_embedding,
and an MLflow run. Started again with the same options, a run that was stopped goes on from its last epoch.
A small variant, for a look: --artists 5 --epochs 3 --picture-every 3
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import tyro
from PIL import Image

from lib.data.dataset import Embeddings, read_embeddings
from lib.dating.date_embedding.inputs import fit_train_space
from lib.dating.date_embedding.model import write_date_embedding_model
from lib.dating.date_embedding.network import Trunk
from lib.dating.date_embedding.plan import DateEmbeddingPlan, date_embedding_plan
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.train import train_date_embedding
from lib.dating.date_embedding.works import Selection
from lib.dating.neighbours import figures_by_group, group_estimates, mean_figures
from lib.evaluation.methods import REFERENCE_SPLITS, comparator_estimates, compare_methods
from lib.features.style_space import StyleSpace
from lib.infra import tracking
from lib.infra.atomic import make_folder, read_json, staged_folder, write_json, write_lock
from lib.infra.bundles import read_card
from lib.infra.cli import run, with_file
from lib.infra.cluster import connect, durable_path
from lib.infra.errors import UserError
from lib.infra.paths import remove_folder
from lib.models.store import ModelSet
from lib.reports.date_embedding import write_report
from lib.reports.date_embedding_maps import flat_maps, map_picture, write_interactive
from lib.training.loop import State

EXPERIMENT = "oeuvre-date-embedding"


@dataclass
class TrainDateEmbedding:
    """Options of jobs/train_date_embedding.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder that the report is written to."""
    models: Path = Path("models")
    """Folder that the bundle is written to, in which an unfinished run is kept, and whose comparators are compared."""
    selection: tyro.conf.OmitArgPrefixes[Selection] = field(default_factory=Selection)
    """Works to train and measure on."""
    trunk: Trunk = "embeddings"
    """What is trained: a small head on the embeddings, or the last block of the network with a head."""
    backbone: str = "efficientnet_lite0"
    """Embeddings to use."""
    views: int = 4
    """Augmented views of each train work that last_block learns from; the frozen part is run over them once."""
    picture_every: int = 10
    """Draw a map of the embedding after every so many epochs, beside those before the first and after the last."""
    workers: int = 1
    """Ray Train workers, each on a GPU where there are any."""
    config: Path | None = None
    """JSON file of options, by name, that replace those of the command line."""
    recipe: tyro.conf.OmitArgPrefixes[DateEmbeddingRecipe] = field(default_factory=DateEmbeddingRecipe)
    """How to train."""


def main(options: TrainDateEmbedding) -> None:
    """Train, measure, report and record; do nothing where all of it was done by the same options."""
    config: TrainDateEmbedding = with_file(options, options.config)
    dataset = durable_path(config.dataset, option="--dataset")
    models = durable_path(config.models, option="--models")
    out = make_folder(durable_path(config.out, option="--out"))
    embeddings = read_embeddings(dataset, config.backbone).finite()
    check(config)
    planned = date_embedding_plan(
        embeddings,
        dataset=dataset,
        selection=config.selection,
        recipe=config.recipe,
        trunk=config.trunk,
        views=config.views,
        snapshot_every=config.picture_every,
    )
    plan, chosen, skipped = planned.plan, planned.embeddings, planned.skipped
    plan.require_batches(config.workers)
    folder = models / "date_embedding"
    if is_done(plan, folder=folder, out=out):
        print(f"{folder} is up to date, and {out} holds its report")
        return
    for artist, reason in skipped.items():
        print(f"skipped: {artist}: {reason}")
    tracking.use_experiment(EXPERIMENT)
    with write_lock(folder):
        connect()
        storage = make_folder(models) / ".train_date_embedding"
        space = fit_train_space(chosen)
        counts = plan.works["split"].value_counts()
        artists = plan.works["artist"].nunique()
        print(f"training {plan.trunk} on {counts['train']} works of {artists} artists", flush=True)
        state = train_date_embedding(planned, workers=config.workers, storage=storage)
        card = {"plan": plan.fingerprint_fields(), "artists": sorted(set(plan.works["artist"]))}
        model = write_date_embedding_model(folder, state, space=space, card=card)
        learned = model.embed(dataset, plan.works["painting_id"].tolist(), chosen.matrix)
        metrics = {**measure(plan, learned, chosen, space=space, models=models), "skipped": skipped}
        metrics |= {"plan": plan.fingerprint_fields(), "history": state["history"]}
        remove_folder(out / "maps")  # of another run
        with staged_folder(out) as near:
            metrics["maps"] = draw_maps(state, plan, out=near)
            publish(plan, state, metrics, folder=folder, out=near)
        remove_folder(storage)
    print((out / "report.md").read_text(encoding="utf-8").split("## ")[1].strip())
    print(f"model: {folder}; report: {out / 'report.md'}")


def is_done(plan: DateEmbeddingPlan, *, folder: Path, out: Path) -> bool:
    """Tell whether the bundle and the report are of this plan."""
    card, report = read_card(folder), out / "metrics.json"
    told = [card, read_json(report) if report.is_file() else None]
    return all(one is not None and one["plan"] == plan.fingerprint_fields() for one in told)


def check(config: TrainDateEmbedding) -> None:
    """Raise UserError for numbers below 1."""
    numbers = {"views": config.views, "picture-every": config.picture_every, "workers": config.workers}
    for name, value in numbers.items():
        if value < 1:
            raise UserError(f"--{name} is {value}; it must be 1 or more")


def draw_maps(state: State, plan: DateEmbeddingPlan, *, out: Path) -> list[int]:
    """Draw a map of each snapshot, and one of the last to move about in; return the epochs."""
    print("drawing the maps", flush=True)
    folder = make_folder(out / "maps")
    maps = flat_maps({epoch: snapshot.numpy() for epoch, snapshot in state["snapshots"].items()}, seed=plan.recipe.seed)
    for epoch, flat in maps.items():
        title = f"after epoch {epoch}" if epoch else "before the first epoch"
        map_picture(flat, plan.works, title=title).savefig(folder / f"epoch-{epoch:03}.png", dpi=100)
    write_interactive(out / "map.html", maps[max(maps)], plan.works, dataset=plan.dataset)
    return sorted(maps)


def measure(
    plan: DateEmbeddingPlan, learned: np.ndarray, chosen: Embeddings, *, space: StyleSpace, models: Path
) -> Any:
    """Return the figures on the test works, which are looked at here for the first time.

    learned: (works, dimensions), the date embeddings.
    """
    works, plain = plan.works, space.positions(chosen.matrix)
    rows = figures_by_group(learned, works, split="test", reference_splits=REFERENCE_SPLITS)
    plain_rows = figures_by_group(plain, works, split="test", reference_splits=REFERENCE_SPLITS)
    estimates = {
        **by_comparators(models, chosen, works=works),
        "date_embedding": group_estimates(learned, works, split="test", reference_splits=REFERENCE_SPLITS),
        "neighbours": group_estimates(plain, works, split="test", reference_splits=REFERENCE_SPLITS),
    }
    return {
        "works": works["split"].value_counts().to_dict(),
        "queries": sum(row.queries for row in rows),
        "test": mean_figures(rows),
        "test_neighbours": mean_figures(plain_rows),
        "date_embedding": [asdict(row) for row in rows],
        "neighbours": [asdict(row) for row in plain_rows],
        "methods": compare_methods(estimates, works),
    }


def by_comparators(models: Path, chosen: Embeddings, *, works: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the years (works,) by the comparators in `models`; nothing where none was made from these embeddings."""
    try:
        model_set = ModelSet.open(models)
        model_set.require_made_from(chosen.manifest)
    except UserError as error:
        print(f"without comparators to compare with: {error}")
        return {}
    positions = model_set.space.positions(chosen.matrix)
    return {"comparator": comparator_estimates(model_set.comparators(), positions, works)}


def publish(plan: DateEmbeddingPlan, state: State, metrics: dict[str, Any], *, folder: Path, out: Path) -> None:
    """Write the report, and record it with the bundle in MLflow."""
    write_report(metrics, out=out)
    metrics = {**metrics, "methods": metrics["methods"].model_dump()}
    with tracking.run(f"{plan.trunk} {plan.recipe.batching} {plan.recipe.miner}", experiment=EXPERIMENT):
        card = plan.fingerprint_fields()
        mlflow.log_params({**card.pop("recipe"), **card})
        for row in state["history"]:
            mlflow.log_metrics(row, step=int(row["epoch"]))
        mlflow.log_metrics({f"test_{name}": value for name, value in metrics["test"].items()})
        for epoch in metrics["maps"]:
            mlflow.log_image(Image.open(out / "maps" / f"epoch-{epoch:03}.png"), key="map", step=epoch)
        mlflow.log_artifacts(str(out), "report")
        mlflow.log_dict(metrics, "report/metrics.json")
        tracking.log_folder(folder, "model")
    write_json(out / "metrics.json", metrics)  # last, because it says that all is done


if __name__ == "__main__":
    run(main, TrainDateEmbedding, __doc__)
