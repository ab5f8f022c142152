"""The newest models: of a folder, of the registry, and of a bucket of a real S3 server. Without Ray."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.infra.atomic import find_json, write_json
from lib.infra.errors import UserError
from lib.infra.paths import upload
from lib.infra.tracking import use_experiment
from lib.models.registry import fetch_champion, register_champion
from lib.models.store import version_of
from serve.latest import LatestModels, LoadedModels, ModelsChanged, NotReady
from serve.settings import read_settings


def test_models_of_a_bucket_are_loaded_and_newer_ones_are_picked_up(models: Path, bucket: Path) -> None:
    settings = read_settings({"OEUVRE_MODELS": f"{bucket}models"})
    latest = LatestModels(settings.models, refresh_seconds=3600, comparators=True)
    with pytest.raises(NotReady, match="no models yet"):
        latest.newest()
    upload(models, bucket / "models")
    latest.refresh()
    first, local = latest.newest(), LoadedModels.read(models, comparators=True)
    assert sorted(first.comparators) == sorted(local.comparators)
    assert np.array_equal(first.models.head.model.sums, local.models.head.model.sums)
    latest.refresh()
    assert latest.newest() is first
    upload(models / "artist", bucket / "models" / "artist")  # written again
    card = next((bucket / "models" / "comparators").glob("*/model.json"))
    card.unlink()
    latest.refresh()
    assert len(latest.newest().comparators) == len(first.comparators) - 1
    assert latest.version(first.models.version) is first


def test_newer_models_are_picked_up_and_broken_ones_are_not(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    latest = LatestModels(str(folder), refresh_seconds=3600, comparators=True)
    with pytest.raises(NotReady, match="no models yet"):
        latest.newest()
    shutil.copytree(models, folder)
    latest.refresh()
    first = latest.newest()
    card = find_json(folder / "artist" / "model.json")
    assert card is not None
    write_json(folder / "artist" / "model.json", {**card, "works": card["works"] + 1})
    second = latest.version(version_of(folder))
    assert second.models.version != first.models.version
    assert latest.version(first.models.version) is first  # for requests that began with it
    write_json(folder / "artist" / "model.json", {**card, "provenance": "another"})
    latest.refresh()
    assert latest.newest() is second
    with pytest.raises(ModelsChanged):
        latest.version("never seen")


def test_the_champion_is_followed(models: Path, tracking_store: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    use_experiment("champions")
    with pytest.raises(UserError, match="champion"):
        fetch_champion()
    register_champion(models)
    latest = LatestModels("champion", refresh_seconds=3600, comparators=True)
    assert latest.newest().models.version == version_of(models)
    changed = tmp_path / "changed"
    shutil.copytree(models, changed)
    card = find_json(changed / "artist" / "model.json")
    assert card is not None
    write_json(changed / "artist" / "model.json", {**card, "works": card["works"] + 1})
    register_champion(changed)
    latest.refresh()
    assert latest.newest().models.version == version_of(changed)
