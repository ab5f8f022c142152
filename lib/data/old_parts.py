"""The parts of a dataset that its manifest does not list: those of older versions, and those of interrupted runs."""

from pathlib import Path

from lib.infra.atomic import find_json

PART_FOLDERS = ("paintings", "files", "splits")  # each has a file for each part


def remove_old_parts(dataset: Path) -> None:
    """Remove the parts that the finished version of a dataset does not have.

    They stay until the next run of jobs/ingest.py, so that a job that has read the version before can end.
    """
    listed = {part["name"] for part in (find_json(dataset / "manifest.json") or {}).get("parts", [])}
    for folder in PART_FOLDERS:
        for path in (dataset / folder).glob("part-*"):
            if path.name not in listed:
                path.unlink()
