from pathlib import Path

import pytest

from lib.data.descriptor import BackboneSource
from lib.infra.errors import UserError
from lib.models.backbones import keep_backbones


def source(name: str, *, weights: str = "file.safetensors") -> BackboneSource:
    return BackboneSource(
        name=name, weights=weights, checksum=f"{name} 0123456789", size=8, licence="none", precision="bf16"
    )


def write(folder: Path, backbone: BackboneSource) -> Path:
    file = backbone.weights_file(folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(backbone.checksum.encode())
    return file


def test_weights_of_files_are_copied_and_those_of_packages_are_not(tmp_path: Path) -> None:
    embeddings, models = tmp_path / "embeddings", tmp_path / "models"
    ours, installed = source("ours"), source("lite", weights="installed")
    write(embeddings, ours)
    stale = write(models, source("old"))
    keep_backbones(models, (ours, installed), embeddings=embeddings)
    assert ours.weights_file(models).read_bytes() == ours.checksum.encode()
    assert not stale.exists() and not installed.weights_file(models).exists()
    ours.weights_file(embeddings).unlink()
    keep_backbones(models, (ours, installed), embeddings=embeddings)  # they are there


def test_embeddings_without_their_weights_are_made_again(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"ours.*safetensors is missing, .*; make them again with jobs/embed.py"):
        keep_backbones(tmp_path / "models", (source("ours"),), embeddings=tmp_path / "embeddings")
