"""The folders that jobs are given, refused before any library is loaded where they cannot be what they should be."""

from pathlib import Path

from lib.infra.errors import UserError


def require_models(folder: Path) -> None:
    """Raise UserError where the folder holds no models."""
    if not (folder / "style" / "model.json").is_file():
        raise UserError(f"{folder} holds no models; train them with jobs/train_per_artist.py")


def require_folder(folder: Path) -> None:
    """Raise UserError where the folder of the paintings does not exist."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder; give one that holds the paintings")


def require_apart(out: Path, images: Path) -> None:
    """Raise UserError where results would be written among the paintings, and sorted as paintings the next time."""
    if out.absolute() == images.absolute() or images.absolute() in out.absolute().parents:
        raise UserError(f"--out {out} lies in --images {images}; give a folder outside it")
