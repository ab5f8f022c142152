"""python jobs/train_per_artist.py --dataset DATASET --artists 100

Train what dates paintings: the style space, a linear artist head, and one comparator for each of
the artists with most dated works, side by side on the workers of one Ray Train group. All other
artists get a comparator by what the careers of all artists have in common, labelled as such. Started
again, it trains only what is missing or was made from other embeddings. Every comparator of an artist's
own is an MLflow run under one parent run. The exit status is 1 when an artist failed.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import mlflow
import pandas as pd
import ray

from lib.attribution.linear_head import fit_artist_head
from lib.data.dataset import Embeddings, read_embeddings
from lib.dating.per_artist import choose_artists, fit_all_trends, works_of, write_trends
from lib.dating.trend import Trend
from lib.dating.worker_group import run_workers
from lib.features.style_space import TILT
from lib.infra import tracking
from lib.infra.atomic import make_folder, write_lock
from lib.infra.bundles import read_card
from lib.infra.cli import run, with_file
from lib.infra.cluster import connect, cores, durable_path
from lib.infra.errors import UserError
from lib.models.store import (
    Card,
    comparator_folder,
    fit_shared,
    is_current,
    read_style_space,
    recipe_of,
    write_artist_head,
    write_style_space,
)
from lib.reports.plots import accuracy_by_artist
from lib.training.attempts import outlasting_lost_workers

EXPERIMENT = "oeuvre-comparators"


@dataclass
class TrainPerArtist:
    """Options of jobs/train_per_artist.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    artists: int = 100
    """Train comparators for this many artists, those with most dated works."""
    models: Path = Path("models")
    """Folder that the models are written to."""
    backbone: str = "efficientnet_lite0"
    """Embeddings to use."""
    min_works: int = 12
    """Skip artists with fewer dated works than this outside the test split."""
    workers: int = 0
    """Ray Train workers of one CPU core each; 0 takes all cores of the cluster."""
    tilt: float = TILT
    """Depth n of the backbone weighs n ** tilt in the style space."""
    gamma: float | None = None
    """Of the similarity of works, by squared distance over the artist's median one. Default: chosen on all artists."""
    noise: float | None = None
    """Variance of a year's noise over that of the style's signal. Default: chosen on all artists."""
    config: Path | None = None
    """JSON file of options that replace those of the command line, such as best.json of jobs/tune_comparator.py."""


def main(options: TrainPerArtist) -> int:
    """Train what is missing, record it, and return 1 if an artist failed."""
    config: TrainPerArtist = with_file(options, options.config)
    dataset = durable_path(config.dataset, option="--dataset")
    models = durable_path(config.models, option="--models")
    embeddings = read_embeddings(dataset, config.backbone)
    with write_lock(models):
        return train(config, embeddings, models=models)


def train(config: TrainPerArtist, embeddings: Embeddings, *, models: Path) -> int:
    """Train and record what is missing in `models`, which nobody else writes."""
    make_folder(models)
    tracking.use_experiment(EXPERIMENT)
    settings = {"tilt": config.tilt, "gamma": config.gamma, "noise": config.noise}
    recipe = {**recipe_of(embeddings.manifest.model_dump()), **settings}
    ensure_style_space(models, embeddings, recipe=recipe)
    ensure_artist_head(models, embeddings, recipe=recipe)
    chosen, skipped = choose_artists(embeddings.paintings, most=config.artists, min_works=config.min_works)
    if not chosen:
        raise UserError(
            f"no artist of {config.dataset} can be trained: {'; '.join(skipped.values()) or 'it has no works'}"
        )
    others = sorted(set(embeddings.outside_test().paintings["artist"]) - set(chosen))
    missing = lacking(models, chosen, recipe=recipe, scope="own")
    by_trend = lacking(models, others, recipe=recipe, scope="all artists")
    print(f"comparators: {len(chosen)} artists, {len(chosen) - len(missing)} up to date, {len(missing)} to train")
    print(
        f"by what is known of all artists: {len(others)} artists with few works, {len(by_trend)} to write", flush=True
    )
    failed = {}
    if missing or by_trend:
        seen, space = embeddings.outside_test().finite(), read_style_space(models)[0]
        trends, accuracy = fit_all_trends(seen, space=space)
        write_trends(by_trend, seen, space=space, trends=trends, accuracy=accuracy, models=models, recipe=recipe)
    if missing:
        failed = train_missing(missing, embeddings, trends=trends, models=models, recipe=recipe, workers=config.workers)
    cards = [read_card(comparator_folder(models, artist)) for artist in chosen if artist not in failed]
    left_out = {"skipped": skipped, "failed": failed}
    record([card for card in cards if card], models=models, config=config, recipe=recipe, left_out=left_out)
    for artist, reason in {**skipped, **failed}.items():
        print(f"{'failed' if artist in failed else 'skipped'}: {artist}: {reason}")
    return 1 if failed else 0


def ensure_style_space(models: Path, embeddings: Embeddings, *, recipe: Card) -> None:
    """Fit the style space to train and val works and choose its kernel, unless they are up to date."""
    if is_current(models / "style", recipe=recipe):
        return
    seen = embeddings.outside_test().finite()
    print(f"style space: fitting to {len(seen.paintings)} works", flush=True)
    space, kernel = fit_shared(seen, tilt=recipe["tilt"])
    told = {name: recipe[name] for name in ("gamma", "noise") if recipe[name] is not None}
    write_style_space(models, space, kernel=replace(kernel, **told), recipe=recipe)


def ensure_artist_head(models: Path, embeddings: Embeddings, *, recipe: Card) -> None:
    """Fit the artist head to train and val works, unless it is up to date."""
    if is_current(models / "artist", recipe=recipe):
        return
    seen = embeddings.outside_test().finite()
    artists = seen.paintings["artist"].to_numpy(dtype=str)
    print(f"artist head: fitting to {len(artists)} works of {len(set(artists))} artists", flush=True)
    positions = read_style_space(models)[0].positions(seen.matrix)
    head, top1 = fit_artist_head(positions, artists, val=(seen.paintings["split"] == "val").to_numpy())
    write_artist_head(models, head, recipe=recipe, about={"val_top1_by_strength": top1, "works": len(artists)})


def lacking(models: Path, artists: list[str], *, recipe: Card, scope: str) -> list[str]:
    """Return the artists without a comparator of this recipe and scope."""
    return [name for name in artists if not is_current(comparator_folder(models, name), recipe=recipe, scope=scope)]


def train_missing(
    missing: list[str],
    embeddings: Embeddings,
    *,
    trends: dict[str, Trend],
    models: Path,
    recipe: Card,
    workers: int,
) -> dict[str, str]:
    """Train the comparators of `missing` artists through Ray Train; return the reason of each failure.

    When a worker is lost, what it finished stays and the group starts again with the rest.
    """
    connect()
    space, kernel, _ = read_style_space(models)
    seen = embeddings.outside_test()
    # Each artist is an object of its own: the driver holds one at a time, and a node fetches its share alone.
    works = {artist: ray.put(works_of(artist, seen, space=space, trend=trends[artist])) for artist in missing}
    config = {"works": works, "models": models, "kernel": kernel, "recipe": recipe}
    workers = min(workers or cores(), len(missing))
    return outlasting_lost_workers(
        lambda: run_workers(config, workers=workers, storage=models / ".ray_train"), again="train what is missing"
    )


def record(
    cards: list[Card], *, models: Path, config: TrainPerArtist, recipe: Card, left_out: dict[str, dict[str, str]]
) -> None:
    """Record in MLflow, as children of one parent run, the comparators that are not there yet."""
    known = {run.data.tags.get("bundle") for run in mlflow.search_runs(output_format="list")}
    folders = {card["artist"]: comparator_folder(models, card["artist"]) for card in cards}
    bundles = {artist: digest(folder) for artist, folder in folders.items()}
    new = [card for card in cards if bundles[card["artist"]] not in known]
    if not new and not left_out["failed"]:
        return
    with mlflow.start_run(run_name=f"{len(cards)} comparators"):
        mlflow.log_params({"artists": config.artists, "min_works": config.min_works, **recipe})
        mlflow.log_dict(left_out, "left_out.json")
        for card in new:
            record_comparator(card, folder=folders[card["artist"]], bundle=bundles[card["artist"]])
        record_overview(cards)


def digest(folder: Path) -> str:
    """Return the hash that names a bundle in MLflow."""
    return hashlib.sha256((folder / "model.json").read_bytes()).hexdigest()


def record_comparator(card: Card, *, folder: Path, bundle: str) -> None:
    """Record one comparator as a child run: parameters, the error of each setting, figures, the bundle."""
    with mlflow.start_run(run_name=card["artist"], nested=True, tags={"bundle": bundle, "artist": card["artist"]}):
        years = {name: card[name] for name in ("first_year", "last_year")}
        mlflow.log_params({**card["numbers"], **card["works"], **years})
        for step, setting in enumerate(card["noise_path"]):
            mlflow.log_metrics(setting, step=step)
        for name in ("left_out", "val"):
            figures = {f"{name}_{key}": value for key, value in (card[name] or {}).items() if value is not None}
            mlflow.log_metrics(figures)
        tracking.log_folder(folder, "bundle")


def record_overview(cards: list[Card]) -> None:
    """Record on the parent run the table of all comparators, their mean, and the picture by artist."""
    table = [{"artist": card["artist"], **card["works"], **card["left_out"]} for card in cards]
    if not table:
        return
    frame = pd.DataFrame(table)
    mlflow.log_text(frame.to_csv(index=False), "comparators.csv")
    mlflow.log_metric("left_out_pair_accuracy_mean", float(frame["pair_accuracy"].mean()))
    mlflow.log_metric("artists", len(frame))
    mlflow.log_figure(accuracy_by_artist(frame), "pair_accuracy_by_artist.png")
    mean = frame["pair_accuracy"].mean()
    print(f"mean pair accuracy {mean:.3f} (leave-one-out, {len(frame)} artists; a coin gives 0.5)")


if __name__ == "__main__":
    run(main, TrainPerArtist, __doc__)
