"""What an embedding for dating is made from, and its network before training."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import torch
from torch import nn

from lib.dating.date_embedding.fit import DateEmbeddingRecipe
from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.training.loop import Recipe
from lib.training.network import ArtistNetwork, freeze_depthwise
from lib.training.plan import Plan

Trunk = Literal["embeddings", "last_block"]
ARCHITECTURE = "efficientnet_lite0"  # of the trunk last_block
HIDDEN = 256  # units of the head on embeddings
FORMAT = 1  # of the bundles; raise it when new code makes or reads them differently


@dataclass(frozen=True)
class DateEmbeddingPlan:
    """What is trained on what: equal plans give equal networks, up to noise.

    dataset: its folder. fingerprint: of the dataset. trunk: embeddings (a head on those of jobs/embed.py, of length
    `width`) or last_block (of ARCHITECTURE, with a head; `width` does not matter). backbone: of the embeddings.
    works: n rows of painting_id, artist, group, year, split. views: cached views of each train work for last_block.
    """

    dataset: Path
    fingerprint: str
    trunk: Trunk
    backbone: str
    width: int
    works: pd.DataFrame
    views: int
    snapshot_every: int
    recipe: DateEmbeddingRecipe

    def card(self) -> dict[str, Any]:
        """Return what decides the trained network, as JSON keeps it."""
        names = ("fingerprint", "trunk", "backbone", "width", "views", "snapshot_every")
        rows = self.works[["painting_id", "group"]].to_csv(index=False)
        works = hashlib.sha256(rows.encode()).hexdigest()[:16]
        told = {name: getattr(self, name) for name in names}
        return {"format": FORMAT, **told, "works": works, "recipe": asdict(self.recipe)}

    def prefix(self) -> Plan:
        """Return the plan of the frozen prefix whose activations are cached: whole works of every split, and views."""
        return Plan(
            dataset=self.dataset,
            fingerprint=self.fingerprint,
            architecture=ARCHITECTURE,
            weights="imagenet",
            trainable="last_block",
            fold=True,
            views=self.views,
            artists=["nobody"],  # the prefix asks for no names
            recipe=Recipe(seed=self.recipe.seed),
            whole=("train", "val", "test"),
        )


def build_date_embedding_network(card: dict[str, Any], *, weights: str = "imagenet") -> nn.Module:
    """Build the network of a plan's card with its first weights; it turns inputs (n, …) into (n, dimensions).

    embeddings: inputs are of head_inputs(). last_block: activations of the frozen prefix, or uint8 pixels (n, size,
    size, 3).
    """
    recipe = DateEmbeddingRecipe(**card["recipe"])
    torch.manual_seed(recipe.seed)
    if card["trunk"] == "embeddings":
        return nn.Sequential(
            nn.Dropout(recipe.dropout),
            nn.Linear(card["width"], HIDDEN),
            nn.ReLU(),
            nn.Dropout(recipe.dropout),
            nn.Linear(HIDDEN, recipe.dimensions),
        )
    architecture = load_architecture(ARCHITECTURE, weights=weights)
    fold_batchnorm(architecture.blocks)
    freeze_depthwise(architecture.blocks)
    return ArtistNetwork(architecture, trainable="last_block", classes=recipe.dimensions, dropout=recipe.dropout)
