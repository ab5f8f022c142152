"""Train a network that names artists: one plain loop, for a laptop, a GPU, a Tune trial or a Ray Train worker."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel

from lib.training.network import ArtistNetwork
from lib.training.optimizer import make_optimizer, make_scheduler
from lib.training.recipe import Recipe
from lib.training.state import Row, State

Batches = Iterable[tuple[Tensor, Tensor]]  # inputs (N, …) of the network, labels (N,)


def fit(
    network: nn.Module,
    *,
    train: Callable[[int], Batches],
    val: Callable[[], Batches] | None,
    recipe: Recipe,
    report: Callable[[Row, State], None] = lambda row, state: None,
    state: State | None = None,
) -> State:
    """Train `network`, an ArtistNetwork or one wrapped for several workers; leave it with its best epoch's weights.

    train: returns the batches of an epoch, counted from 0. val: returns the val batches; without any the last epoch is
    the best. report: called after every epoch with its figures and a state to resume from. state: such a state of an
    interrupted fit. Returns the last state: history (rows), best (averaged weights of the highest val top-1), learned,
    averaged, optimizer, scheduler.
    """
    inner = unwrapped(network)
    optimizer = make_optimizer(inner, recipe)
    scheduler = make_scheduler(optimizer, recipe)
    averaged = running_average(inner, recipe)
    state = state or {"history": [], "best": {}}
    if state["history"]:
        inner.load_state_dict(state["learned"], strict=False)
        averaged.module.load_state_dict(state["averaged"], strict=False)
        averaged.n_averaged.fill_(state["steps"])
        optimizer.load_state_dict(state["optimizer"])
        scheduler.load_state_dict(state["scheduler"])
    patience = recipe.early_stopping if val else 0
    while len(state["history"]) < recipe.epochs and not is_stale(state["history"], patience=patience):
        epoch, start = len(state["history"]), time.monotonic()
        torch.manual_seed(recipe.seed * 10_000 + epoch)  # dropout and mixing draw on torch's random state
        rates = {"learning_rate": optimizer.param_groups[0]["lr"]}
        trained = train_epoch(network, train(epoch), averaged=averaged, optimizer=optimizer, recipe=recipe)
        row = {"epoch": epoch + 1, **rates, **trained, **(validate(unwrapped(averaged), val()) if val else {})}
        scheduler.step(*([row.get("val_loss", row["train_loss"])] if recipe.scheduler == "plateau" else []))
        history = [*state["history"], {**row, "seconds": time.monotonic() - start}]
        weights = copy_of(unwrapped(averaged))
        is_best = val is None or row["val_top1"] >= max(earlier["val_top1"] for earlier in history)
        state = {
            "history": history,
            "learned": copy_of(inner),
            "averaged": weights,
            "steps": int(averaged.n_averaged),
            "best": weights if is_best else state["best"],
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
        }
        report(history[-1], state)
    inner.load_state_dict(state["best"], strict=False)
    return state


def unwrapped(network: nn.Module) -> ArtistNetwork:
    """Return the network inside DistributedDataParallel or a running average, or the network itself."""
    inner: Any = getattr(network, "module", network)
    return inner


def running_average(network: ArtistNetwork, recipe: Recipe) -> AveragedModel:
    """Return the exponential moving average of the weights (Polyak and Juditsky 1992), over fewer steps at first."""

    def average(kept: Tensor, new: Tensor, steps: Any) -> Tensor:
        return kept.lerp(new, 1 - min(recipe.ema_decay, float((1 + steps) / (10 + steps))))

    return AveragedModel(network, avg_fn=average)


def copy_of(network: ArtistNetwork) -> dict[str, Tensor]:
    """Return a copy of the learned weights in CPU memory."""
    return {name: value.detach().cpu().clone() for name, value in network.learned().items()}


def is_stale(history: list[Row], *, patience: int) -> bool:
    """Return whether the last `patience` epochs (0: never) brought no higher val top-1 than those before."""
    if not 0 < patience < len(history):
        return False
    top1 = [row["val_top1"] for row in history]
    return max(top1[-patience:]) <= max(top1[:-patience])


def train_epoch(
    network: nn.Module,
    batches: Batches,
    *,
    averaged: AveragedModel,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
) -> Row:
    """Take one step for each batch; return loss and accuracy over all workers, on the mixed and cropped works.

    Mixup (Zhang et al. 2018) is not torchvision's, which takes batches of pictures only: here inputs have the shape of
    what the frozen prefix gives, such as (N, features) or two works each.
    """
    network.train()
    inner = unwrapped(network)
    device = inner.mean.device
    totals = torch.zeros(3, dtype=torch.float64)  # loss, correct, works
    for inputs, labels in batches:
        inputs, labels = inner.inputs(inputs.to(device)), labels.to(device)
        weight, other = draw_mix(len(labels), alpha=recipe.mixup_alpha, device=device)
        with half_precision(device):
            logits = network(weight * inputs + (1 - weight) * inputs[other] if recipe.mixup_alpha else inputs).float()
        losses = [
            cross_entropy(logits, targets, label_smoothing=recipe.label_smoothing)
            for targets in (labels, labels[other])
        ]
        loss = weight * losses[0] + (1 - weight) * losses[1]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(inner)
        correct = (logits.argmax(dim=1) == (labels if weight >= 0.5 else labels[other])).sum()
        totals += torch.tensor([loss.item() * len(labels), correct.item(), len(labels)], dtype=torch.float64)
    if torch.distributed.is_initialized():
        totals = totals.to(device)
        torch.distributed.all_reduce(totals)
    loss_sum, correct_sum, works = totals.tolist()
    return {"train_loss": loss_sum / works, "train_top1": correct_sum / works}


def draw_mix(works: int, *, alpha: float, device: torch.device) -> tuple[float, Tensor]:
    """Return how a batch is mixed: the weight of each work, from Beta(alpha, alpha), and the rows of the others."""
    weight = float(torch.distributions.Beta(alpha, alpha).sample()) if alpha else 1.0
    return weight, torch.randperm(works, device=device)


def half_precision(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 on a GPU; on a CPU, training depthwise convolutions is fastest in float32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")


@torch.no_grad()
def validate(network: ArtistNetwork, batches: Batches) -> Row:
    """Return val_loss, val_top1 and val_top5."""
    network.eval()
    device = network.mean.device
    totals = torch.zeros(4, dtype=torch.float64)
    for inputs, labels in batches:
        logits, labels = network(inputs.to(device)).float(), labels.to(device)
        ranks = (logits > logits.gather(1, labels[:, None])).sum(dim=1)
        loss = cross_entropy(logits, labels, reduction="sum").item()
        counts = [(ranks == 0).sum().item(), (ranks < 5).sum().item(), len(labels)]
        totals += torch.tensor([loss, *counts], dtype=torch.float64)
    loss, first, five, works = totals.tolist()
    return {"val_loss": loss / works, "val_top1": first / works, "val_top5": five / works}
