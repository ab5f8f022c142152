"""What an artist network is made from, and the network as it is before training."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch

from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.infra.paths import parse_path
from lib.training.network import ArtistNetwork, freeze_depthwise
from lib.training.recipe import Recipe

FORMAT = 2  # of activations and networks; raise it when new code makes them differently


@dataclass(frozen=True)
class Plan:
    """What is trained on what: equal plans give equal networks, up to noise.

    dataset: its folder. fingerprint: of the dataset. weights: imagenet, none or a file. fold: whether
    BatchNorm is folded. views: cached views of each train work, 0 to draw new ones in each epoch. artists: the classes.
    learn: splits that the network learns from. whole: splits whose works are also cached as a whole.
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
    learn: tuple[str, ...] = ("train",)
    whole: tuple[str, ...] = ("val",)

    def prefix_card(self) -> dict[str, Any]:
        """Return what decides the activations of the frozen prefix."""
        names = ("fingerprint", "architecture", "trainable", "fold", "views")
        weights = parse_path(self.weights)
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:16] if weights.is_file() else self.weights
        card = {"format": FORMAT, **{name: getattr(self, name) for name in names}, "weights": digest}
        return card if self.whole == ("val",) else {**card, "whole": list(self.whole)}  # older caches stay good

    def card(self) -> dict[str, Any]:
        """Return what decides the trained network, as JSON keeps it."""
        recipe = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self.recipe).items()}
        return {**self.prefix_card(), "artists": self.artists, "learn": list(self.learn), "recipe": recipe}

    def activations_folder(self) -> Path:
        """Return where the activations of the prefix are kept."""
        return self.dataset / "activations" / digest_of(self.prefix_card())


def changed(plan: Plan, settings: Mapping[str, Any]) -> Plan:
    """Return the plan with other settings, by the names of the fields of Plan and of Recipe, for which it is sound."""
    names = {field.name for field in fields(Recipe)}
    recipe: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in settings.items() if name in names
    }
    others = {name: value for name, value in settings.items() if name not in names}
    return sound(replace(plan, **others, recipe=replace(plan.recipe, **recipe)))


def sound(plan: Plan) -> Plan:
    """Return the plan without what makes no sense: folding of untrained statistics, a cache of no frozen part."""
    fold, views = plan.fold and plan.weights != "none", 0 if plan.trainable == "all" else plan.views
    return replace(plan, fold=fold, views=views)


def digest_of(card: dict[str, Any]) -> str:
    """Return a short hash of a card."""
    return hashlib.sha256(repr(sorted(card.items())).encode()).hexdigest()[:16]


def build_network(plan: Plan) -> ArtistNetwork:
    """Build the plan's network with its first weights. Raises UserError where the plan cannot be carried out."""
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
