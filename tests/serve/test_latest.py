"""The newest models, from a bucket of a real S3 server."""

from pathlib import Path

import numpy as np
import pytest

from lib.infra.paths import upload
from serve.latest import LatestModels, LoadedModels, NotReady
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
