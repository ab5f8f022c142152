"""The backbones of a models folder: their weights travel with the models, so that these need no other file."""

from pathlib import Path

from lib.data.descriptor import INSTALLED_WEIGHTS, BackboneSource
from lib.features.embedder import Embedder
from lib.infra.atomic import copy_file
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.store import ModelSet


def keep_backbones(models: Path, backbones: tuple[BackboneSource, ...], *, embeddings: Path) -> None:
    """Copy the weights that no installed package has from the folder of the embeddings, unless they are there.

    Those of other backbones are removed. Raises UserError where the embeddings lack the weights.
    """
    files = [source.weights_file(embeddings) for source in backbones if source.weights != INSTALLED_WEIGHTS]
    folder = models / "backbones"
    for old in folder.glob("*.safetensors"):
        if old.name not in {file.name for file in files}:
            old.unlink()
    for file in files:
        if (folder / file.name).is_file():
            continue
        if not file.is_file():
            raise UserError(f"{file} is missing, the weights of the embeddings; make them again with jobs/embed.py")
        make_folder(folder)
        copy_file(file, folder / file.name)


def open_embedder(models: ModelSet) -> Embedder:
    """Return the embedder that computes what the models read. Raises UserError where its weights are others."""
    provenance = models.provenance
    return Embedder.restore(provenance.backbones, folder=models.folder, parts=provenance.parts)
