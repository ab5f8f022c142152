"""The manifest of a dataset, which is written last: what marks it as finished. It needs no library of tables."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from lib.infra.atomic import find_json
from lib.infra.errors import UserError


class Part(BaseModel, frozen=True):
    """A part of a dataset: the name of its files, and the number of its paintings. A dataset gives no name twice."""

    name: str
    paintings: int


class Manifest(BaseModel):
    """What every dataset says of itself.

    fingerprint: names its content. short_side: of the images, pixels at most. parts: in order, also those whose files
    could not be used; None where all files are parts.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    fingerprint: str
    short_side: int
    parts: tuple[Part, ...] | None = None


def read_manifest(dataset: Path) -> dict[str, Any]:
    """Return the manifest of a finished dataset. Raises UserError where there is none."""
    manifest = find_json(dataset / "manifest.json")
    if manifest is None:
        raise UserError(f"{dataset} is not a finished dataset (it has no manifest.json); make it with jobs/ingest.py")
    return manifest


def require_dataset(dataset: Path) -> Manifest:
    """Return what the dataset says of itself. Raises UserError where there is none, finished and of this version."""
    values = read_manifest(dataset)
    if "short_side" not in values:
        raise UserError(f"an older version made {dataset}; make it again with jobs/ingest.py")
    return Manifest.model_validate(values)
