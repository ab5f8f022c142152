"""The networks that name artists: torchvision's four of the study, EfficientNet-Lite0, and timm's.

A network is a row of blocks, from pixels to one vector for each picture. Only the last blocks are trained; those
before them are the frozen prefix.
"""

import pickle
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from lib.features.backbones import efficientnet_lite0_weights
from lib.infra.errors import UserError
from lib.infra.paths import local_copy, parse_path

TORCHVISION = ("resnet18", "resnet50", "vgg16", "densenet169")
TRAINED_BLOCKS = {"head": 0, "last_block": 1, "last_two_blocks": 2}  # `all` trains every block
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Architecture:
    """A network without its classes.

    blocks: run one after another they map normalised pixels (N, 3, size, size) to features (N, width). size: side of
    the square input, in pixels. mean, std: of the input's normalisation, for pixels in 0…1, by channel.
    """

    blocks: list[nn.Module]
    width: int
    size: int = 224
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    @property
    def full_view_size(self) -> int:
        """Return the side of whole paintings: larger than that of crops, where the network takes any size."""
        return self.size * 8 // 7 if len(self.blocks) > 1 else self.size

    def trained_blocks(self, trainable: str) -> int:
        """Return how many of the last blocks `trainable` names. Raises UserError where it names no cut of these."""
        if trainable == "all":
            return len(self.blocks)
        if trainable not in TRAINED_BLOCKS:
            raise UserError(f"--trainable {trainable} is not known; choose one of {', '.join(TRAINED_BLOCKS)}, all")
        if TRAINED_BLOCKS[trainable] >= len(self.blocks) > 0 < TRAINED_BLOCKS[trainable]:
            raise UserError(f"this architecture cannot be cut for --trainable {trainable}; choose head or all")
        return TRAINED_BLOCKS[trainable]


def load_architecture(name: str, *, weights: str) -> Architecture:
    """Build `name` with weights `imagenet`, `none`, or those of a file (safetensors, or a PyTorch state dict).

    Raises UserError for a name that is not known, and for weights that cannot be had or do not fit.
    """
    if name in TORCHVISION:
        return torchvision_architecture(name, weights=weights)
    if name != "efficientnet_lite0" and not timm.is_model(name):
        known = ", ".join(["efficientnet_lite0", *TORCHVISION])
        raise UserError(f"there is no architecture {name!r}; choose one of {known}, or a model of timm by its name")
    return timm_architecture(name, weights=weights)


def torchvision_architecture(name: str, *, weights: str) -> Architecture:
    """Build one of torchvision's networks, cut where the study cut it."""
    network = torchvision.models.get_model(name)
    if weights == "imagenet":
        url = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"].url  # the weights the study started from
        try:
            state = torch.hub.load_state_dict_from_url(url, progress=False, check_hash=True, weights_only=True)
        except OSError as error:
            raise cannot_fetch(name, file=url, reason=error) from error
        load_weights(network, state, source=url)
    elif weights != "none":
        load_weights(network, read_state(parse_path(weights)), source=weights)
    width = [module for module in network.modules() if isinstance(module, nn.Linear)][-1].in_features
    return Architecture(blocks=study_blocks(network), width=width)


def study_blocks(network: nn.Module) -> list[nn.Module]:
    """Cut a ResNet by its layers, VGG16 after each pooling, a DenseNet by its dense blocks.

    VGG16's last block holds its fully connected layers too. The transition after a dense block belongs to that block.
    """
    layers: dict[str, Any] = dict(network.named_children())
    if "layer4" in layers:
        stem = nn.Sequential(*[layers[part] for part in ("conv1", "bn1", "relu", "maxpool")])
        last = nn.Sequential(layers["layer4"], layers["avgpool"], nn.Flatten())
        return [stem, layers["layer1"], layers["layer2"], layers["layer3"], last]
    parts = list(layers["features"].named_children())
    ends = [
        row for row, (name, part) in enumerate(parts) if name.startswith("transition") or isinstance(part, nn.MaxPool2d)
    ]
    cuts = zip([0, *(end + 1 for end in ends)], [*(end + 1 for end in ends), len(parts)], strict=True)
    blocks = [[part for _, part in parts[first:last]] for first, last in cuts]
    if "avgpool" in layers:  # VGG16
        blocks[-2:] = [[*blocks[-2], layers["avgpool"], nn.Flatten(), *list(layers["classifier"])[:-1]]]
    else:
        blocks[-1] += [nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return [nn.Sequential(*block) for block in blocks]


def timm_architecture(name: str, *, weights: str) -> Architecture:
    """Build one of timm's networks; a block is what works at one resolution.

    A network whose parts do not simply follow one another, such as a vision transformer, is one single block.
    """
    known = "tf_efficientnet_lite0" if name == "efficientnet_lite0" else name
    fetch = weights == "imagenet" and name != "efficientnet_lite0"
    try:
        network = timm.create_model(known, pretrained=fetch, num_classes=0).eval()
    except (OSError, RuntimeError) as error:
        raise cannot_fetch(name, file=f"the weights of timm's {name}", reason=error) from error
    if weights == "imagenet" and not fetch:
        network.load_state_dict(efficientnet_lite0_weights(timm.create_model(known)), strict=False)
    elif weights not in ("imagenet", "none"):
        load_weights(network, read_state(parse_path(weights)), source=weights)
    about: dict[str, Any] = dict(network.pretrained_cfg)  # type: ignore[arg-type]
    size = about["input_size"][-1]
    blocks, width = blocks_by_resolution(network, size=size)
    return Architecture(blocks=blocks, width=width, size=size, mean=about["mean"], std=about["std"])


def blocks_by_resolution(network: nn.Module, *, size: int) -> tuple[list[nn.Module], int]:
    """Cut a network wherever its resolution changes; also return its width. What follows the last maps joins them."""
    parts = [part for child in network.children() for part in (child if type(child) is nn.Sequential else [child])]
    with torch.no_grad():
        blank = torch.zeros(1, 3, size, size)
        expected, maps, sides = network(blank), blank, list[int]()
        try:
            for part in parts:
                maps = part(maps)
                sides.append(maps.shape[-1] if maps.ndim == 4 and maps.shape[-1] > 1 else sides[-1])
        except (RuntimeError, TypeError, ValueError, IndexError):
            maps = blank
    if maps.shape != expected.shape or not torch.allclose(maps, expected, atol=1e-5):
        return [network], expected.shape[1]
    rows = groupby(range(len(parts)), key=lambda row: sides[row])
    return [nn.Sequential(*[parts[row] for row in block]) for _, block in rows], expected.shape[1]


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a state dict without unpickling anything else. Raises UserError where that is not possible."""
    try:
        with local_copy(path) as near:
            return load_file(near) if path.suffix == ".safetensors" else torch.load(near, weights_only=True)
    except (OSError, SafetensorError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"--weights {path} is neither safetensors nor a plain state dict: {reason}") from error


def load_weights(network: nn.Module, state: dict[str, Tensor], *, source: str) -> None:
    """Load what fits; only the last linear layer, whose classes are others, may be missing. Raises UserError else."""
    state = {re.sub(r"\.(norm|relu|conv)\.(\d)\.", r".\1\2.", name): value for name, value in state.items()}
    own = network.state_dict()
    fitting = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
    linear = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    missing = [name for name in own if name not in fitting and name.rpartition(".")[0] not in linear[-1:]]
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]  # absent from older files
    if missing:
        raise UserError(f"the weights of {source} do not fit: {len(missing)} tensors are missing, first {missing[0]}")
    network.load_state_dict(fitting, strict=False)


def cannot_fetch(name: str, *, file: str, reason: Exception) -> UserError:
    """Return the sentence that names the ways out when weights cannot be fetched."""
    return UserError(
        f"the ImageNet weights of {name} cannot be fetched ({str(reason).splitlines()[0]}); fetch {file} elsewhere and "
        "name the file with --weights, or take --architecture efficientnet_lite0, whose weights are installed"
    )
