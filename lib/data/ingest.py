"""From a cleaned catalogue to a dataset: images decoded on the cluster, paintings split, all of it counted.

The steps are called in this order, each of which an interrupted run may repeat: prepare(), write_parts(),
split_paintings(), write_manifest(). lib/data/publication.py makes the result the dataset. Where there is one already,
it is updated: the new version takes over all that did not change.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from lib.data.cleaning import Catalogue, step_of
from lib.data.counts import Changes, Counts, Step
from lib.data.dataset import Manifest
from lib.data.paintings import Part
from lib.data.publication import complete_publication
from lib.data.splits import near_duplicate_counts, split_of_paintings
from lib.data.update import count_changes, kept_splits, require_works_kept, stored_files, with_stored
from lib.data.workspace import Workspace
from lib.infra.atomic import find_json, write_json
from lib.infra.cluster import map_parts
from lib.infra.errors import UserError
from lib.infra.paths import is_local

PICTURE_FORMAT = 1  # of the stored pictures; raise it when new code decodes, shrinks or hashes them differently


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
    """What a version of an ingested dataset was made from, and what it holds.

    parent: fingerprint of the version before, with the changes since; None for the first. next_part: the first number
    that no part has had. places: where the input was.
    """

    source: str
    parameters: dict[str, Any]
    content: str
    places: dict[str, str]
    counts: Counts
    parent: str | None
    changes: Changes | None
    next_part: int
    picture_format: int = PICTURE_FORMAT


def find_version(out: Path, request: Request) -> IngestManifest | None:
    """Return the manifest of the dataset that the request makes or updates, None where there is none yet.

    Raises UserError where something else is there.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    values = find_json(out / "manifest.json")
    if values is None and not is_local(out) and Workspace(out).folder.exists():
        return None  # a run was interrupted
    if values is None:
        raise UserError(f"{out} exists and is not a dataset; choose another --out")
    if values.get("picture_format") != PICTURE_FORMAT or not (out / "splits").exists():
        raise UserError(
            f"{out} cannot be updated: an older version made it; delete it to rebuild, or choose another --out"
        )
    manifest = IngestManifest.model_validate(values)
    if different := _different_options(manifest, request):
        raise UserError(
            f"{out} was made with other options ({different}); choose another --out, or delete it to rebuild"
        )
    return manifest


def _different_options(manifest: IngestManifest, request: Request) -> str:
    """Return the options that differ, with the value that made the dataset."""
    names = ("source", "short_side")
    made, asked = ({**{name: getattr(each, name) for name in names}, **each.parameters} for each in (manifest, request))
    asked = json.loads(json.dumps(asked))  # as a manifest keeps them
    different = [name for name in {**made, **asked} if made.get(name) != asked.get(name)]
    return ", ".join(f"--{name.replace('_', '-')} was {made.get(name) or 'not given'}" for name in different)


def tidy(workspace: Workspace, request: Request) -> None:
    """Complete the publication of a finished version, if it was interrupted, and remove what older versions left."""
    if workspace.begun_request() == request.model_dump(mode="json"):
        complete_publication(workspace)
    workspace.discard()


def prepare(
    workspace: Workspace,
    paintings: pd.DataFrame,
    request: Request,
    *,
    version: IngestManifest | None,
    root: Path,
    allow_removals: bool,
) -> pd.DataFrame | None:
    """Begin a version of the dataset, or continue where an interrupted run of the same request stopped.

    Returns the files of the version before, None for the first. Raises UserError where too many works would go.
    """
    stored = stored_files(workspace.out, version.parts or ()) if version else None
    wanted, parent = request.model_dump(mode="json"), version.fingerprint if version else None
    if workspace.has_begun(wanted, parent=parent):
        missing, parts = len(workspace.missing_parts()), len(workspace.layout().parts)
        print(f"continuing an interrupted run: {missing} of {parts} parts are missing")
        return stored
    if version and stored is not None:
        require_works_kept(stored, paintings["painting_id"], out=workspace.out, allowed=allow_removals)
        paintings = with_stored(paintings, stored, root=root)
    workspace.discard()
    next_part = version.next_part if version else 0
    workspace.begin(paintings, wanted, parent=parent, stored=stored, next_part=next_part)
    return stored


def write_parts(workspace: Workspace, root: Path, *, short_side: int) -> None:
    """Write the parts that are missing, one Ray task each, and print the progress. short_side: of images, in pixels."""
    items = [{"part": part} for part in workspace.missing_parts()]
    arguments = {"workspace": workspace, "root": root, "short_side": short_side}
    for _ in map_parts(_part_task, items, label="decoded", unit="rows", arguments=arguments):
        pass  # the tasks write the parts


def split_paintings(
    workspace: Workspace, *, by_catalogue: bool, stored: pd.DataFrame | None = None, allow_removals: bool = False
) -> pd.DataFrame:
    """Split the written paintings, by the splits of their catalogue or by hash, and write their splits.

    Returns the columns of Workspace.paintings() and split. stored: the files of the version before, whose works keep
    their splits. Raises UserError where none of the images could be used, and where too many works would go.
    """
    paintings = workspace.paintings()
    if paintings.empty:
        file, reason = workspace.rejected_files()[-1]
        raise UserError(f"none of the chosen images can be used; the last one, {file}: {reason}")
    if stored is not None:
        require_works_kept(stored, paintings["painting_id"], out=workspace.out, allowed=allow_removals)
    kept = None if stored is None else kept_splits(paintings, stored)
    paintings["split"] = split_of_paintings(paintings, by_catalogue=by_catalogue, kept=kept)
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


def write_manifest(
    workspace: Workspace,
    request: Request,
    paintings: pd.DataFrame,
    *,
    counts: Counts,
    places: dict[str, str],
    version: IngestManifest | None,
    changes: pd.DataFrame | None,
) -> IngestManifest:
    """Write the manifest of a version and return it. paintings: as split_paintings() returns them.

    version: the one before, with the changes since; None for the first.
    """
    layout = workspace.layout()
    manifest = IngestManifest(
        fingerprint=fingerprint_of_works(request, paintings),
        parts=tuple(
            Part(name=part.name, paintings=number)
            for part, number in zip(layout.parts, workspace.counts(), strict=True)
        ),
        **dict(request),
        places=places,
        counts=counts,
        parent=version.fingerprint if version else None,
        changes=None if changes is None else count_changes(changes, decoded=workspace.decoded()),
        next_part=layout.next_part,
    )
    write_json(workspace.lists / "manifest.json", manifest.model_dump(mode="json"))
    return manifest


def fingerprint_of_works(request: Request, paintings: pd.DataFrame) -> str:
    """Return what names the content of a dataset: its options, and of each work the facts, the file and the split."""
    digest = hashlib.sha256(json.dumps(request.model_dump(mode="json", exclude={"content"}), sort_keys=True).encode())
    for work in paintings[["painting_id", "facts", "sha256", "split"]].itertuples(index=False):
        digest.update("\t".join(work).encode() + b"\n")
    return digest.hexdigest()[:16]


def _part_task(batch: dict[str, Any], *, workspace: Workspace, root: Path, short_side: int) -> dict[str, list[int]]:
    return {"rows": [workspace.write_part(int(part), root=root, short_side=short_side) for part in batch["part"]]}
