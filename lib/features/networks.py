"""Load image networks, pretrained or not: torchvision's four of the study, two EfficientNet-Lite, and timm's."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision
from timm.layers import PatchEmbed
from timm.models import PretrainedCfg
from torch import nn

from lib.data.descriptor import INSTALLED_WEIGHTS
from lib.features.weights import INSTALLED, cannot_fetch, installed_weights, load_weights, read_state, renamed
from lib.infra.errors import UserError, first_line
from lib.infra.paths import parse_path

TORCHVISION = ("resnet18", "resnet50", "vgg16", "densenet169")
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Network:
    """A network and the input that it was trained on.

    size: side of the square input, in pixels. mean, std: of the input's normalisation, for pixels in 0…1, by channel.
    any_size: whether it takes squares of any size. weights: where they came from. licence: of the weights.
    """

    name: str
    module: nn.Module
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    any_size: bool
    weights: str
    licence: str


def check_network(name: str) -> None:
    """Raise UserError for a name that load_network() does not know."""
    if name not in INSTALLED and name not in TORCHVISION and not timm.is_model(name):
        known = ", ".join([*INSTALLED, *TORCHVISION])
        raise UserError(f"there is no network {name!r}; choose one of {known}, or a model of timm by its name")


def load_network(
    name: str, *, weights: str, size: int | None = None, key_map: Mapping[str, str] | None = None
) -> Network:
    """Return `name` with weights `imagenet` (those that it is published with), `none`, or those of a file.

    timm's networks come without their classifier, in eval mode. size: side of the input, by default that of the
    network's training; position embeddings are resampled. key_map: prefixes of the names in the file, and what replaces
    them. Raises UserError for an unknown name or size, and for weights that cannot be had or do not fit.
    """
    check_network(name)
    if name in TORCHVISION:
        network = torchvision_network(name, weights=weights, size=size, key_map=key_map or {})
    else:
        network = timm_network(name, weights=weights, size=size, key_map=key_map or {})
    return network


def torchvision_network(name: str, *, weights: str, size: int | None, key_map: Mapping[str, str]) -> Network:
    """Return one of torchvision's networks with the ImageNet weights that the study started from, others, or none."""
    module = torchvision.models.get_model(name)
    classifier = [layer for layer, part in module.named_modules() if isinstance(part, nn.Linear)][-1]
    origin, licence = Path(weights).name, NOT_STATED
    if weights == "imagenet":
        origin, licence = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"].url, "BSD-3-Clause"
        try:
            state = torch.hub.load_state_dict_from_url(origin, progress=False, check_hash=True, weights_only=True)
        except OSError as error:
            raise cannot_fetch(name, file=origin, reason=error) from error
        load_weights(module, state, source=origin)
    elif weights != "none":
        state = renamed(read_state(parse_path(weights)), key_map)
        load_weights(module, state, source=weights, classifier=classifier)
    return Network(
        name=name,
        module=module,
        size=size or 224,
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        any_size=True,
        weights=origin,
        licence=licence,
    )


def timm_network(name: str, *, weights: str, size: int | None, key_map: Mapping[str, str]) -> Network:
    """Return one of timm's networks, without its classifier, in eval mode."""
    timm_name = INSTALLED[name][0] if name in INSTALLED else name
    card = timm.get_pretrained_cfg(timm_name)
    if card is None:
        raise UserError(f"timm has no card of {name}, which would give its preprocessing; take another network")
    module = create(timm_name, card, size=size, fetch=weights == "imagenet" and name not in INSTALLED)
    origin, licence = Path(weights).name, NOT_STATED
    if weights == "imagenet":
        origin, licence = str(card.hf_hub_id or card.url), card.license or NOT_STATED
        if name in INSTALLED:
            origin = INSTALLED_WEIGHTS
            load_weights(module, installed_weights(name), source=f"the installed {name}")
    elif weights != "none":
        load_weights(module, renamed(read_state(parse_path(weights)), key_map), source=weights)
    return Network(
        name=name,
        module=module,
        size=size or card.input_size[-1],
        mean=card.mean,
        std=card.std,
        any_size=not card.fixed_input_size,
        weights=origin,
        licence=licence,
    )


def create(name: str, card: PretrainedCfg, *, size: int | None, fetch: bool) -> nn.Module:
    """Return a network of timm for square input of `size`, with its own weights where `fetch`, else random ones.

    Raises UserError where it takes no such input, and where its weights cannot be had.
    """
    options: dict[str, Any] = {"num_classes": 0}
    if size is not None and card.fixed_input_size and size != card.input_size[-1]:
        options["img_size"] = size
    try:
        module = timm.create_model(name, pretrained=fetch, **options).eval()
    except (TypeError, AssertionError, ValueError, OSError, RuntimeError) as error:
        if fetch and isinstance(error, OSError | RuntimeError):
            raise cannot_fetch(name, file=str(card.hf_hub_id or card.url or name), reason=error) from error
        if "img_size" in options:
            raise UserError(
                f"{name} takes no input of {size} pixels ({first_line(error)}); "
                f"leave --image-size out, which gives {card.input_size[-1]}"
            ) from error
        raise
    patch = next((part.patch_size for part in module.modules() if isinstance(part, PatchEmbed)), None)
    if size is not None and patch is not None and size % patch[-1]:
        nearest = max(1, round(size / patch[-1])) * patch[-1]
        raise UserError(f"--image-size {size} is not a multiple of {patch[-1]}, the patch of {name}; take {nearest}")
    return module
