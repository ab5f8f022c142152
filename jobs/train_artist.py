"""python jobs/train_artist.py --dataset DATASET --architecture efficientnet_lite0 --models models --out REPORT

Train a network that names the artist of a painting, measure it once on the test split, and record it: a bundle in
MODELS/artist_networks, a report in REPORT, an MLflow run and a version of the registered model. What a frozen part of
the network makes of the paintings is kept beside the dataset, so that epochs cost only the trained part. Started again
with the same options, a run that was stopped goes on from its last epoch. A small variant, for a look:
--architecture resnet18 --weights none --trainable all --epochs 2 --hold-out 0
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import mlflow
import numpy as np
import tyro
from scipy.special import softmax

from lib.attribution.ensemble import Ensemble, fit_ensemble, refit_ensemble
from lib.attribution.evaluate import HeldOutCalibration, measure
from lib.attribution.figures import Described, unknown_by_size
from lib.attribution.model import write_artist_model
from lib.attribution.train import describe_paintings, train_network
from lib.data.dataset import read_manifest, read_paintings
from lib.infra import tracking
from lib.infra.atomic import make_folder, staged_folder, write_json
from lib.infra.bundles import read_card
from lib.infra.cli import run, with_file
from lib.infra.cluster import connect, durable_path
from lib.infra.errors import UserError
from lib.infra.paths import parse_path, remove_folder
from lib.models.registry import register_if_better
from lib.reports.artist import write_report
from lib.stats.calibration import ood_score, rejection, share_refused, threshold_of
from lib.training.loop import State
from lib.training.plan import Plan, build_network, sound
from lib.training.recipe import Recipe

EXPERIMENT = "oeuvre-artist"
REGISTERED = "oeuvre-artist"


@dataclass(frozen=True)
class Trained:
    """A trained network, its last state, and every painting as it sees it, by its ensemble's logits if it has one."""

    plan: Plan
    state: State
    described: Described
    ensemble: Ensemble | None = None
    strength: float = 0.0


@dataclass
class TrainArtist:
    """Options of jobs/train_artist.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder that the report is written to."""
    models: Path = Path("models")
    """Folder that the bundle is written to, and in which an unfinished run is kept."""
    architecture: str = "efficientnet_lite0"
    """Network: efficientnet_lite0, resnet18, resnet50, vgg16, densenet169, or a model of timm by its name."""
    weights: str = "imagenet"
    """First weights: imagenet, none, or a file (safetensors, or a PyTorch state dict)."""
    trainable: Literal["head", "last_block", "last_two_blocks", "all"] = "last_two_blocks"
    """What is trained beside the head; the rest stays frozen."""
    fold: bool = True
    """Fold BatchNorm into the convolutions and keep depthwise filters: faster. Not done with weights none."""
    views: int = 8
    """Augmented views of each work that the frozen part is run over once; 0 draws new ones in every epoch."""
    hold_out: float = 0.2
    """Share of the artists that a second network never sees, to choose the threshold for unknown ones; 0 for none."""
    refit: bool = True
    """Go on with train and val for a while when val has chosen the best epoch, the shares and the temperature."""
    workers: int = 1
    """Ray Train workers, each on a GPU where there are any."""
    config: Path | None = None
    """JSON file of options, by name, that replace those of the command line."""
    recipe: tyro.conf.OmitArgPrefixes[Recipe] = field(default_factory=Recipe)
    """How to train."""


def main(options: TrainArtist) -> None:
    """Train, measure, report and register; do nothing where all of it was done by the same options."""
    config: TrainArtist = with_file(options, options.config)
    dataset = durable_path(config.dataset, option="--dataset")
    models = durable_path(config.models, option="--models")
    out = make_folder(durable_path(config.out, option="--out"))
    plan = plan_of(config, dataset=dataset)
    folder = models / "artist_networks" / config.architecture
    build_network(plan)  # fails early and in one sentence
    card = read_card(folder)
    if card and (card["plan"], card["refit"]) == (plan.card(), config.refit) and (out / "metrics.json").is_file():
        print(f"{folder} is up to date, and {out} holds its report")
        return
    tracking.use_experiment(EXPERIMENT)
    connect()
    storage = make_folder(models) / ".train_artist"
    first = train(plan, config=config, storage=storage)
    held_out_calibration = calibrate_on_held_out_artists(plan, config=config, storage=storage)
    final = refit(first, config=config, storage=storage) if config.refit else first
    metrics = measure(
        plan, first.state, judged=first.described, final=final.described, held_out_calibration=held_out_calibration
    )
    with staged_folder(out) as near:
        publish(plan, final, metrics, folder=folder, out=near)
    remove_folder(storage)
    print((out / "report.md").read_text(encoding="utf-8").split("## ")[1].strip())
    print(f"model: {folder}; report: {out / 'report.md'}")


def plan_of(config: TrainArtist, *, dataset: Path) -> Plan:
    """Return the plan of the options. Raises UserError where there is nothing to learn or to choose by."""
    fingerprint, weights = read_manifest(dataset)["fingerprint"], config.weights
    if weights not in ("imagenet", "none"):
        weights = str(durable_path(parse_path(weights), option="--weights"))
    paintings = read_paintings(dataset, columns=["artist", "split"])
    artists = sorted(set(paintings["artist"][paintings["split"] == "train"]))
    if len(artists) < 2 or not paintings["artist"][paintings["split"] == "val"].isin(artists).any():
        raise UserError(f"{dataset} has {len(artists)} artists with train works; at least 2 and val works are needed")
    plan = Plan(
        dataset=dataset,
        fingerprint=fingerprint,
        architecture=config.architecture,
        weights=weights,
        trainable=config.trainable,
        fold=config.fold,
        views=config.views,
        artists=artists,
        recipe=config.recipe,
    )
    return sound(plan)


def train(plan: Plan, *, config: TrainArtist, storage: Path) -> Trained:
    """Train the plan's network and its ensemble."""
    state = train_network(plan, workers=config.workers, storage=storage)
    described = describe_paintings(plan, state["best"])
    if not described.blocks:
        return Trained(plan=plan, state=state, described=described)
    ensemble, strength = fit_ensemble(described, plan.artists)
    return answered(Trained(plan=plan, state=state, described=described), ensemble, strength=strength)


def refit(first: Trained, *, config: TrainArtist, storage: Path) -> Trained:
    """Go on with the network for a quarter of its epochs on train and val, at a quarter of its rates.

    The strength of the ensemble's head and the shares stay as val has chosen them.
    """
    recipe = replace(
        first.plan.recipe,
        epochs=max(1, first.plan.recipe.epochs // 4),
        learning_rate=first.plan.recipe.learning_rate / 4,
        head_learning_rate=first.plan.recipe.head_learning_rate / 4,
    )
    plan = replace(first.plan, learn=("train", "val"), recipe=recipe)
    state = train_network(plan, workers=config.workers, storage=storage, start=first.state["best"])
    final = Trained(plan=plan, state=state, described=describe_paintings(plan, state["best"]))
    if first.ensemble is None:
        return final
    shares = first.ensemble.shares
    ensemble = refit_ensemble(final.described, plan.artists, strength=first.strength, shares=shares)
    return answered(final, ensemble, strength=first.strength)


def answered(trained: Trained, ensemble: Ensemble, *, strength: float) -> Trained:
    """Return what was trained with the answers of its ensemble instead of those of the network alone."""
    logits = ensemble.logits(trained.described.logits, trained.described.textures)
    described = replace(trained.described, logits=logits)
    return replace(trained, described=described, ensemble=ensemble, strength=strength)


def calibrate_on_held_out_artists(plan: Plan, *, config: TrainArtist, storage: Path) -> HeldOutCalibration | None:
    """Train a network that never sees some artists, and return how well it notices them; None without --hold-out.

    It trains half as long. Known are the val works of the artists it learned, unknown all train and val works of
    those held out.
    """
    count = round(config.hold_out * len(plan.artists))
    if not count or len(plan.artists) - count < 2:
        return None
    held = set(np.random.default_rng(plan.recipe.seed).permutation(plan.artists)[:count].tolist())
    others = [artist for artist in plan.artists if artist not in held]
    held_out_calibration = replace(
        plan, artists=others, recipe=replace(plan.recipe, epochs=max(1, plan.recipe.epochs // 2))
    )
    described = train(held_out_calibration, config=config, storage=storage).described
    split, unknown = described.paintings["split"], described.paintings["artist"].isin(held)
    asked = ((unknown & (split != "test")) | (~unknown & (split == "val"))).to_numpy()
    is_unknown, probabilities = unknown.to_numpy()[asked], softmax(described.logits[asked], axis=1)
    strange, names = ood_score(probabilities), described.paintings["artist"].to_numpy(dtype=str)[asked]
    refused = share_refused(strange, is_unknown)
    threshold = threshold_of(strange[~is_unknown], refused=refused)
    figures = rejection(strange, is_unknown, threshold=threshold)
    by_size = unknown_by_size(probabilities, names, is_unknown)
    return HeldOutCalibration(refused=refused, figures=figures, by_size=by_size, artists=sorted(held))


def publish(plan: Plan, final: Trained, metrics: dict[str, Any], *, folder: Path, out: Path) -> None:
    """Write the report and the bundle, record both in MLflow, and register the bundle."""
    network = build_network(plan)
    network.load_state_dict(final.state["best"], strict=False)
    figures = {name: metrics[name] for name in ("val", "test", "calibration", "unknown")}
    answers = {"temperature": metrics["calibration"]["temperature"], "threshold": metrics["threshold"]}
    card = {"plan": plan.card(), "refit": final.plan != plan, "artists": plan.artists, **answers, **figures}
    write_artist_model(folder, network, final.ensemble, card=card)
    write_report(metrics, out=out)
    with tracking.run(f"{plan.architecture} {plan.trainable}", experiment=EXPERIMENT):
        mlflow.log_params({name: value for name, value in plan.card().items() if name not in ("artists", "recipe")})
        mlflow.log_params(plan.card()["recipe"])
        for row in metrics["history"]:
            mlflow.log_metrics(row, step=int(row["epoch"]))
        mlflow.log_metrics(flat(figures))
        mlflow.log_artifacts(str(out), "report")
        mlflow.log_dict(metrics, "report/metrics.json")
        val_top1 = metrics["val"]["top1"]
        version, champion = register_if_better(folder, model=REGISTERED, dataset=plan.fingerprint, val_top1=val_top1)
    write_json(out / "metrics.json", metrics)  # last, because it says that all is done
    print(f"version {version} of {REGISTERED}, val top-1 {val_top1:.3f}{', its champion' if champion else ''}")


def flat(figures: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return nested figures under joined names, without lists."""
    found: dict[str, float] = {}
    for name, value in figures.items():
        joined = f"{prefix}{name}".replace(" ", "_")
        if isinstance(value, dict):
            found |= flat(value, f"{joined}_")
        elif isinstance(value, int | float):
            found[joined] = value
    return found


if __name__ == "__main__":
    run(main, TrainArtist, __doc__)
