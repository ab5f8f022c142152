"""Train a date embedding, in which works of similar years are near each other: one plain loop, also for Ray Train."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from torch import Tensor, nn

from lib.dating.date_embedding.inputs import Inputs, embed_rows
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.triplets import draw_batches, mine, year_triplets
from lib.dating.date_embedding.works import mapped_rows
from lib.dating.neighbours import figures_by_group, mean_figures
from lib.infra.progress import track
from lib.training.loop import Row, State


@dataclass(frozen=True)
class Worker:
    """Position in a group of workers that share the batches of an epoch."""

    rank: int = 0
    count: int = 1


def fit_date_embedding(
    network: nn.Module,
    *,
    inputs: Inputs,
    works: pd.DataFrame,
    recipe: DateEmbeddingRecipe,
    snapshot_every: int,
    report: Callable[[Row, State], None] = lambda row, state: None,
    state: State | None = None,
    worker: Worker | None = None,
) -> State:
    """Train `network`, plain or wrapped for data-parallel workers, on the train works; return the last state.

    works: rows of artist, group, year, split. report: called after every epoch with its figures and a state to resume
    from. state: such a state of an interrupted fit. A state holds history (rows), learned (weights), best (weights of
    the epoch with the lowest val error), optimizer, and snapshots: embeddings of the works that maps show, by epoch,
    before the first and then after every `snapshot_every` epochs.
    """
    worker = worker or Worker()
    inner: Any = getattr(network, "module", network)
    optimizer = torch.optim.AdamW(
        [weight for weight in inner.parameters() if weight.requires_grad],
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
    )
    mapped = mapped_rows(works)
    if state:
        inner.load_state_dict(state["learned"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
    else:
        state = {"history": [], "best": {}, "snapshots": {"0": embed_rows(inner, inputs.full_view)[mapped]}}
    train = works[works["split"] == "train"]
    while len(state["history"]) < recipe.epochs:
        epoch, start = len(state["history"]) + 1, time.monotonic()
        torch.manual_seed(recipe.seed * 10_000 + epoch + worker.rank * 1_000_000)
        row: Row = {"epoch": epoch, **train_epoch(network, inputs, train, optimizer, recipe, epoch, worker=worker)}
        embeddings = embed_rows(inner, inputs.full_view)
        row |= val_figures(embeddings, works) | {"seconds": time.monotonic() - start}
        history, weights = [*state["history"], row], learned_weights(inner)
        is_snapshot = epoch % snapshot_every == 0 or epoch == recipe.epochs
        state = {
            "history": history,
            "learned": weights,
            "best": weights if is_best(history) else state["best"],
            "optimizer": optimizer.state_dict(),
            "snapshots": state["snapshots"] | ({str(epoch): embeddings[mapped]} if is_snapshot else {}),
        }
        report(row, state)
    return state


def val_figures(embeddings: Tensor, works: pd.DataFrame) -> Row:
    """Return the mean figures of the val works, dated by the train works."""
    rows = figures_by_group(embeddings.float().numpy(), works, split="val", reference_splits=["train"])
    return {f"val_{name}": value for name, value in mean_figures(rows).items()}


def is_best(history: list[Row]) -> bool:
    """Return whether the last epoch has the lowest val error so far."""
    return history[-1]["val_mae_years"] <= min(row["val_mae_years"] for row in history)


def learned_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of all weights but those of the frozen prefix."""
    weights = network.state_dict().items()
    return {name: value.detach().cpu().clone() for name, value in weights if not name.startswith("prefix.")}


def train_epoch(
    network: nn.Module,
    inputs: Inputs,
    train: pd.DataFrame,
    optimizer: torch.optim.Optimizer,
    recipe: DateEmbeddingRecipe,
    epoch: int,
    *,
    worker: Worker,
) -> Row:
    """Take one step per batch that holds a triplet; return this worker's mean loss and counts."""
    network.train()
    distance = LpDistance(normalize_embeddings=True)
    triplet_loss = TripletMarginLoss(margin=recipe.margin, distance=distance)
    device = next(network.parameters()).device
    batches = draw_batches(
        train["artist"], batching=recipe.batching, batch_size=recipe.batch_size, seed=recipe.seed, epoch=epoch
    )
    losses, triplets, skipped = [], 0, 0
    numbers = range(worker.rank, len(batches) // worker.count * worker.count, worker.count)  # equal shares
    for number in track(numbers, f"epoch {epoch}", total=len(numbers), unit="batches", brief=True):
        rows = batches[number]
        view = inputs.views[(epoch + number) % len(inputs.views)]
        years = torch.from_numpy(train["year"].to_numpy(dtype=np.int64)[rows])
        candidates = year_triplets(years, close=recipe.close, far=recipe.far)
        if not len(candidates[0]):
            skipped += 1
            if worker.count == 1:  # several workers must step together
                continue
        embeddings = network(view.read(rows).float().to(device))
        mined = mine(distance(embeddings.detach()).cpu(), candidates, miner=recipe.miner, margin=recipe.margin)
        loss = triplet_loss(embeddings, indices_tuple=mined)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        triplets += len(mined[0])
    counts = {"triplets": triplets, "batches": len(losses), "batches_without_triplets": skipped}
    return {"train_loss": float(np.mean(losses)) if losses else 0.0, **counts}
