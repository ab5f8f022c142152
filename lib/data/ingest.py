"""From a cleaned catalogue to a dataset: images decoded on the cluster, paintings split, all of it counted.

The steps are called in this order, each of which an interrupted run may repeat: prepare(), write_parts(),
split_paintings(), write_manifest(). Workspace.publish() makes the result the dataset.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from lib.data.cleaning import Catalogue, step_of
from lib.data.counts import Counts, Step
from lib.data.dataset import Manifest
from lib.data.splits import near_duplicate_counts, split_of_paintings
from lib.data.workspace import Workspace
from lib.infra.atomic import find_json, write_json
from lib.infra.cluster import map_parts
from lib.infra.errors import UserError
from lib.infra.paths import is_local


class Request(BaseModel, frozen=True):
    """What decides a dataset.

    short_side: pixels that the short side of its images has at most. parameters: other options, but for paths. content:
    hash of catalogue and files.
    """

    source: str
    short_side: int
    parameters: dict[str, Any]
    content: str


class IngestManifest(Manifest):
    """What an ingested dataset was made from, and what it holds. places: where the input was."""

    source: str
    parameters: dict[str, Any]
    content: str
    places: dict[str, str]
    counts: Counts


def is_finished(workspace: Workspace, request: Request) -> bool:
    """Return whether the dataset was made from this request. Raises UserError where something else is there."""
    out = workspace.out
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    manifest = find_json(out / "manifest.json")
    if manifest is None and not is_local(out) and workspace.folder.exists():
        return False  # a run was interrupted
    if manifest is None:
        raise UserError(f"{out} exists and is not a dataset; choose another --out")
    if {name: manifest.get(name) for name in Request.model_fields} != request.model_dump(mode="json"):
        raise UserError(f"{out} was made from other input or options; choose another --out, or delete it to rebuild")
    if not (out / "splits").exists():
        raise UserError(f"{out} has no table of splits: an older version made it; delete it to rebuild")
    return True


def prepare(workspace: Workspace, paintings: pd.DataFrame, request: Request) -> None:
    """Begin the dataset, or continue where an interrupted run of the same request stopped."""
    if workspace.has_begun(request.model_dump(mode="json")):
        missing, parts = len(workspace.missing_parts()), workspace.parts()
        print(f"continuing an interrupted run: {missing} of {parts} parts are missing")
        return
    workspace.discard()
    workspace.begin(paintings, request.model_dump(mode="json"))


def write_parts(workspace: Workspace, root: Path, *, short_side: int) -> None:
    """Write the parts that are missing, one Ray task each, and print the progress. short_side: of images, in pixels."""
    items = [{"part": part} for part in workspace.missing_parts()]
    arguments = {"workspace": workspace, "root": root, "short_side": short_side}
    for _ in map_parts(_part_task, items, label="decoded", unit="rows", arguments=arguments):
        pass  # the tasks write the parts


def split_paintings(workspace: Workspace, *, by_catalogue: bool) -> pd.DataFrame:
    """Split the written paintings, by the splits of their catalogue or by hash, and write their splits.

    Returns the columns of Workspace.paintings() and split. Raises UserError where none of the images could be used.
    """
    paintings = workspace.paintings()
    if paintings.empty:
        file, reason = workspace.rejected_files()[-1]
        raise UserError(f"none of the chosen images can be used; the last one, {file}: {reason}")
    paintings["split"] = split_of_paintings(paintings, by_catalogue=by_catalogue)
    workspace.write_splits(paintings)
    workspace.remove_leftovers()
    return paintings


def count_paintings(paintings: pd.DataFrame, catalogue: Catalogue, *, steps: list[Step], rejected: int) -> Counts:
    """Return the counts of a dataset. paintings: painting_id, artist, phash, split. steps: up to the images."""
    by_split = paintings["split"].value_counts()
    return Counts(
        paintings=len(paintings),
        artists=int(paintings["artist"].nunique()),
        rejected=rejected,
        missing=len(catalogue.missing),
        splits={name: int(by_split.get(name, 0)) for name in ("train", "val", "test", "apart")},
        near_duplicates=near_duplicate_counts(paintings, paintings["split"]),
        works_of_100_artists_with_most_dated_works=catalogue.most_dated_works,
        steps=(*steps, step_of("with a usable image", paintings)),
    )


def write_manifest(workspace: Workspace, request: Request, counts: Counts, *, places: dict[str, str]) -> IngestManifest:
    """Write the manifest, the last file of a dataset, and return it. places: where the input was."""
    decided = {**request.model_dump(mode="json"), "counts": counts.model_dump(mode="json")}
    fingerprint = hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()[:16]
    manifest = IngestManifest(fingerprint=fingerprint, **dict(request), places=places, counts=counts)
    write_json(workspace.dataset / "manifest.json", manifest.model_dump(mode="json"))
    return manifest


def _part_task(batch: dict[str, Any], *, workspace: Workspace, root: Path, short_side: int) -> dict[str, list[int]]:
    return {"rows": [workspace.write_part(int(part), root=root, short_side=short_side) for part in batch["part"]]}
