"""A vision transformer of timm as modules that run one after another: pixels to tokens, each block, the pooling."""

import copy
from typing import Any

from torch import Tensor, nn


class Tokens(nn.Module):
    """Patches of the picture with their positions, and the tokens before them: all that comes before the blocks."""

    def __init__(self, network: Any) -> None:
        """Take a transformer without blocks."""
        super().__init__()
        self.network = network
        self.network.norm, self.network.fc_norm, self.network.attn_pool = nn.Identity(), nn.Identity(), None

    def forward(self, pixels: Tensor) -> Tensor:
        """Return tokens (N, tokens, width) for normalised pixels (N, 3, size, size)."""
        return self.network.forward_features(pixels)


class RotatedBlock(nn.Module):
    """A block that gets the rotation of its tokens by their positions (Su et al. 2021) with every call."""

    rotation: Tensor

    def __init__(self, block: nn.Module, rotation: Tensor) -> None:
        """Take the block, and the rotation as timm's `rope` gives it."""
        super().__init__()
        self.block = block
        self.register_buffer("rotation", rotation, persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return tokens (N, tokens, width)."""
        return self.block(tokens, rope=self.rotation)


class Pooling(nn.Module):
    """The last normalisation and the pooling of the tokens."""

    def __init__(self, network: Any) -> None:
        """Take a transformer without blocks."""
        super().__init__()
        self.network = network
        for name in ("patch_embed", "norm_pre"):
            setattr(self.network, name, nn.Identity())
        for name, _ in list(self.network.named_parameters(recurse=False)):  # positions, class and register tokens
            setattr(self.network, name, None)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return features (N, width) for tokens (N, tokens, width)."""
        return self.network.forward_head(self.network.norm(tokens))


def transformer_blocks(network: Any) -> list[nn.Module]:
    """Cut a transformer into the tokens, all blocks but the last, and the last with what follows it.

    The network itself is taken apart. It must have timm's names of these: `blocks`, `norm`, `forward_features` and
    `forward_head`. Raises ValueError for one whose rotations of tokens are learned: they belong to all blocks at once.
    """
    blocks = list(network.blocks)
    if getattr(network, "rope_mixed", False):
        raise ValueError("the rotations are learned")
    if getattr(network, "rope", None) is not None:
        rotation = network.rope.get_embed(shape=network.patch_embed.grid_size)
        blocks = [RotatedBlock(block, rotation) for block in blocks]
    network.blocks = nn.Sequential()
    pooling = Pooling(copy.deepcopy(network))
    return [Tokens(network), *blocks[:-1], nn.Sequential(blocks[-1], pooling)]
