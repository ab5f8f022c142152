"""Hyper-parameters of the date embedding."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from lib.infra.constraints import refuse_invalid

Batching = Literal["random", "artist"]
Miner = Literal["all", "hard", "semihard"]


@dataclass(frozen=True)
class DateEmbeddingRecipe:
    """Hyper-parameters of the training."""

    batching: Batching = "artist"
    """Contents of a batch: works of any artist, or works of a single artist."""
    miner: Miner = "hard"
    """Triplets that contribute to the loss: all within the margin, or only the hard or the semihard ones of these."""
    close: NonNegativeInt = 4
    """Maximum distance in years between an anchor and a positive."""
    far: PositiveInt = 8
    """Minimum distance in years between an anchor and a negative."""
    margin: NonNegativeFloat = 0.2
    """Margin of the triplet loss, as a distance on the unit sphere."""
    dimensions: PositiveInt = 64
    """Dimensions of the embedding."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Dropout probability of the head."""
    epochs: PositiveInt = 30
    """Passes over the train works."""
    batch_size: PositiveInt = 32
    """Works in one step of one worker."""
    learning_rate: PositiveFloat = 3e-4
    """Learning rate of AdamW."""
    weight_decay: NonNegativeFloat = 0.01
    """Weight decay of AdamW."""
    seed: NonNegativeInt = 0
    """Random seed of the initial weights, the dropout and the batches."""

    @model_validator(mode="after")
    def require_gap(self) -> "DateEmbeddingRecipe":
        """Raise ValueError unless negatives are farther from their anchor than positives."""
        if self.close >= self.far:
            raise ValueError(f"close is {self.close} and far is {self.far}; far must be greater than close")
        return self

    refuse_invalid = model_validator(mode="wrap")(refuse_invalid)
