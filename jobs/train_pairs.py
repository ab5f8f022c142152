"""python jobs/train_pairs.py --dataset DATASET --out REPORT --artist 'Camille Pissarro' 'Claude Monet'

Repeat the source study's way to date: networks that see two paintings and tell which is newer, fine-tuned on random
pairs, on pairs of one artist's works, and on the pairs of each named artist alone; all asked about the test works of
the named artists, beside their comparators in --models. Writes REPORT/report.md, orders.csv and a picture of the orders
for each artist. Started again, only networks that are missing are trained. It is here to be compared with: nothing
else uses these networks. The study's own setting: --architecture vgg16
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import mlflow
import numpy as np
import pandas as pd
import ray

from lib.attribution.attribute import require_known_artist
from lib.data.dataset import read_embeddings, read_manifest, read_paintings
from lib.data.images import decode_rgb
from lib.dating.pairs.network import PairNetwork
from lib.dating.pairs.pairs import Kind
from lib.dating.pairs.study import PairPlan, read_jpegs, run_plan
from lib.features.architectures import load_architecture
from lib.infra import tracking
from lib.infra.atomic import atomic_file, make_folder, read_json, write_json, write_lock
from lib.infra.cli import run
from lib.infra.cluster import connect, durable_path
from lib.infra.errors import UserError
from lib.models.store import ModelSet
from lib.reports.pairs import orders_picture, pair_report
from lib.stats.metrics import order_quality
from lib.training.recipe import Recipe

EXPERIMENT = "oeuvre-pairs"
DRAWN = "20 random works"


@dataclass
class TrainPairs:
    """Options of jobs/train_pairs.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder that the report is written to."""
    artist: tuple[str, ...] = ()
    """Artists to ask about. Default: the three with most test works."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py, whose comparators stand beside the networks if it is there."""
    architecture: str = "efficientnet_lite0"
    """Network that both works pass: efficientnet_lite0, resnet18, resnet50, vgg16, densenet169, or a model of timm."""
    weights: str = "imagenet"
    """First weights: imagenet, none, or a file (safetensors, or a PyTorch state dict)."""
    trainable: Literal["head", "last_block", "last_two_blocks"] = "last_block"
    """What is trained beside the dense layers."""
    dropout: float = 0.6
    """Share of the last hidden units that a step does not see; 0.6 in the study."""
    works: int = 2000
    """Most train and val works that a network of all artists learns from."""
    pairs: int = 1000
    """Pairs of works in one epoch."""
    epochs: int = 40
    """Most epochs."""
    patience: int = 10
    """Stop after this many epochs without a better one on val pairs; 10 in the study."""
    learning_rate: float = 1e-4
    """Of Adam, for the trunk and for the dense layers."""
    weight_decay: float = 1e-4
    """Weight of the squared weights in the loss."""
    seed: int = 0
    """Of the pairs, the sets and the first weights."""


def main(config: TrainPairs) -> None:
    """Train what is missing, write the report and record it."""
    dataset = durable_path(config.dataset, option="--dataset")
    out = make_folder(durable_path(config.out, option="--out"))
    paintings = read_paintings(dataset, columns=["painting_id", "artist", "year", "split"])
    plans = plans_of(config, dataset=dataset, artists=asked_artists(config, paintings))
    PairNetwork(
        load_architecture(config.architecture, weights=config.weights),
        trainable=config.trainable,
        dropout=config.dropout,
    )  # fails early and in one sentence
    tracking.use_experiment(EXPERIMENT)
    with write_lock(out / "networks"):
        results = train_missing(plans, paintings, folder=make_folder(out / "networks"))
    if not results:
        raise UserError("no pair network could be trained; the lines above say why")
    models = durable_path(config.models, option="--models")
    rows = [row for result in results for row in result["rows"]]
    rows += comparator_rows(models, paintings, rows, dataset=dataset)
    report(rows, results, paintings, dataset=dataset, out=out)
    print((out / "report.md").read_text(encoding="utf-8").split("## ")[1].strip())
    print(f"report: {out / 'report.md'}")


def asked_artists(config: TrainPairs, paintings: pd.DataFrame) -> list[str]:
    """Return the artists to ask about. Raises UserError for one without test works of two different years."""
    test = paintings[paintings["split"] == "test"].groupby("artist")["year"].nunique()
    able = [str(artist) for artist in test.index[test > 1]]
    if config.artist:
        return [require_known_artist(artist, able) for artist in config.artist]
    counts = paintings["artist"][(paintings["split"] == "test") & paintings["artist"].isin(able)].value_counts()
    if counts.empty:
        raise UserError(f"{config.dataset} has no artist with test works of two different years; ingest it with others")
    return counts.sort_index().sort_values(ascending=False, kind="stable").index[:3].tolist()


def plans_of(config: TrainPairs, *, dataset: Path, artists: list[str]) -> list[PairPlan]:
    """Return the plans of all networks: two of all artists, and one of each that is asked about."""
    recipe = Recipe(
        epochs=config.epochs,
        optimizer="adam",
        scheduler="none",
        learning_rate=config.learning_rate,
        head_learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        label_smoothing=0,
        mixup_alpha=0,
        ema_decay=0,
        early_stopping=config.patience,
        seed=config.seed,
    )
    common = PairPlan(
        dataset=dataset,
        fingerprint=read_manifest(dataset)["fingerprint"],
        architecture=config.architecture,
        weights=config.weights,
        trainable=config.trainable,
        dropout=config.dropout,
        kind="random",
        learns=None,
        asked=artists,
        works=config.works,
        pairs=config.pairs,
        recipe=recipe,
    )
    kind: Kind = "one_artist"
    alone = [replace(common, kind=kind, learns=artist, asked=[artist]) for artist in artists]
    return [common, replace(common, kind="same_artist"), *alone]


def train_missing(plans: list[PairPlan], paintings: pd.DataFrame, *, folder: Path) -> list[dict[str, Any]]:
    """Train the networks whose results are not in `folder`, side by side on the cluster; return all results.

    One that fails is named with its reason, and the others go on.
    """
    files = {plan.name(): folder / f"{number}.json" for number, plan in enumerate(plans)}
    done = {plan.name(): read_json(file) for plan in plans if (file := files[plan.name()]).is_file()}
    results = {plan.name(): done[plan.name()] for plan in plans if done.get(plan.name(), {}).get("plan") == plan.card()}
    missing = [plan for plan in plans if plan.name() not in results]
    print(f"pair networks: {len(plans)}, {len(missing)} to train", flush=True)
    if missing:
        connect()
        told = ray.put(paintings)
        under_way = {ray.remote(run_plan).remote(plan, told): plan for plan in missing}
        while under_way:
            (ready,), _ = ray.wait(list(under_way), num_returns=1)
            plan = under_way.pop(ready)
            try:
                result: Any = ray.get(ready)
            except ray.exceptions.RayError as error:  # one network must not stop the others
                print(f"failed: {plan.name()}: {str(error).splitlines()[-1]}", flush=True)
                continue
            write_json(files[plan.name()], result)
            results[plan.name()] = result
            print(f"{plan.name()}: {len(result['history'])} epochs, {result['seconds']:.0f} s", flush=True)
    return [results[plan.name()] for plan in plans if plan.name() in results]


def comparator_rows(
    models: Path, paintings: pd.DataFrame, rows: list[dict[str, Any]], *, dataset: Path
) -> list[dict[str, Any]]:
    """Return the rows of the artists' comparators on the same sets; none where `models` has no comparators for them."""
    if not (models / "style" / "model.json").is_file():
        print(f"{models} holds no comparators: the networks stand alone")
        return []
    model_set = ModelSet.open(models)
    embeddings = read_embeddings(dataset, model_set.provenance.backbone)
    model_set.require_made_from(embeddings.manifest)
    place = {name: row for row, name in enumerate(embeddings.paintings["painting_id"])}
    sets = {(row["artist"], row["set"]): row for row in rows}
    found = []
    for (artist, _), row in sets.items():
        comparator = model_set.comparator(artist)
        if comparator is None:
            continue
        at = [place[name] for name in row["painting_ids"]]
        years = embeddings.paintings["year"].to_numpy()[at]
        scores = comparator.comparator.estimate(model_set.space.positions(embeddings.matrix[at]))[0]
        quality = order_quality(scores, years)
        told = {"pair_accuracy": quality.pair_accuracy, "kendall_tau": quality.kendall_tau, "scores": scores.tolist()}
        found.append({**row, "kind": "comparator", **told})
    return found


def report(
    rows: list[dict[str, Any]], results: list[dict[str, Any]], paintings: pd.DataFrame, *, dataset: Path, out: Path
) -> None:
    """Write the tables and pictures, and record each network as a run under one."""
    pictures = {}
    for number, artist in enumerate(dict.fromkeys(row["artist"] for row in rows)):
        own = [row for row in rows if (row["artist"], row["set"]) == (artist, DRAWN)]
        works = paintings.set_index("painting_id").loc[own[0]["painting_ids"]]
        images = [decode_rgb(jpeg) for jpeg in read_jpegs(dataset, own[0]["painting_ids"])]
        pictures[artist] = f"orders-{number + 1}.png"
        with atomic_file(out / pictures[artist]) as aside:
            orders_picture(own, works, images).savefig(aside, format="png", dpi=130)
    flat = [{name: value for name, value in row.items() if np.ndim(value) == 0} for row in rows]
    with atomic_file(out / "orders.csv") as aside:
        pd.DataFrame(flat).to_csv(aside, index=False)
    with atomic_file(out / "report.md") as aside:
        aside.write_text(pair_report(rows, results, pictures=pictures), encoding="utf-8")
    with tracking.run("pair networks", experiment=EXPERIMENT):
        tracking.log_folder(out, "report")
        for result in results:
            plan = result["plan"]
            with mlflow.start_run(run_name=f"{plan['kind']} {plan['learns'] or ''}".strip(), nested=True):
                mlflow.log_params({name: plan[name] for name in ("architecture", "trainable", "kind", "learns")})
                for row in result["history"]:
                    mlflow.log_metrics(row, step=int(row["epoch"]))
                for row in result["rows"]:
                    if row["set"] == "all test works" and row["pair_accuracy"] is not None:
                        mlflow.log_metric(f"pair_accuracy_{row['artist'].replace(' ', '_')}", row["pair_accuracy"])


if __name__ == "__main__":
    run(main, TrainPairs, __doc__)
