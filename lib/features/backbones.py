"""Frozen networks that describe paintings: their maps at several depths, and the weights that travel with models."""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import torch
from timm.models import EfficientNet
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lib.data.descriptor import INSTALLED_WEIGHTS, BackboneSource, Precision
from lib.features.architectures import study_blocks
from lib.features.networks import TORCHVISION, Network, check_network, load_network
from lib.features.weights import INSTALLED, checksum, read_key_map
from lib.infra.errors import UserError, first_line

EMBEDDED_SIZE = 320  # pixels, of the two Lites; at 224, half the cost, works are ordered a little worse
DEPTHS = 6  # blocks of a transformer that are described
PRECISIONS: dict[Precision, torch.dtype] = {"bf16": torch.bfloat16, "float32": torch.float32, "half": torch.float16}


class Stages(nn.Module):
    """Blocks that run one after another, the output of each being a map."""

    def __init__(self, blocks: Iterable[nn.Module]) -> None:
        """Take the blocks."""
        super().__init__()
        self.blocks = nn.ModuleList(blocks)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return each block's output (N, C, H, W) for normalised pixels (N, 3, size, size)."""
        maps = [pixels]
        for block in self.blocks:
            maps.append(block(maps[-1]))
        return maps[1:]


class Intermediates(nn.Module):
    """A network of timm and the depths at which it gives maps; class and register tokens are left out.

    norm: whether each map passes the network's last normalisation, without which a few tokens of a transformer outweigh
    all others (Darcet et al. 2024).
    """

    def __init__(self, network: Any, *, depths: Sequence[int], norm: bool) -> None:
        """Take the network. depths: indices into its `feature_info`."""
        super().__init__()
        self.network, self.depths, self.norm = network, list(depths), norm

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the maps (N, C, H, W) for normalised pixels (N, 3, size, size)."""
        return self.network.forward_intermediates(
            pixels, indices=self.depths, norm=self.norm, output_fmt="NCHW", intermediates_only=True
        )


@dataclass(frozen=True)
class Backbone:
    """A frozen network that gives maps.

    stage_ends: indices of the maps after which the resolution or the width changes. size: side of the square input, in
    pixels. mean, std: (3, 1, 1), of the input's normalisation, for pixels in 0…1.
    """

    source: BackboneSource
    maps: nn.Module
    stage_ends: tuple[int, ...]
    mean: Tensor
    std: Tensor

    @property
    def size(self) -> int:
        """Return the side of the square input, in pixels."""
        return self.source.size

    def feature_maps(self, pixels: Tensor) -> list[Tensor]:
        """Return the maps (N, C, H, W) of all depths for uint8 pixels (N, size, size, 3)."""
        # Row by row of the picture: to do it by three channels at a time takes eight times as long.
        mean, std = (values.flatten().repeat(pixels.shape[2]) for values in (self.mean, self.std))
        normalised = pixels.flatten(2).to(mean.dtype).div_(255).sub_(mean).div_(std)
        return self.maps(normalised.unflatten(2, (-1, 3)).permute(0, 3, 1, 2))


def open_network(
    name: str, *, weights: str = "imagenet", size: int | None = None, key_map: dict[str, str] | None = None
) -> Network:
    """Return the network of a backbone, as load_network() does, at the size that paintings are embedded in."""
    return load_network(name, weights=weights, size=size or embedded_size(name), key_map=key_map)


def open_networks(
    names: Sequence[str], *, weights: Sequence[str], size: int | None = None, key_map: Path | None = None
) -> list[Network]:
    """Return the networks of several backbones. weights: of each. key_map: a file that read_key_map() reads.

    Raises UserError where a name, the weights or the size do not fit.
    """
    for name in names:
        check_network(name)
    prefixes = read_key_map(key_map) if key_map else None
    return [
        open_network(name, weights=source, size=size, key_map=prefixes)
        for name, source in zip(names, weights, strict=True)
    ]


def embedded_size(name: str) -> int | None:
    """Return the default size of the input that paintings are embedded in; None for that of the network's training."""
    return EMBEDDED_SIZE if name in INSTALLED else None


def freeze(network: Network, *, device: str = "cpu", precision: Precision = "float32") -> Backbone:
    """Return a frozen copy of a network that gives maps, on a device. Raises UserError where it can give none."""
    maps, stage_ends = cut(network)
    maps = maps.eval().requires_grad_(False)
    dtype = PRECISIONS[precision]
    maps = maps.to(device=device, dtype=dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean, std = (
        torch.tensor(values, device=device, dtype=dtype).view(-1, 1, 1) for values in (network.mean, network.std)
    )
    source = BackboneSource(
        name=network.name,
        weights=network.weights,
        checksum=checksum(network.module),
        size=network.size,
        licence=network.licence,
        precision=precision,
    )
    backbone = Backbone(source=source, maps=maps, stage_ends=stage_ends, mean=mean, std=std)
    require_usable_maps(backbone)
    return backbone


def cut(network: Network) -> tuple[nn.Module, tuple[int, ...]]:
    """Return a copy of a network as a module that gives maps, and the indices of those that end a stage.

    An EfficientNet gives maps after the stem, every block and the head, others where timm or the study cuts them.
    """
    module = copy.deepcopy(network.module)
    if network.name in TORCHVISION:
        blocks: list[nn.Module] = [nn.Sequential(*convolutional(block)) for block in study_blocks(module)]
        ends = tuple(range(len(blocks)))
    elif isinstance(module, EfficientNet):
        stages = [list(stage.children()) for stage in module.blocks.children()]
        stem = nn.Sequential(module.conv_stem, module.bn1)
        head = nn.Sequential(module.conv_head, module.bn2)
        blocks = [stem, *[block for stage in stages for block in stage], head]
        ends = tuple(accumulate(len(stage) for stage in stages))
    else:
        return intermediates(network.name, module)
    fold_batchnorm(blocks)
    return Stages(blocks), ends


def convolutional(block: nn.Module) -> Iterable[nn.Module]:
    """Yield the parts of a block that give maps: those before the last pooling."""
    for part in block.children():
        if isinstance(part, nn.AdaptiveAvgPool2d):
            return
        yield part


def intermediates(name: str, module: Any) -> tuple[nn.Module, tuple[int, ...]]:
    """Return a network of timm as a module that gives maps: after all its stages, or after some of its blocks."""
    if not hasattr(module, "forward_intermediates"):
        raise UserError(f"timm gives no maps of {name} at chosen depths; take another network")
    number = len(module.feature_info)
    plain = len({depth["reduction"] for depth in module.feature_info}) == 1  # a transformer of equal blocks
    chosen = min(DEPTHS, number) if plain else number
    depths = [round(number * (depth + 1) / chosen) - 1 for depth in range(chosen)]
    return Intermediates(module, depths=depths, norm=plain), tuple(range(chosen))


def require_usable_maps(backbone: Backbone) -> None:
    """Raise UserError where a network gives no maps of pictures of its size, or some infinite or of one pixel."""
    name, size = backbone.source.name, backbone.size
    noise = np.random.default_rng(0).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    try:
        with torch.inference_mode():
            maps = backbone.feature_maps(torch.from_numpy(noise).to(backbone.mean.device))
    except (RuntimeError, AssertionError, ValueError, TypeError, IndexError) as error:
        raise UserError(f"{name} cannot describe pictures of {size} pixels: {first_line(error)}") from error
    if not all(torch.isfinite(one).all() and one.ndim == 4 and one.shape[2] * one.shape[3] > 1 for one in maps):
        raise UserError(
            f"{name} gives no usable maps of pictures of {size} pixels in {backbone.source.precision}; "
            "give it a larger --image-size or other --weights"
        )


def restore(source: BackboneSource, *, folder: Path, device: str, precision: Precision) -> Backbone:
    """Return the backbone that `source` describes, with weights of an installed package or those kept in `folder`.

    Raises UserError where the weights are missing or are others.
    """
    path = source.weights_file(folder)
    installed = source.weights == INSTALLED_WEIGHTS
    if not installed and not path.is_file():
        raise UserError(f"{path} is missing, the weights of {source.name}; copy them there, or embed and train again")
    network = load_network(source.name, weights="imagenet" if installed else str(path), size=source.size)
    backbone = freeze(network, device=device, precision=precision)
    if backbone.source.checksum != source.checksum:
        where = f"the installed weights of {source.name}" if installed else str(path)
        raise UserError(f"{where} are not those that the embeddings were made with; embed and train again")
    return replace(backbone, source=source)


def fold_batchnorm(blocks: Iterable[nn.Module]) -> None:
    """Fold each BatchNorm into the convolution before it, in place: the same function, at less cost."""
    for block in blocks:
        block.eval()
        for parent in list(block.modules()):
            named = list(parent.named_children())
            for (first, convolution), (second, norm) in zip(named, named[1:], strict=False):
                if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    setattr(parent, first, fuse_conv_bn_eval(convolution, norm))
                    setattr(parent, second, getattr(norm, "act", nn.Identity()))  # timm's norms hold an activation


def best_precision(device: str) -> Precision:
    """Return bf16 where the device computes in it natively, which is faster and has the range of float32.

    Else half on a GPU and float32 on a CPU.
    """
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "half"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "float32"
