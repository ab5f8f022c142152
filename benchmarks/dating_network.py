"""python benchmarks/dating_network.py --dataset DATASET

Does a network that is fine-tuned for dating add to the comparators? The last two blocks of EfficientNet-Lite0 learn the
years of all artists' train works at once, with an output for each artist, mixup, and averaged weights, on the
activations that jobs/train_artist.py keeps beside the dataset. Val works are then dated by comparators of the train
works, by the network, and by the mean of both. No test work is read.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import tyro
from torch import Tensor
from torch.nn.functional import smooth_l1_loss
from torch.optim.swa_utils import AveragedModel

from lib.attribution.train import artist_plan
from lib.data.dataset import Dataset
from lib.dating.all_artists import fit_all_trends
from lib.dating.per_artist import fit_works, works_of
from lib.infra.paths import read_parquet
from lib.models.train import fit_space_and_kernel
from lib.reports.markdown import percent, table
from lib.stats.metrics import order_quality
from lib.stats.years import Years
from lib.training.activations import ensure_activations, read_rows, row_shapes
from lib.training.loop import draw_mix, running_average, unwrapped
from lib.training.network import ArtistNetwork
from lib.training.optimizer import make_optimizer, make_scheduler
from lib.training.plan import Plan, build_network
from lib.training.recipe import Recipe

BATCH = 64  # works that pass through the network together in inference
BETA = 1.0  # standard deviations, from which on the loss grows with the error instead of its square


@dataclass
class DatingNetwork:
    """Options of benchmarks/dating_network.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    epochs: int = 16
    """Passes over the train works."""
    mixup_alpha: float = 0.4
    """Mixup: mix pairs of works by weights from Beta(x, x); 0 disables it."""
    min_works: int = 40
    """Artists with fewer train works than this are not measured; all are learned from."""


def main(config: DatingNetwork) -> None:
    """Train, date the val works, and print the figures of each way."""
    dataset = Dataset.open(config.dataset)
    recipe = Recipe(epochs=config.epochs, mixup_alpha=config.mixup_alpha)
    plan = artist_plan(dataset, recipe=recipe)
    paintings = dataset.paintings(columns=["painting_id", "artist", "year", "split"])
    works = paintings[paintings["year"].notna() & paintings["artist"].isin(plan.artists)].reset_index(drop=True)
    train, val = (works[works["split"] == split].reset_index(drop=True) for split in ("train", "val"))
    scales = train.groupby("artist")["year"].agg(["mean", "std", "count", "median"])
    scales["std"] = scales["std"].fillna(0).clip(lower=1.0)
    val = val[val["artist"].map(scales["count"]) >= config.min_works].reset_index(drop=True)
    estimates = {
        "comparators": date_by_comparators(dataset, val),
        "network": date_by_network(plan, train, val, scales=scales),
    }
    estimates["mean of both"] = (estimates["comparators"] + estimates["network"]) / 2
    median = val["artist"].map(scales["median"]).to_numpy()
    rows = [[name, *figures_of(years, val, median=median)] for name, years in estimates.items()]
    print(table(["val works dated by", "pair accuracy", "error, of the median year's"], rows))
    print(f"{len(val)} works of {val['artist'].nunique()} artists; chance orders 50 % of the pairs")


def date_by_comparators(dataset: Dataset, val: pd.DataFrame) -> np.ndarray:
    """Return the years (n,) of val works by comparators of the train works, as jobs/train_per_artist.py fits them."""
    embedded = dataset.embedded_works().finite
    train = embedded.where((embedded.paintings["split"] == "train").to_numpy())
    space, kernel = fit_space_and_kernel(train, tilt=1.5)
    shared = fit_all_trends(train, space=space).shared
    seen, asked = train.read(), embedded.where(embedded.paintings["painting_id"].isin(val["painting_id"]).to_numpy())
    of_asked = asked.read()
    years = pd.Series(0.0, index=of_asked.paintings["painting_id"])
    for artist in val["artist"].unique():
        learned = works_of(artist, seen, space=space, shared=shared)
        comparator = fit_works(learned, np.ones(len(learned.paintings), dtype=bool), kernel=kernel).comparator
        rows = (of_asked.paintings["artist"] == artist).to_numpy()
        years[of_asked.paintings["painting_id"][rows]] = comparator.estimate(space.positions(of_asked.matrix[rows]))[0]
    return years.loc[val["painting_id"]].to_numpy()


def date_by_network(plan: Plan, train: pd.DataFrame, val: pd.DataFrame, *, scales: pd.DataFrame) -> np.ndarray:
    """Return the years (n,) of val works by a network that learned from train works.

    scales: mean and std of the years of each artist, the rows in the order of the plan's artists.
    """
    network = build_network(plan)
    shapes = row_shapes(network, cached=True)
    ensure_activations(plan, shapes=shapes)
    of_artist = {artist: number for number, artist in enumerate(plan.artists)}
    labels = torch.tensor(train["artist"].map(of_artist).to_numpy())
    mean, std = (train["artist"].map(scales[name]).to_numpy() for name in ("mean", "std"))
    targets = torch.from_numpy(((train["year"].to_numpy() - mean) / std).astype(np.float32))
    optimizer, averaged = make_optimizer(network, plan.recipe), running_average(network, plan.recipe)
    scheduler = make_scheduler(optimizer, plan.recipe)
    for epoch in range(plan.recipe.epochs):
        start = time.monotonic()
        inputs = read_view(plan, train, view=1 + epoch % plan.views, shape=shapes["train"])
        loss = train_epoch(network, inputs, labels, targets, averaged=averaged, optimizer=optimizer, plan=plan)
        scheduler.step()
        print(f"epoch {epoch + 1}: loss {loss:.3f}, {time.monotonic() - start:.0f} s", flush=True)
    outputs = outputs_of(unwrapped(averaged), read_view(plan, val, view=0, shape=shapes["val"]))
    standard = outputs[np.arange(len(val)), val["artist"].map(of_artist).to_numpy()]
    mean, std = (val["artist"].map(scales[name]).to_numpy() for name in ("mean", "std"))
    return mean + std * standard


def read_view(plan: Plan, works: pd.DataFrame, *, view: int, shape: list[int]) -> Tensor:
    """Return one cached view of works, in their order, in single precision: (n, channels, height, width)."""
    rows: dict[str, bytes] = {}
    for part in sorted((plan.activations_folder() / f"view-{view}").glob("part-*.parquet")):
        read = read_parquet(part, columns=["painting_id", "input"])
        rows |= dict(zip(read["painting_id"].to_pylist(), read["input"].to_pylist(), strict=True))
    return read_rows([rows[name] for name in works["painting_id"]], shape=shape, dtype="float16")


def train_epoch(
    network: ArtistNetwork,
    inputs: Tensor,
    labels: Tensor,
    targets: Tensor,
    *,
    averaged: AveragedModel,
    optimizer: torch.optim.Optimizer,
    plan: Plan,
) -> float:
    """Take a step for each batch, with mixup; return the mean loss. targets: (n,) standard years, labels: artists."""
    network.train()
    size, losses = plan.recipe.batch_size, []
    for rows in torch.randperm(len(inputs))[: len(inputs) // size * size].split(size):
        weight, other = draw_mix(size, alpha=plan.recipe.mixup_alpha, device=inputs.device)
        batch = inputs[rows]
        outputs = network(weight * batch + (1 - weight) * batch[other])
        each = [
            smooth_l1_loss(outputs.gather(1, labels[of][:, None]).squeeze(1), targets[of], beta=BETA)
            for of in (rows, rows[other])
        ]
        loss = weight * each[0] + (1 - weight) * each[1]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(network)
        losses.append(loss.item())
    return float(np.mean(losses))


@torch.inference_mode()
def outputs_of(network: ArtistNetwork, inputs: Tensor) -> np.ndarray:
    """Return the standard years (n, artists) of works as works of each artist."""
    network.eval()
    return np.concatenate([network(batch).numpy() for batch in inputs.split(BATCH)])


def figures_of(years: np.ndarray, val: pd.DataFrame, *, median: np.ndarray) -> tuple[str, str]:
    """Return the mean pair accuracy over artists, and the mean error over that of the median year."""
    true, accuracies, errors = val["year"].to_numpy(), [], []
    for rows in val.groupby("artist").indices.values():
        if len(set(true[rows])) > 1:
            accuracies.append(order_quality(years[rows], Years.exact(true[rows])).pair_accuracy or 0.0)
            errors.append([np.abs(of[rows] - true[rows]).mean() for of in (years, median)])
    ours, baseline = np.mean(errors, axis=0)
    return percent(float(np.mean(accuracies))), f"{ours / baseline:.3f}"


if __name__ == "__main__":
    main(tyro.cli(DatingNetwork, description=__doc__))
