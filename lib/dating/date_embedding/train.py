"""Train a date embedding on a group of Ray Train workers."""

from functools import partial
from pathlib import Path
from typing import Any

import ray.train
import torch
from ray.train.torch import prepare_model

from lib.dating.date_embedding.fit import Worker, fit_date_embedding
from lib.dating.date_embedding.inputs import ensure_activation_inputs, ensure_embedding_inputs, open_inputs
from lib.dating.date_embedding.plan import DateEmbeddingPlan, PlannedDateEmbedding
from lib.infra.bundles import fingerprint_of
from lib.infra.cluster import cores_each, gpus
from lib.training.activations import ensure_activations, row_shapes
from lib.training.loop import Row, State
from lib.training.plan import build_network
from lib.training.ray_train import last_state, report_epoch, train_resumably


def train_date_embedding(planned: PlannedDateEmbedding, *, workers: int, storage: Path) -> State:
    """Train the network on a group of workers, resuming from the last epoch in `storage`; return the last state.

    The inputs of the network are written to inputs_folder() first. For the trunk last_block they are activations, which
    are cached beside the dataset before.
    """
    plan, folder = planned.plan, inputs_folder(storage, planned.plan)
    if plan.trunk == "embeddings":
        threads = 1  # a small head gains nothing from more
        ensure_embedding_inputs(folder, planned)
    else:
        threads = cores_each(workers)
        shapes = row_shapes(build_network(plan.prefix()), cached=True)
        ensure_activations(plan.prefix(), shapes=shapes)
        ensure_activation_inputs(folder, plan, shapes=shapes)
    return train_resumably(
        train_worker,
        {"plan": plan, "inputs": folder, "threads": threads},
        name=run_name(plan),
        storage=storage,
        scaling=ray.train.ScalingConfig(
            num_workers=workers, use_gpu=gpus() > 0, resources_per_worker={"CPU": threads, "GPU": int(gpus() > 0)}
        ),
    )


def run_name(plan: DateEmbeddingPlan) -> str:
    """Return a name that only equal plans have."""
    return fingerprint_of(plan.provenance().model_dump())


def inputs_folder(storage: Path, plan: DateEmbeddingPlan) -> Path:
    """Return the folder of the inputs of the network of a plan, beside its checkpoints in `storage`."""
    return storage / f"{run_name(plan)}.inputs"


def train_worker(config: dict[str, Any]) -> None:
    """Ray Train worker: fit on this worker's share of the batches, with a checkpoint after each epoch."""
    plan: DateEmbeddingPlan = config["plan"]
    torch.set_num_threads(config["threads"])
    context = ray.train.get_context()
    with open_inputs(config["inputs"], plan) as inputs:
        fit_date_embedding(
            prepare_model(plan.build_network()),
            inputs=inputs,
            works=plan.works,
            recipe=plan.recipe,
            snapshot_every=plan.snapshot_every,
            report=partial(report, epochs=plan.recipe.epochs),
            state=last_state(),
            worker=Worker(rank=context.get_world_rank(), count=context.get_world_size()),
        )


def report(row: Row, state: State, *, epochs: int) -> None:
    """Report an epoch, of so many, to Ray Train."""
    line = (
        f"epoch {row['epoch']:.0f}: loss {row['train_loss']:.3f}, {row['triplets']:.0f} triplets, "
        f"val precision at 1 {row.get('val_precision_at_1', float('nan')):.3f}, val error {row['val_mae_years']:.2f} "
        f"years (median year: {row['val_mae_years_median_baseline']:.2f}), {row['seconds']:.1f} s"
    )
    report_epoch(row, state, line=line, epochs=epochs)
