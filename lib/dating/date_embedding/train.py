"""Train an embedding for dating on a group of Ray Train workers."""

from pathlib import Path
from typing import Any

import numpy as np
import ray
import ray.train
import torch
from ray.train.torch import prepare_model
from torch import Tensor

from lib.dating.date_embedding.fit import Inputs, fit_date_embedding
from lib.dating.date_embedding.plan import DateEmbeddingPlan, build_date_embedding_network
from lib.features.style_space import StyleSpace
from lib.infra.cluster import cores_each, gpus
from lib.infra.paths import read_parquet
from lib.training.activations import ensure_activations, read_rows, row_shapes
from lib.training.loop import Row, State
from lib.training.plan import build_network, digest_of
from lib.training.ray_train import last_state, report_epoch, train_resumably


def head_inputs(space: StyleSpace, embeddings: np.ndarray) -> Tensor:
    """Return float16 inputs (n, dimensions) of a head for embeddings (n, dimensions), of about unit size."""
    positions = space.positions(embeddings)
    return torch.from_numpy(positions * np.sqrt(positions.shape[1])).half()


def train_date_embedding(plan: DateEmbeddingPlan, *, inputs: Tensor | None, workers: int, storage: Path) -> State:
    """Train the plan's network on a group of workers, going on from its last epoch if `storage` has one.

    inputs: of the head on embeddings, a row for each of the plan's works; None for the trunk last_block, whose inputs
    are cached beside the dataset. Returns the last state of fit_date_embedding().
    """
    shapes: dict[str, list[int]] = {}
    if inputs is None:
        shapes = row_shapes(build_network(plan.prefix()), cached=True)
        ensure_activations(plan.prefix(), shapes=shapes)
    threads = 1 if inputs is not None else cores_each(workers)  # a small head gains nothing from more
    return train_resumably(
        train_worker,
        {"plan": plan, "inputs": None if inputs is None else ray.put(inputs), "shapes": shapes, "threads": threads},
        name=digest_of(plan.card()),
        storage=storage,
        scaling=ray.train.ScalingConfig(
            num_workers=workers, use_gpu=gpus() > 0, resources_per_worker={"CPU": threads, "GPU": int(gpus() > 0)}
        ),
    )


def train_worker(config: dict[str, Any]) -> None:
    """Ray Train worker: fit on this worker's batches, with a checkpoint after each epoch."""
    plan: DateEmbeddingPlan = config["plan"]
    torch.set_num_threads(config["threads"])
    context = ray.train.get_context()
    if config["inputs"] is None:
        inputs = read_activations(plan, shapes=config["shapes"])
    else:
        whole = ray.get(config["inputs"])
        inputs = Inputs(whole=whole, views=[whole[torch.from_numpy((plan.works["split"] == "train").to_numpy())]])
    fit_date_embedding(
        prepare_model(build_date_embedding_network(plan.card())),
        inputs=inputs,
        works=plan.works,
        recipe=plan.recipe,
        snapshot_every=plan.snapshot_every,
        report=report,
        state=last_state(),
        worker=(context.get_world_rank(), context.get_world_size()),
    )


def read_activations(plan: DateEmbeddingPlan, *, shapes: dict[str, list[int]]) -> Inputs:
    """Return the cached activations of the plan's works: of the whole works, and of the views of the train works."""
    names = plan.works["painting_id"].to_numpy()
    train = names[(plan.works["split"] == "train").to_numpy()]
    views = [read_view(plan, names=train, view=view, shape=shapes["train"]) for view in range(1, plan.views + 1)]
    return Inputs(whole=read_view(plan, names=names, view=0, shape=shapes["val"]), views=views)


def read_view(plan: DateEmbeddingPlan, *, names: np.ndarray, view: int, shape: list[int]) -> Tensor:
    """Return one cached view (n, channels, height, width), float16, of the works of these names, in their order."""
    found: dict[str, bytes] = {}
    for part in sorted((plan.prefix().activations_folder() / f"view-{view}").glob("part-*.parquet")):
        table = read_parquet(part, filters=[("painting_id", "in", names.tolist())])
        found |= dict(zip(table["painting_id"].to_pylist(), table["input"].to_pylist(), strict=True))
    return read_rows([found[name] for name in names], shape=shape, dtype="float16").half()


def report(row: Row, state: State) -> None:
    """Report an epoch to Ray Train."""
    line = (
        f"epoch {row['epoch']:.0f}: loss {row['train_loss']:.3f}, {row['triplets']:.0f} triplets, "
        f"val precision at 1 {row.get('val_precision_at_1', float('nan')):.3f}, val error {row['val_mae_years']:.2f} "
        f"years (median year: {row['val_mae_years_median_baseline']:.2f}), {row['seconds']:.1f} s\n"
    )
    report_epoch(row, state, line=line)
