"""What an artist network is made from, and the network as it is before training."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict

from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.infra.bundles import fingerprint_of
from lib.infra.paths import parse_path
from lib.training.network import ArtistNetwork, freeze_depthwise
from lib.training.recipe import Recipe

FORMAT = 3  # of activations and networks; raise it when new code makes them differently


class PrefixProvenance(BaseModel):
    """What the activations of a frozen prefix are made from.

    fingerprint: of the dataset. weights: imagenet, none, or a hash of a file's content. full_view_splits: splits whose
    works are cached as full views.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    fingerprint: str
    architecture: str
    weights: str
    trainable: str
    fold: bool
    views: int
    full_view_splits: tuple[str, ...]


class NetworkProvenance(PrefixProvenance):
    """What a trained network is made from. train_splits: splits that it learned from."""

    artists: tuple[str, ...]
    train_splits: tuple[str, ...]
    recipe: Recipe


@dataclass(frozen=True)
class Plan:
    """What is trained on what: equal plans give equal networks, up to rounding.

    dataset: its folder. fingerprint: of the dataset. weights: imagenet, none or a file. fold: whether
    BatchNorm is folded. views: cached views of each train work, 0 to draw new ones in each epoch. artists: the classes.
    train_splits: splits that the network learns from. full_view_splits: splits whose works are cached as full views.
    """

    dataset: Path
    fingerprint: str
    architecture: str
    weights: str
    trainable: str
    fold: bool
    views: int
    artists: list[str]
    recipe: Recipe
    train_splits: tuple[str, ...] = ("train",)
    full_view_splits: tuple[str, ...] = ("val",)

    def prefix_provenance(self) -> PrefixProvenance:
        """Return what decides the activations of the frozen prefix."""
        weights = parse_path(self.weights)
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:16] if weights.is_file() else self.weights
        return PrefixProvenance(
            fingerprint=self.fingerprint,
            architecture=self.architecture,
            weights=digest,
            trainable=self.trainable,
            fold=self.fold,
            views=self.views,
            full_view_splits=self.full_view_splits,
        )

    def provenance(self) -> NetworkProvenance:
        """Return what decides the trained network."""
        return NetworkProvenance(
            **self.prefix_provenance().model_dump(),
            artists=tuple(self.artists),
            train_splits=self.train_splits,
            recipe=self.recipe,
        )

    def activations_folder(self) -> Path:
        """Return the folder of the prefix's activations."""
        return self.dataset / "activations" / fingerprint_of(self.prefix_provenance().model_dump(mode="json"))


def changed(plan: Plan, settings: Mapping[str, Any]) -> Plan:
    """Return the plan with other settings, by the names of the fields of Plan and of Recipe, made consistent."""
    names = {field.name for field in fields(Recipe)}
    recipe: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in settings.items() if name in names
    }
    others = {name: value for name, value in settings.items() if name not in names}
    return consistent(replace(plan, **others, recipe=replace(plan.recipe, **recipe)))


def consistent(plan: Plan) -> Plan:
    """Return the plan with incompatible options disabled: folding of untrained statistics, a cache of no prefix."""
    fold, views = plan.fold and plan.weights != "none", 0 if plan.trainable == "all" else plan.views
    return replace(plan, fold=fold, views=views)


def build_network(plan: Plan) -> ArtistNetwork:
    """Return the plan's network with its first weights. Raises UserError where the plan cannot be carried out."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.recipe.seed)
        architecture = load_architecture(plan.architecture, weights=plan.weights)
        if plan.fold:
            fold_batchnorm(architecture.blocks)
            freeze_depthwise(architecture.blocks)
        return ArtistNetwork(
            architecture,
            trainable=plan.trainable,
            classes=len(plan.artists),
            dropout=plan.recipe.dropout,
        )
