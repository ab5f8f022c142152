"""Networks as rows of blocks, from pixels to one vector for each picture.

Only the last blocks are trained; those before them are the frozen prefix.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import Permute

from lib.features.networks import IMAGENET_MEAN, IMAGENET_STD, TORCHVISION, load_network
from lib.features.transformers import transformer_blocks
from lib.infra.errors import UserError

TRAINED_BLOCKS = {"head": 0, "last_block": 1, "last_two_blocks": 2}  # `all` trains every block


@dataclass(frozen=True)
class Architecture:
    """A network without its classes.

    blocks: run one after another they map normalised pixels (N, 3, size, size) to features (N, width). size: side of
    the square input, in pixels. mean, std: of the input's normalisation, for pixels in 0…1, by channel. any_size:
    whether it takes squares of any size.
    """

    blocks: list[nn.Module]
    width: int
    size: int = 224
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    any_size: bool = True

    @property
    def full_view_size(self) -> int:
        """Return the side of whole paintings: larger than that of crops, where the network takes any size."""
        return self.size * 8 // 7 if len(self.blocks) > 1 and self.any_size else self.size

    def trained_blocks(self, trainable: str) -> int:
        """Return the number of last blocks that `trainable` names. Raises UserError where it names no cut of these."""
        if trainable == "all":
            return len(self.blocks)
        if trainable not in TRAINED_BLOCKS:
            raise UserError(f"--trainable {trainable} is not known; choose one of {', '.join(TRAINED_BLOCKS)}, all")
        number = TRAINED_BLOCKS[trainable]
        if 0 < len(self.blocks) <= number:
            raise UserError(f"this architecture cannot be cut for --trainable {trainable}; choose head or all")
        return number


def load_architecture(name: str, *, weights: str) -> Architecture:
    """Return `name` cut into blocks, with weights as load_network() takes them.

    torchvision's networks are cut where the study cut them, timm's wherever the resolution changes, a vision
    transformer before every block. A network whose parts do not simply follow one another is one single block. Raises
    UserError for an unknown name, and for weights that cannot be had or do not fit.
    """
    network = load_network(name, weights=weights)
    if name in TORCHVISION:
        blocks = study_blocks(network.module)
        width = [module for module in network.module.modules() if isinstance(module, nn.Linear)][-1].in_features
    else:
        blocks, width = timm_blocks(network.module, size=network.size)
    return Architecture(
        blocks=blocks,
        width=width,
        size=network.size,
        mean=network.mean,
        std=network.std,
        any_size=network.any_size,
    )


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


def timm_blocks(network: Any, *, size: int) -> tuple[list[nn.Module], int]:
    """Cut one of timm's networks; also return its width. A cut counts only where it computes the same as the whole."""
    noise = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network(noise)
    cuts: list[Callable[[], list[nn.Module]]] = [
        lambda: transformer_blocks(copy.deepcopy(network)),
        lambda: blocks_by_resolution(network, noise),
    ]
    for cut in cuts:
        try:
            blocks = cut()
            with torch.no_grad():
                features = nn.Sequential(*blocks)(noise)
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError, AssertionError):
            continue  # its parts do not follow one another in this way
        if features.shape == expected.shape and torch.allclose(features, expected, rtol=1e-4, atol=1e-5):
            return blocks, expected.shape[1]
    return [network], expected.shape[1]


def blocks_by_resolution(network: nn.Module, pixels: Tensor) -> list[nn.Module]:
    """Cut a network wherever the resolution of its maps of `pixels` changes; what follows the last maps joins them."""
    parts = [part for child in network.children() for part in (child if type(child) is nn.Sequential else [child])]
    maps, sides = pixels, list[int]()
    with torch.no_grad():
        for part in parts:
            maps = part(maps)
            sides.append(maps.shape[-1] if maps.ndim == 4 and maps.shape[-1] > 1 else sides[-1])
    rows = groupby(range(len(parts)), key=lambda row: sides[row])
    blocks = [[parts[row] for row in block] for _, block in rows]
    if getattr(network, "output_fmt", "NCHW") == "NHWC":  # maps between blocks are (N, C, H, W)
        for before, after in pairwise(blocks):
            before.append(Permute([0, 3, 1, 2]))
            after.insert(0, Permute([0, 2, 3, 1]))
    return [nn.Sequential(*block) for block in blocks]
