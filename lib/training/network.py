"""The network that names artists: a frozen prefix, a trained trunk and a linear head."""

import torch
from torch import Tensor, nn

from lib.features.architectures import Architecture
from lib.features.backbones import best_precision


class ArtistNetwork(nn.Module):
    """A frozen prefix, a trained trunk and a linear head.

    The prefix runs without gradients and in eval mode, so that its batch statistics stay as they are, and in the
    fastest precision of the device, whether its activations are cached or not. size: side of the square random views.
    full_view_size: side of the square full views; larger, because random crops magnify details (Touvron et al. 2019).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, architecture: Architecture, *, trainable: str, classes: int, dropout: float = 0.0) -> None:
        """Cut the blocks by `trainable`. Raises UserError where the architecture has no such cut."""
        super().__init__()
        cut = len(architecture.blocks) - architecture.trained_blocks(trainable)
        self.size, self.full_view_size = architecture.size, architecture.full_view_size
        self.prefix = nn.Sequential(*architecture.blocks[:cut]).requires_grad_(False)
        self.trunk = nn.Sequential(*architecture.blocks[cut:])
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(architecture.width, classes))
        self.register_buffer("mean", torch.tensor(architecture.mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(architecture.std).view(-1, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.train()

    def train(self, mode: bool = True) -> "ArtistNetwork":
        """Set the mode of trunk and head; the prefix stays in eval mode."""
        super().train(mode)
        self.prefix.eval()
        return self

    @torch.no_grad()
    def inputs(self, batch: Tensor) -> Tensor:
        """Return the trunk's float32 inputs for uint8 pixels (N, size, size, 3); its own inputs pass unchanged."""
        return batch.float() if batch.dtype != torch.uint8 else self.prefix_maps(batch)[-1].float()

    @torch.no_grad()
    def prefix_maps(self, pixels: Tensor) -> list[Tensor]:
        """Return the normalised pixels, from uint8 (N, size, size, 3), and the output of each block of the prefix."""
        maps = [(pixels.permute(0, 3, 1, 2) / 255 - self.mean) / self.std]
        with fastest_precision(pixels.device):
            for block in self.prefix:
                maps.append(block(maps[-1]))
        return maps

    @torch.no_grad()
    def full_view_logits(self, pixels: Tensor) -> Tensor:
        """Return logits (N, classes) for uint8 pixels (N, size, size, 3) of whole paintings."""
        maps = self.prefix_maps(pixels)[-1]
        with fastest_precision(pixels.device):
            features = self.trunk(maps)
        return self.head(features.float())

    def features(self, batch: Tensor) -> Tensor:
        """Return (N, width) for uint8 pixels (N, size, size, 3) or for inputs of the trunk."""
        return self.trunk(self.inputs(batch))

    def forward(self, batch: Tensor) -> Tensor:
        """Return logits (N, classes) for uint8 pixels (N, size, size, 3) or for inputs of the trunk."""
        return self.head(self.features(batch))

    def learned(self) -> dict[str, Tensor]:
        """Return the state of trunk and head, which is all that training changes."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith("prefix.")}


def fastest_precision(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 where the device does so natively."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=best_precision(device.type) == "bf16")


def freeze_depthwise(blocks: list[nn.Module]) -> None:
    """Exclude depthwise filters from training: their gradients cost much and gain nothing."""
    for block in blocks:
        for layer in block.modules():
            if isinstance(layer, nn.Conv2d) and layer.groups > 1:
                layer.weight.requires_grad_(False)
