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
from typing import Literal

import tyro
from pydantic import NonNegativeInt, PositiveInt

from lib.data.manifest import require_dataset
from lib.infra.cli import run
from lib.infra.paths import durable_path, make_folder, parse_path, remove_folder
from lib.training.recipe import Recipe


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
    require_dataset(options.dataset)
    weights = weights_of(options.weights)
    from lib.attribution.evaluate import measure
    from lib.attribution.head_evidence import head_evidence
    from lib.attribution.model import is_made_by
    from lib.attribution.train import Resources, artist_plan, refit, train
    from lib.data.dataset import Dataset
    from lib.infra import tracking
    from lib.infra.cluster import connect
    from lib.reports.artist import figures_table
    from lib.reports.artist_record import EXPERIMENT, publish
    from lib.training.plan import build_network

    dataset = Dataset.open(options.dataset)
    plan = artist_plan(
        dataset,
        architecture=options.architecture,
        weights=weights,
        trainable=options.trainable,
        fold=options.fold,
        views=options.views,
        recipe=options.recipe,
    )
    folder, out = options.models / "artist_networks" / options.architecture, make_folder(options.out)
    build_network(plan)  # fails early and in one sentence
    if is_made_by(folder, plan, refitted=options.refit) and (out / "metrics.json").is_file():
        print(f"{folder} is up to date, and {out} holds its report")
        return
    tracking.use_experiment(EXPERIMENT)
    connect()
    resources = Resources(workers=options.workers, storage=make_folder(options.models) / ".train_artist")
    evidence = head_evidence(dataset, plan.artists)
    first = train(plan, resources, evidence=evidence)
    final = refit(first, resources, evidence=evidence) if options.refit else first
    figures = measure(plan, first.state, weights=first.weights, first=first.described, final=final.described)
    publish(final, figures, refitted=options.refit, folder=folder, out=out)
    remove_folder(resources.storage)
    print(figures_table(figures))
    print(f"model: {folder}; report: {out / 'report.md'}")


def weights_of(text: str) -> str:
    """Return imagenet, none, or the absolute path of a file. Raises UserError for a path that cannot be used."""
    return text if text in ("imagenet", "none") else str(durable_path(parse_path(text), option="--weights"))


if __name__ == "__main__":
    run(main, TrainArtist, __doc__)
