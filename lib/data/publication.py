"""Making what was collected the dataset: first the manifest, which names its parts, then the lists and the report."""

import os

from lib.data.workspace import Workspace
from lib.infra.paths import move_file, remove_folder


def publish(workspace: Workspace) -> None:
    """Make what was collected the dataset. The manifest, once it is in its place, switches to the new version.

    An interrupted run is continued from its beginning or by complete_publication().
    """
    if workspace.dataset == workspace.out:
        move_file(workspace.lists / "manifest.json", workspace.out / "manifest.json")
    else:
        os.replace(workspace.dataset, workspace.out)
    complete_publication(workspace)


def complete_publication(workspace: Workspace) -> None:
    """Move the lists and the report, which follow the manifest, and remove the hidden folder."""
    for path in list(workspace.lists.glob("**/*")):
        if path.is_file():
            move_file(path, workspace.out / path.relative_to(workspace.lists))
    remove_folder(workspace.folder)
