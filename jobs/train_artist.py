"""python jobs/train_artist.py --dataset DATASET --architecture efficientnet_lite0 --models models --out REPORT

Train a network that names the artist of a painting, join it with the artist head where the dataset has embeddings,
measure both together once on the test split, and record the network: a bundle in
MODELS/artist_networks, a report in REPORT, an MLflow run and a version of the registered model. The activations of the
frozen part of the network are cached beside the dataset, so that an epoch costs only the trained part. An interrupted
run resumes from its last epoch when it is started again with the same options. For a quick look:
--architecture resnet18 --weights none --trainable all --epochs 2
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import mlflow
import tyro
from pydantic import NonNegativeInt, PositiveInt

from lib.attribution.evaluate import ArtistFigures, measure
from lib.attribution.head_evidence import head_evidence
from lib.attribution.model import ArtistNetworkMetadata, write_artist_model
from lib.attribution.train import (
    Resources,
    Trained,
    artist_plan,
    refit,
    train,
    trained_network,
)
from lib.data.dataset import Dataset
from lib.infra import tracking
from lib.infra.atomic import staged_folder, write_json
from lib.infra.bundles import read_metadata
from lib.infra.cli import run
from lib.infra.cluster import connect
from lib.infra.paths import durable_path, make_folder, parse_path, remove_folder
from lib.models.registry import register_if_better
from lib.reports.artist import figures_table, write_report
from lib.training.plan import Plan, build_network
from lib.training.recipe import Recipe

EXPERIMENT = "oeuvre-artist"
REGISTERED = "oeuvre-artist"


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
    """Network: efficientnet_lite0, resnet18, resnet50, vgg16, densenet169, or the name of a timm model."""
    weights: str = "imagenet"
    """First weights: imagenet, none, or a file (safetensors, or a PyTorch state dict)."""
    trainable: Literal["head", "last_block", "last_two_blocks", "all"] = "last_two_blocks"
    """What is trained beside the head; the rest stays frozen."""
    fold: bool = True
    """Fold BatchNorm into the convolutions and freeze depthwise filters: faster. Ignored with weights none."""
    views: NonNegativeInt = 8
    """Random views of each work whose activations are cached; 0 draws new views in every epoch."""
    refit: bool = True
    """Train on with train and val when val has chosen the best epoch, the weights and the temperature."""
    workers: PositiveInt = 1
    """Ray Train workers, each on a GPU where there are any."""
    config: Path | None = None
    """JSON file of options, by name; the command line overrules it."""
    recipe: tyro.conf.OmitArgPrefixes[Recipe] = field(default_factory=Recipe)
    """How to train."""


def main(options: TrainArtist) -> None:
    """Train, measure, report and register; do nothing where the same options have done all of it."""
    plan, out = plan_of(options), make_folder(options.out)
    folder = options.models / "artist_networks" / options.architecture
    build_network(plan)  # fails early and in one sentence
    if is_current(folder, plan, refitted=options.refit) and (out / "metrics.json").is_file():
        print(f"{folder} is up to date, and {out} holds its report")
        return
    tracking.use_experiment(EXPERIMENT)
    connect()
    resources = Resources(workers=options.workers, storage=make_folder(options.models) / ".train_artist")
    evidence = head_evidence(Dataset.open(options.dataset), plan.artists)
    first = train(plan, resources, evidence=evidence)
    final = refit(first, resources, evidence=evidence) if options.refit else first
    figures = measure(plan, first.state, weights=first.weights, first=first.described, final=final.described)
    publish(final, figures, refitted=options.refit, folder=folder, out=out)
    remove_folder(resources.storage)
    print(figures_table(figures))
    print(f"model: {folder}; report: {out / 'report.md'}")


def plan_of(options: TrainArtist) -> Plan:
    """Return the plan of the options. Raises UserError where there is nothing to learn or to choose by."""
    weights = options.weights
    if weights not in ("imagenet", "none"):
        weights = str(durable_path(parse_path(weights), option="--weights"))
    return artist_plan(
        Dataset.open(options.dataset),
        architecture=options.architecture,
        weights=weights,
        trainable=options.trainable,
        fold=options.fold,
        views=options.views,
        recipe=options.recipe,
    )


def is_current(folder: Path, plan: Plan, *, refitted: bool) -> bool:
    """Return whether the bundle at `folder` was made by this plan."""
    metadata = read_metadata(folder, ArtistNetworkMetadata)
    return metadata is not None and (metadata.plan, metadata.refit) == (plan.provenance(), refitted)


def publish(final: Trained, figures: ArtistFigures, *, refitted: bool, folder: Path, out: Path) -> None:
    """Write the bundle and the report, record both in MLflow, and register the bundle."""
    metadata = ArtistNetworkMetadata(
        plan=figures.plan,
        refit=refitted,
        weights=figures.weights,
        temperature=figures.calibration.temperature,
        val=figures.val,
        test=figures.test,
        calibration=figures.calibration,
    )
    write_artist_model(folder, trained_network(final), metadata=metadata)
    plan = figures.plan.model_dump(mode="json", exclude={"artists", "recipe"})
    fields = metadata.model_dump(mode="json", include={"val", "test", "calibration"})
    with (
        staged_folder(out) as near,
        tracking.run(f"{figures.plan.architecture} {figures.plan.trainable}", experiment=EXPERIMENT),
    ):
        write_report(figures, out=near)
        mlflow.log_params({**plan, **figures.plan.model_dump(mode="json")["recipe"]})
        for row in figures.history:
            mlflow.log_metrics(row, step=int(row["epoch"]))
        mlflow.log_metrics(flat(fields))
        mlflow.log_artifacts(str(near), "report")
        mlflow.log_dict(figures.as_json(), "report/metrics.json")
        version, champion = register_if_better(
            folder, model=REGISTERED, dataset=figures.plan.fingerprint, val_top1=figures.val.top1
        )
        write_json(near / "metrics.json", figures.as_json())  # last, because it marks the end of all steps
    print(f"version {version} of {REGISTERED}, val top-1 {figures.val.top1:.3f}{', its champion' if champion else ''}")


def flat(figures: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return nested figures under joined names, without lists."""
    values: dict[str, float] = {}
    for name, value in figures.items():
        joined = f"{prefix}{name}".replace(" ", "_")
        if isinstance(value, dict):
            values |= flat(value, f"{joined}_")
        elif isinstance(value, int | float):
            values[joined] = value
    return values


if __name__ == "__main__":
    run(main, TrainArtist, __doc__)
