"""python jobs/train_pairs.py --dataset DATASET --out REPORT --artist 'Camille Pissarro' 'Claude Monet'

Reproduce the pair networks of the source study: networks that predict which of two paintings is newer, fine-tuned on
random pairs, on pairs of works of the same artist, and on the pairs of each named artist alone. All order works of the
named artists, as do the comparators in --models. Writes REPORT/report.md, orders.csv and a picture of the orders for
each artist. Resumable: only missing networks are trained. The networks serve as a baseline; nothing else uses them.
The study's configuration: --architecture vgg16
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from lib.data.manifest import require_dataset
from lib.infra.cli import run
from lib.infra.constraints import NonNegativeNumber, PositiveNumber
from lib.infra.locks import write_lock
from lib.infra.paths import make_folder
from lib.training.recipe import Recipe


@dataclass
class TrainPairs:
    """Options of jobs/train_pairs.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder to write the report to."""
    artist: tuple[str, ...] = ()
    """Artists whose works are ordered. Default: the three with most test works."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py, with the comparators to compare with, if it exists."""
    architecture: str = "efficientnet_lite0"
    """Network that both works pass: efficientnet_lite0, resnet18, resnet50, vgg16, densenet169, or a model of timm."""
    weights: str = "imagenet"
    """Initial weights: imagenet, none, or a file (safetensors, or a PyTorch state dict)."""
    trainable: Literal["head", "last_block", "last_two_blocks"] = "last_block"
    """Trained part, beside the dense layers."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.6
    """Dropout probability of the last hidden units; 0.6 in the study."""
    works: PositiveInt = 2000
    """Maximum number of train and val works of a network of all artists."""
    pairs: PositiveInt = 1000
    """Pairs of works in an epoch."""
    epochs: PositiveInt = 40
    """Maximum number of epochs."""
    patience: PositiveInt = 10
    """Stop after this many epochs without improvement on the val pairs; 10 in the study."""
    learning_rate: PositiveNumber = 1e-4
    """Learning rate of Adam, for the trunk and for the dense layers."""
    weight_decay: NonNegativeNumber = 1e-4
    """Weight decay (L2 penalty) of Adam."""
    seed: NonNegativeInt = 0
    """Random seed of the pairs, the sets and the initial weights."""


def main(config: TrainPairs) -> None:
    """Train the missing networks, write the report and record it."""
    require_dataset(config.dataset)
    from lib.attribution.attribute import require_known_artist
    from lib.data.dataset import Dataset
    from lib.dating.pairs.results import complete_results
    from lib.dating.pairs.study import ARTISTS, PairPlan, orderable_artists, pair_plans
    from lib.evaluation.pairs import comparator_orders
    from lib.infra import tracking
    from lib.reports.pairs import EXPERIMENT, PairReport, record_report, test_works_text, write_report

    dataset, out = Dataset.open(config.dataset), make_folder(config.out)
    paintings = dataset.paintings(columns=["painting_id", "artist", "earliest", "latest", "year", "split"])
    artists = orderable_artists(paintings)
    plan = PairPlan(
        fingerprint=dataset.fingerprint,
        architecture=config.architecture,
        weights=config.weights,
        trainable=config.trainable,
        dropout=config.dropout,
        ordered_artists=tuple(require_known_artist(artist, artists) for artist in config.artist)
        or tuple(artists[:ARTISTS]),
        works=config.works,
        pairs=config.pairs,
        recipe=recipe_of(config),
    )
    plan.build_network()  # fails early where the architecture does not fit
    tracking.use_experiment(EXPERIMENT)
    with write_lock(out / "networks"):
        results = complete_results(pair_plans(plan), dataset, paintings, folder=make_folder(out / "networks"))
    orders = [order for result in results for order in result.orders]
    report = PairReport(results, orders + comparator_orders(config.models, orders, dataset=dataset))
    write_report(report, paintings, dataset=dataset, out=out)
    record_report(report, out=out)
    print(test_works_text(report))
    print(f"report: {out / 'report.md'}")


def recipe_of(config: TrainPairs) -> Recipe:
    """Return the hyper-parameters of every network: the study's, without what it did not use."""
    return Recipe(
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


if __name__ == "__main__":
    run(main, TrainPairs, __doc__)
