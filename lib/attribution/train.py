"""Train an artist network, train on with val works, and join it with the artist head."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import ray.train
import torch
from ray.train.torch import prepare_model
from scipy.special import log_softmax
from torch import Tensor

from lib.attribution.describe import Described, describe_paintings, labels_of
from lib.attribution.ensemble import Weights, combine, fit_weights
from lib.attribution.head_evidence import HeadEvidence, rows_of
from lib.data.dataset import Dataset
from lib.infra.bundles import fingerprint_of
from lib.infra.cluster import cores_each, gpus
from lib.infra.errors import UserError
from lib.infra.progress import track
from lib.training.activations import ensure_activations
from lib.training.inputs import TrainingInput, read_by_tasks, training_input
from lib.training.loop import fit
from lib.training.network import ArtistNetwork
from lib.training.plan import Plan, build_network, consistent
from lib.training.ray_train import last_state, report_epoch, train_resumably
from lib.training.recipe import Recipe
from lib.training.state import Row, State


@dataclass(frozen=True)
class Resources:
    """workers: of Ray Train, each on a GPU where there are any. storage: folder of unfinished runs."""

    workers: int
    storage: Path


@dataclass(frozen=True)
class Trained:
    """A trained network with its last state.

    weights: of the network's log-probabilities and, where the dataset has embeddings, of the artist head's. described:
    every painting, with the logits of both together.
    """

    plan: Plan
    state: State
    weights: Weights
    described: Described


def artist_plan(
    dataset: Dataset,
    *,
    architecture: str = "efficientnet_lite0",
    weights: str = "imagenet",
    trainable: str = "last_two_blocks",
    fold: bool = True,
    views: int = 8,
    recipe: Recipe | None = None,
) -> Plan:
    """Return the plan of a network for the artists with train works, with incompatible options disabled.

    Raises UserError where there is nothing to learn or to choose by.
    """
    paintings = dataset.paintings(columns=["artist", "split"])
    artists = sorted(set(paintings["artist"][paintings["split"] == "train"]))
    if len(artists) < 2 or not paintings["artist"][paintings["split"] == "val"].isin(artists).any():
        raise UserError(
            f"{dataset.folder} has {len(artists)} artists with train works; at least 2 and val works are needed"
        )
    plan = Plan(
        dataset=dataset.folder,
        fingerprint=dataset.fingerprint,
        architecture=architecture,
        weights=weights,
        trainable=trainable,
        fold=fold,
        views=views,
        artists=artists,
        recipe=recipe or Recipe(),
    )
    return consistent(plan)


def train(plan: Plan, resources: Resources, *, evidence: HeadEvidence | None) -> Trained:
    """Train the plan's network; choose the weights of network and head by the likelihood of the val works."""
    state = train_network(plan, resources)
    described = describe_paintings(plan, state["best"])
    members = members_of(described, evidence.first if evidence else None)
    labels = labels_of(described.paintings, plan.artists)
    val = (described.paintings["split"] == "val").to_numpy() & (labels >= 0)
    weights, _ = fit_weights([member[val] for member in members], labels[val])
    return Trained(plan, state, weights, replace(described, logits=combine(members, weights=weights)))


def refit(first: Trained, resources: Resources, *, evidence: HeadEvidence | None) -> Trained:
    """Train on for a quarter of the epochs, on train and val, at a quarter of the rates; keep the weights."""
    recipe = replace(
        first.plan.recipe,
        epochs=max(1, first.plan.recipe.epochs // 4),
        learning_rate=first.plan.recipe.learning_rate / 4,
        head_learning_rate=first.plan.recipe.head_learning_rate / 4,
    )
    plan = replace(first.plan, train_splits=("train", "val"), recipe=recipe)
    state = train_network(plan, resources, start=first.state["best"])
    described = describe_paintings(plan, state["best"])
    members = members_of(described, evidence.final if evidence else None)
    return Trained(plan, state, first.weights, replace(described, logits=combine(members, weights=first.weights)))


def members_of(described: Described, evidence: pd.DataFrame | None) -> list[np.ndarray]:
    """Return the log-probabilities (n, artists) of the network and, where there is one, of the head."""
    network = log_softmax(described.logits, axis=1)
    return [network] if evidence is None else [network, rows_of(evidence, described.paintings["painting_id"])]


def trained_network(trained: Trained) -> ArtistNetwork:
    """Return the network with its best weights."""
    network = build_network(trained.plan)
    network.load_state_dict(trained.state["best"], strict=False)
    return network


def train_network(plan: Plan, resources: Resources, *, start: dict[str, Tensor] | None = None) -> State:
    """Train the plan's network on a group of workers, from its last epoch if the storage has one.

    A lost worker costs the epoch it was in. start: learned weights to begin with instead of the first ones. Returns the
    last state of lib.training.loop.fit().
    """
    inputs, workers = training_input(plan, build_network(plan)), resources.workers
    works = sum(inputs.works["train"].values())
    print(
        f"training {plan.architecture} ({plan.trainable}) on {works} works ({' and '.join(plan.train_splits)}) of "
        f"{len(plan.artists)} artists",
        flush=True,
    )
    if plan.views:
        ensure_activations(plan, shapes=inputs.shapes)
    threads = int(os.environ.get("OMP_NUM_THREADS", cores_each(workers)))
    # Half of the cores are left to the tasks that read the input; the threads of a worker use what is idle. More tasks
    # than cores would not be faster: Ray ends processes that it has no core for, and new ones import torch for seconds.
    task_cpus = min(1, cores_each(1) / 2)
    return train_resumably(
        train_worker,
        {"inputs": inputs, "start": start or {}, "threads": threads, "task_cpus": task_cpus},
        name=fingerprint_of(plan.provenance().model_dump(mode="json")),
        storage=resources.storage,
        scaling=ray.train.ScalingConfig(
            num_workers=workers,
            use_gpu=gpus() > 0,
            resources_per_worker={"CPU": threads / 2, "GPU": int(gpus() > 0)},
            placement_strategy="SPREAD",
        ),
    )


def train_worker(config: dict[str, Any]) -> None:
    """Ray Train worker: fit on this worker's share of every epoch, with a checkpoint after each."""
    inputs: TrainingInput = config["inputs"]
    plan, context = inputs.plan, ray.train.get_context()
    worker = (context.get_world_rank(), context.get_world_size())
    read = partial(read_by_tasks, cpus=config["task_cpus"])
    torch.set_num_threads(config["threads"])

    def train_batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        batches = inputs.train(epoch, worker=worker, read=read)
        if context.get_world_rank():
            return batches
        total, label = inputs.steps(workers=worker[1]), f"epoch {epoch + 1} of {plan.recipe.epochs}"
        return track(batches, label, total=total, unit="batches", brief=True)

    def val_batches() -> Iterator[tuple[Tensor, Tensor]]:
        return inputs.val(read=read)

    network = build_network(plan)
    network.load_state_dict(config["start"], strict=False)
    fit(
        prepare_model(network),
        train=train_batches,
        val=None if "val" in plan.train_splits else val_batches,
        recipe=plan.recipe,
        report=partial(report, epochs=plan.recipe.epochs),
        state=last_state(),
    )


def report(row: Row, state: State, *, epochs: int) -> None:
    """Report an epoch, of so many, to Ray Train."""
    report_epoch(row, state, line=epoch_line(row), epochs=epochs)


def epoch_line(row: Row) -> str:
    """Return one line about an epoch."""
    val = f"val loss {row['val_loss']:.3f}, val top-1 {row['val_top1']:.3f}, " if "val_loss" in row else ""
    return f"epoch {row['epoch']:.0f}: train loss {row['train_loss']:.3f}, {val}{row['seconds']:.0f} s"
