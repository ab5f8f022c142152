"""The network of the date embedding."""

import torch
from torch import nn

from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Trunk
from lib.features.architectures import load_architecture
from lib.features.backbones import fold_batchnorm
from lib.training.network import ArtistNetwork, freeze_depthwise

ARCHITECTURE = "efficientnet_lite0"  # of the trunk last_block
HIDDEN = 256  # units of the head on embeddings
BATCH_SIZE = 64  # works per forward pass in inference


def build_date_embedding_network(
    recipe: DateEmbeddingRecipe, *, trunk: Trunk, width: int, weights: str = "imagenet"
) -> nn.Module:
    """Return the untrained network, which maps inputs (n, …) to embeddings (n, dimensions).

    trunk: embeddings takes inputs (n, width) by head_inputs(); last_block takes activations of the frozen prefix, or
    uint8 pixels (n, size, size, 3), and ignores `width`. weights: initial weights of last_block.
    """
    torch.manual_seed(recipe.seed)
    if trunk == "embeddings":
        return nn.Sequential(
            nn.Dropout(recipe.dropout),
            nn.Linear(width, HIDDEN),
            nn.ReLU(),
            nn.Dropout(recipe.dropout),
            nn.Linear(HIDDEN, recipe.dimensions),
        )
    architecture = load_architecture(ARCHITECTURE, weights=weights)
    fold_batchnorm(architecture.blocks)
    freeze_depthwise(architecture.blocks)
    return ArtistNetwork(architecture, trainable="last_block", classes=recipe.dimensions, dropout=recipe.dropout)


@torch.no_grad()
def embed_inputs(network: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return unit embeddings (n, dimensions), float16, of inputs (n, …), which may be uint8 pixels for last_block."""
    network.eval()
    device = next(network.parameters()).device
    batches = [
        (batch if batch.dtype == torch.uint8 else batch.float()).to(device) for batch in inputs.split(BATCH_SIZE)
    ]
    outputs = [network(batch).float().cpu() for batch in batches]
    return nn.functional.normalize(torch.cat(outputs)).half()
