"""Train an embedding in which works of about the same year are near: one plain loop, with Ray Train or without."""

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

from lib.dating.date_embedding.triplets import Batching, Miner, draw_batches, mine, year_triplets
from lib.dating.neighbours import figures_by_group, mean_figures
from lib.training.loop import Row, State

DESCRIBED = 64  # works that pass through the network together where nothing is learned


@dataclass(frozen=True)
class DateEmbeddingRecipe:
    """How to train."""

    batching: Batching = "artist"
    """What a batch holds: random works, or works of one artist."""
    miner: Miner = "hard"
    """Triplets to learn from: all that break the margin; of these hard (the negative is nearer) or semihard ones."""
    close: int = 4
    """A positive is at most this many years from its anchor."""
    far: int = 8
    """A negative is at least this many years from its anchor."""
    margin: float = 0.2
    """How much farther than the positive the negative should be, on a sphere of radius 1."""
    dimensions: int = 64
    """Of the embedding."""
    dropout: float = 0.5
    """Share of the features that the head does not see in a step."""
    epochs: int = 30
    """Times that the train works are seen."""
    batch_size: int = 32
    """Works in one step of one worker."""
    learning_rate: float = 3e-4
    """Learning rate of AdamW."""
    weight_decay: float = 0.01
    """Weight decay."""
    seed: int = 0
    """Of the first weights, the dropout and the batches."""


@dataclass(frozen=True)
class Inputs:
    """What the network is given. whole: (works, …). views: one or more of (train works, …). All float16."""

    whole: Tensor
    views: list[Tensor]


def fit_date_embedding(
    network: nn.Module,
    *,
    inputs: Inputs,
    works: pd.DataFrame,
    recipe: DateEmbeddingRecipe,
    snapshot_every: int,
    report: Callable[[Row, State], None] = lambda row, state: None,
    state: State | None = None,
    worker: tuple[int, int] = (0, 1),
) -> State:
    """Train `network`, plain or wrapped for several workers, on the train works; return the last state.

    works: rows of artist, group, year, split. report: called after every epoch with its figures and a state to go on
    from. state: such a state, of an interrupted fit. worker: its rank, and the number of workers, who share the
    batches. A state holds history (rows), learned, best (weights of the lowest val error), optimizer, and snapshots:
    the places of all works by epoch, before the first one and then after every so many.
    """
    inner: Any = getattr(network, "module", network)
    optimizer = torch.optim.AdamW(
        [weight for weight in inner.parameters() if weight.requires_grad],
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
    )
    if state:
        inner.load_state_dict(state["learned"], strict=False)
        optimizer.load_state_dict(state["optimizer"])
    else:
        state = {"history": [], "best": {}, "snapshots": {"0": describe(inner, inputs.whole)}}
    train = works[works["split"] == "train"]
    while len(state["history"]) < recipe.epochs:
        epoch, start = len(state["history"]) + 1, time.monotonic()
        torch.manual_seed(recipe.seed * 10_000 + epoch + worker[0] * 1_000_000)
        row: Row = {"epoch": epoch, **train_epoch(network, inputs, train, optimizer, recipe, epoch, worker=worker)}
        places = describe(inner, inputs.whole)
        figures = mean_figures(figures_by_group(places.float().numpy(), works, asked="val", known=["train"]))
        row |= {f"val_{name}": value for name, value in figures.items()} | {"seconds": time.monotonic() - start}
        history = [*state["history"], row]
        kept = learned(inner)
        taken = epoch % snapshot_every == 0 or epoch == recipe.epochs
        state = {
            "history": history,
            "learned": kept,
            "best": kept if is_best(history) else state["best"],
            "optimizer": optimizer.state_dict(),
            "snapshots": state["snapshots"] | ({str(epoch): places} if taken else {}),
        }
        report(row, state)
    return state


def is_best(history: list[Row]) -> bool:
    """Tell whether the last epoch has the lowest val error so far."""
    return history[-1]["val_mae_years"] <= min(row["val_mae_years"] for row in history)


def learned(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of all weights that training changes."""
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
    worker: tuple[int, int],
) -> Row:
    """Take one step for each batch with a triplet; return the mean loss of the steps and counts, of this worker."""
    network.train()
    distance = LpDistance(normalize_embeddings=True)
    loss_of = TripletMarginLoss(margin=recipe.margin, distance=distance)
    device = next(network.parameters()).device
    rank, workers = worker
    batches = draw_batches(
        train["artist"], batching=recipe.batching, size=recipe.batch_size, seed=recipe.seed, epoch=epoch
    )
    losses, triplets, skipped = [], 0, 0
    for number in range(rank, len(batches) // workers * workers, workers):  # as many for every worker
        rows = batches[number]
        view = inputs.views[(epoch + number) % len(inputs.views)]
        years = torch.from_numpy(train["year"].to_numpy(dtype=np.int64)[rows])
        found = year_triplets(years, close=recipe.close, far=recipe.far)
        if not len(found[0]):
            skipped += 1
            if workers == 1:  # several have to step together
                continue
        places = network(view[rows].float().to(device))
        chosen = mine(distance(places.detach()).cpu(), found, miner=recipe.miner, margin=recipe.margin)
        loss = loss_of(places, indices_tuple=chosen)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        triplets += len(chosen[0])
    counts = {"triplets": triplets, "batches": len(losses), "batches_without_triplets": skipped}
    return {"train_loss": float(np.mean(losses)) if losses else 0.0, **counts}


@torch.no_grad()
def describe(network: nn.Module, inputs: Tensor) -> Tensor:
    """Return the places (n, dimensions), float16 on a sphere of radius 1, of works given as inputs (n, …).

    Inputs may be uint8 pixels where the network takes them.
    """
    network.eval()
    device = next(network.parameters()).device
    batches = [(batch if batch.dtype == torch.uint8 else batch.float()).to(device) for batch in inputs.split(DESCRIBED)]
    parts = [network(batch).float().cpu() for batch in batches]
    return nn.functional.normalize(torch.cat(parts)).half()
