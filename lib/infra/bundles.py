"""Model bundles: a folder of model.safetensors and model.json. Loading one never runs code from it."""

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, load_file, save_file

from lib.infra.atomic import atomic_folder, find_json, make_folder, read_json, write_json
from lib.infra.errors import UserError
from lib.infra.paths import is_local, read_bytes


def write_bundle(folder: Path, *, tensors: dict[str, np.ndarray], card: dict[str, Any]) -> None:
    """Write a bundle, replacing what is at `folder`. `card` is the readable half: what, from what, how good."""
    make_folder(folder.parent)
    with atomic_folder(folder) as aside:
        save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, aside / "model.safetensors")
        write_json(aside / "model.json", card)


def read_card(folder: Path) -> dict[str, Any] | None:
    """Return the card of the bundle at `folder`, None where there is no bundle."""
    return find_json(folder / "model.json")


def read_bundle(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the tensors and the card of a bundle. Raises UserError where it is missing or broken."""
    path = folder / "model.safetensors"
    try:
        return load_file(path) if is_local(path) else load(read_bytes(path)), read_json(folder / "model.json")
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(f"{folder} is not a model bundle ({error}); train it again") from error


def slug(name: str) -> str:
    """Return a folder name for an artist: readable, safe on every file system, different for different names."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    return f"{words}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
