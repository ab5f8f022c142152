"""Hyper-parameters of a training, and the optimizer and scheduler that they name."""

import math
from typing import Annotated, Any, Literal

import torch
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch.optim import lr_scheduler

from lib.infra.constraints import refuse_invalid
from lib.training.network import ArtistNetwork

Share = Annotated[float, Field(ge=0, le=1)]
PLATEAU_PATIENCE = 3  # epochs, as in the source study


@dataclass(frozen=True)
class Recipe:
    """Hyper-parameters of the training."""

    epochs: PositiveInt = 12
    """Passes over the train works."""
    batch_size: PositiveInt = 32
    """Works in one step, over all workers."""
    optimizer: Literal["adamw", "adam", "adagrad", "sgd", "rmsprop"] = "adamw"
    """Optimizer; sgd and rmsprop with momentum 0.9."""
    scheduler: Literal["cosine", "step", "multistep", "exponential", "plateau", "none"] = "cosine"
    """Schedule of the learning rates over the epochs; cosine starts with a warm-up."""
    learning_rate: NonNegativeFloat = 2e-4
    """Learning rate of the trunk."""
    head_learning_rate: NonNegativeFloat = 1e-3
    """Learning rate of the new linear head."""
    warm_up: Share = 0.2
    """Share of the epochs that are the warm-up of the cosine schedule."""
    decay_epochs: tuple[PositiveInt, ...] = (6, 9)
    """Epochs after which multistep multiplies the rates by decay; step does so after every first of them."""
    decay: Share = 0.1
    """Factor of step, multistep and plateau; exponential reaches it over all epochs."""
    weight_decay: NonNegativeFloat = 0.01
    """Weight decay."""
    label_smoothing: Share = 0.1
    """Share of each label that is spread evenly over all artists."""
    mixup_alpha: NonNegativeFloat = 0.4
    """Mixup: mix pairs of works by weights from Beta(x, x), behind the frozen prefix; 0 disables it."""
    dropout: Share = 0.0
    """Dropout probability of the head."""
    ema_decay: Share = 0.99
    """Decay of the exponential moving average of the weights, which is validated and kept; 0 disables it."""
    early_stopping: NonNegativeInt = 0
    """Stop after this many epochs without a higher val top-1; 0 disables it."""
    seed: int = 0
    """Random seed of the head's initial weights, of mixup and of the order of the works."""

    refuse_invalid = model_validator(mode="wrap")(refuse_invalid)


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
