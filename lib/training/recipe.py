"""Hyper-parameters of a training."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from lib.infra.constraints import refuse_invalid

Share = Annotated[float, Field(ge=0, le=1)]


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
