"""Model bundles: a folder of model.safetensors and model.json. Loading one never runs code from it."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, load_file, save_file

from lib.infra.atomic import atomic_folder, find_json, write_json
from lib.infra.errors import UserError
from lib.infra.paths import is_local, make_folder, read_bytes


class Metadata(BaseModel):
    """What model.json says of a bundle. Each kind of bundle names itself in a field `kind`."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


M = TypeVar("M", bound=Metadata)


def write_bundle(folder: Path, *, tensors: dict[str, np.ndarray], metadata: Metadata) -> None:
    """Write a bundle, replacing what is at `folder`."""
    make_folder(folder.parent)
    with atomic_folder(folder) as aside:
        save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, aside / "model.safetensors")
        write_json(aside / "model.json", metadata.model_dump(mode="json"))


def read_metadata(folder: Path, kind: type[M]) -> M | None:
    """Return the metadata of the bundle at `folder`, None where there is no bundle.

    Raises UserError for a bundle that is broken, of another kind or of another version of this program.
    """
    try:
        values = find_json(folder / "model.json")
        return None if values is None else kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise UserError(
            f"this version cannot read the bundle {folder} ({reason}); remove it and train it again"
        ) from error
    except ValueError as error:
        raise UserError(f"{folder / 'model.json'} is broken ({error}); train it again") from error


def read_bundle(folder: Path, kind: type[M]) -> tuple[dict[str, np.ndarray], M]:
    """Return the tensors and the metadata of a bundle. Raises UserError where it is missing, broken or older."""
    metadata = read_metadata(folder, kind)
    if metadata is None:
        raise UserError(f"{folder} is not a model bundle (it has no model.json); train it again")
    path = folder / "model.safetensors"
    try:
        return load_file(path) if is_local(path) else load(read_bytes(path)), metadata
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(f"{folder} is not a model bundle ({error}); train it again") from error


def fingerprint_of(fields: Mapping[str, Any]) -> str:
    """Return a short hash of named values."""
    return hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()[:16]


def slug(name: str) -> str:
    """Return a folder name for an artist: readable, safe on every file system, different for different names."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    return f"{words}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
