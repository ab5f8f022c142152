"""Train an artist network on a group of Ray Train workers, and describe paintings with it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import ray
import ray.train
import torch
from ray.train.torch import prepare_model
from torch import Tensor

from lib.attribution.figures import Described
from lib.attribution.model import describe_images
from lib.data.dataset import Dataset, painting_parts, read_paintings, read_part
from lib.data.images import decode_rgb
from lib.infra.cluster import cores, cores_each, gpus
from lib.infra.errors import UserError
from lib.infra.paths import parse_path
from lib.training.activations import datasets_of, ensure_activations, read_rows, row_shapes
from lib.training.loop import Row, State, fit
from lib.training.plan import Plan, build_network, digest_of, sound
from lib.training.ray_train import last_state, report_epoch, train_resumably
from lib.training.recipe import Recipe

SHUFFLED = 4096  # works in memory that the next batch is drawn from; catalogues keep an artist together


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
    return sound(plan)


def train_network(plan: Plan, *, workers: int, storage: Path, start: dict[str, Tensor] | None = None) -> State:
    """Train the plan's network on a group of workers, going on from its last epoch if `storage` has one.

    A lost worker costs the epoch it was in. start: what an earlier network learned, to begin with instead of the first
    weights. Returns the last state of lib.training.loop.fit().
    """
    network = build_network(plan)
    paintings = read_paintings(plan.dataset, columns=["artist", "split"])
    works = int((paintings["artist"].isin(plan.artists) & paintings["split"].isin(plan.learn)).sum())
    print(
        f"training {plan.architecture} ({plan.trainable}) on {works} works ({' and '.join(plan.learn)}) of "
        f"{len(plan.artists)} artists",
        flush=True,
    )
    shapes = row_shapes(network, cached=plan.views > 0)
    if plan.views:
        ensure_activations(plan, shapes=shapes)
    threads = int(os.environ.get("OMP_NUM_THREADS", cores_each(workers)))
    batch_size = max(1, min(plan.recipe.batch_size, works) // workers)
    config = {"plan": plan, "start": start or {}, "shapes": shapes, "threads": threads, "batch_size": batch_size}
    return train_resumably(
        train_worker,
        config,
        name=digest_of(plan.card()),
        storage=storage,
        # Half of the cores are booked, so that Ray Data finds room; the threads of a worker use what is idle.
        scaling=ray.train.ScalingConfig(
            num_workers=workers,
            use_gpu=gpus() > 0,
            resources_per_worker={"CPU": threads / 2, "GPU": int(gpus() > 0)},
            placement_strategy="SPREAD",
        ),
        datasets=datasets_of(plan, network),
        dataset_config=ray.train.DataConfig(datasets_to_split=["train"]),
    )


def train_worker(config: dict[str, Any]) -> None:
    """Ray Train worker: fit on this worker's share of every batch, with a checkpoint after each epoch."""
    plan: Plan = config["plan"]
    torch.set_num_threads(config["threads"])

    def train(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        shard = ray.train.get_dataset_shard("train")
        batches = shard.iter_batches(
            batch_size=config["batch_size"],
            drop_last=True,
            prefetch_batches=2,
            local_shuffle_buffer_size=SHUFFLED,
            local_shuffle_seed=plan.recipe.seed * 10_000 + epoch,
        )
        yield from (tensors_of(batch, config=config, split="train") for batch in batches)

    def val() -> Iterator[tuple[Tensor, Tensor]]:
        batches = ray.train.get_dataset_shard("val").iter_batches(batch_size=64)
        yield from (tensors_of(batch, config=config, split="val") for batch in batches)

    network = build_network(plan)
    network.load_state_dict(config["start"], strict=False)
    judge = None if "val" in plan.learn else val
    fit(prepare_model(network), train=train, val=judge, recipe=plan.recipe, report=report, state=last_state())


def tensors_of(batch: dict[str, Any], *, config: dict[str, Any], split: str) -> tuple[Tensor, Tensor]:
    """Return a batch of Ray Data as the inputs of a network and their labels."""
    kind = "float16" if config["plan"].views else "uint8"
    return read_rows(batch["input"], shape=config["shapes"][split], dtype=kind), torch.from_numpy(batch["label"].copy())


def report(row: Row, state: State) -> None:
    """Report an epoch to Ray Train."""
    report_epoch(row, state, line=epoch_line(row))


def epoch_line(row: Row) -> str:
    """Return one line about an epoch."""
    val = f"val loss {row['val_loss']:.3f}, val top-1 {row['val_top1']:.3f}, " if "val_loss" in row else ""
    return f"epoch {row['epoch']:.0f}: train loss {row['train_loss']:.3f}, {val}{row['seconds']:.0f} s\n"


class DescribeParts:
    """Ray Data actor: one trained network that describes one part of the paintings after another."""

    def __init__(self, *, plan: Plan, learned: Any) -> None:
        """Build the network with what it learned, on the GPU where there is one."""
        self.network = build_network(plan)
        self.network.load_state_dict(ray.get(learned), strict=False)
        self.network.to("cuda" if torch.cuda.is_available() else "cpu")

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return painting_id, artist, split, logits and textures of the works of one part."""
        table = read_part(parse_path(batch["item"][0]), columns=["painting_id", "artist", "split", "image"])
        images = [decode_rgb(jpeg) for jpeg in table["image"].to_pylist()]
        named = {name: table[name].to_numpy() for name in ("painting_id", "artist", "split")}
        logits, textures = describe_images(self.network, images)
        return {**named, "logits": logits, **{f"texture {depth}": block for depth, block in enumerate(textures)}}


def describe_paintings(plan: Plan, learned: State) -> Described:
    """Describe every painting of the dataset with the plan's network and what it learned."""
    parts = [str(part) for part in painting_parts(plan.dataset)]
    rows = ray.data.from_items(parts).map_batches(
        DescribeParts,
        fn_constructor_kwargs={"plan": plan, "learned": ray.put(learned)},
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(gpus() or cores(), len(parts))),
        num_gpus=1 if gpus() else 0,
    )
    batches: list[Any] = list(rows.iter_batches(batch_size=None))
    columns = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    order = np.argsort(columns["painting_id"])  # Ray returns the parts as they come
    logits, *textures = [columns.pop(name)[order] for name in list(columns) if columns[name].ndim == 2]
    return Described(
        paintings=pd.DataFrame(columns).iloc[order].reset_index(drop=True),
        logits=logits,
        textures=np.concatenate(textures, axis=1) if textures else np.zeros((len(order), 0), dtype=np.float16),
        blocks=[block.shape[1] for block in textures],
    )
