"""The optimizer and the scheduler that a recipe names."""

import math
from typing import Any

import torch
from torch.optim import lr_scheduler

from lib.training.network import ArtistNetwork
from lib.training.recipe import Recipe

PLATEAU_PATIENCE = 3  # epochs, as in the source study


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
