"""How a network is trained: the hyper-parameters, and the optimizer and scheduler that they name."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt
from torch.optim import lr_scheduler

from lib.training.network import ArtistNetwork

Share = Annotated[float, Field(ge=0, le=1)]
PLATEAU_PATIENCE = 3  # epochs, as in the source study


@dataclass(frozen=True)
class Recipe:
    """How to train."""

    epochs: PositiveInt = 12
    """Times that every painting is seen."""
    batch_size: PositiveInt = 32
    """Paintings in one step, over all workers."""
    optimizer: Literal["adamw", "adam", "adagrad", "sgd", "rmsprop"] = "adamw"
    """What turns gradients into steps; sgd and rmsprop with momentum 0.9."""
    scheduler: Literal["cosine", "step", "multistep", "exponential", "plateau", "none"] = "cosine"
    """How the learning rates change from epoch to epoch; cosine warms up first."""
    learning_rate: NonNegativeFloat = 2e-4
    """Learning rate of the trunk."""
    head_learning_rate: NonNegativeFloat = 1e-3
    """Learning rate of the new linear head."""
    warm_up: Share = 0.2
    """Share of the epochs in which the cosine schedule's rates rise."""
    decay_epochs: tuple[PositiveInt, ...] = (6, 9)
    """Epochs at which multistep multiplies the rates by decay; step does so every first of them."""
    decay: Share = 0.1
    """Factor of step, multistep, plateau; exponential applies it once over all epochs."""
    weight_decay: NonNegativeFloat = 0.01
    """Weight decay."""
    label_smoothing: Share = 0.1
    """Share of each label that is spread over all artists."""
    mixup_alpha: NonNegativeFloat = 0.4
    """Mix pairs of paintings by shares from Beta(x, x); 0 never. It acts on what the frozen prefix gives."""
    dropout: Share = 0.0
    """Share of the features that the head does not see in a step."""
    ema_decay: Share = 0.99
    """Share of the running average of the weights that a step keeps; the average is validated and kept. 0: none."""
    early_stopping: NonNegativeInt = 0
    """Stop after this many epochs without a higher val top-1; 0 never."""
    seed: int = 0
    """Of the head's first weights, the mixing and the order of the works."""


def make_optimizer(network: ArtistNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    """Return the optimizer, with one group for the trunk, if it learns, and one for the head."""
    trunk = [parameter for parameter in network.trunk.parameters() if parameter.requires_grad]
    groups = [{"params": trunk, "lr": recipe.learning_rate}] if trunk else []
    groups.append({"params": list(network.head.parameters()), "lr": recipe.head_learning_rate})
    common: dict[str, Any] = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    if recipe.optimizer in ("sgd", "rmsprop"):
        common["momentum"] = 0.9
    kinds = {
        "adamw": torch.optim.AdamW,
        "adam": torch.optim.Adam,
        "adagrad": torch.optim.Adagrad,
        "sgd": torch.optim.SGD,
        "rmsprop": torch.optim.RMSprop,
    }
    return kinds[recipe.optimizer](groups, **common)


def make_scheduler(optimizer: torch.optim.Optimizer, recipe: Recipe) -> Any:
    """Return the scheduler, which is stepped after every epoch."""
    match recipe.scheduler:
        case "step":
            return lr_scheduler.StepLR(optimizer, step_size=recipe.decay_epochs[0], gamma=recipe.decay)
        case "multistep":
            return lr_scheduler.MultiStepLR(optimizer, milestones=list(recipe.decay_epochs), gamma=recipe.decay)
        case "exponential":
            return lr_scheduler.ExponentialLR(optimizer, gamma=recipe.decay ** (1 / recipe.epochs))
        case "plateau":
            return lr_scheduler.ReduceLROnPlateau(optimizer, factor=recipe.decay, patience=PLATEAU_PATIENCE)
        case "none":
            return lr_scheduler.ConstantLR(optimizer, factor=1.0)
    rising = max(1, round(recipe.warm_up * recipe.epochs))
    return lr_scheduler.LambdaLR(optimizer, lambda epoch: warm_cosine(epoch, rising=rising, epochs=recipe.epochs))


def warm_cosine(epoch: int, *, rising: int, epochs: int) -> float:
    """Return the share of the full rate in `epoch`: a straight rise, then half a cosine down."""
    if epoch < rising:
        return (epoch + 1) / rising
    return (1 + math.cos(math.pi * (epoch - rising + 1) / (epochs - rising + 1))) / 2
