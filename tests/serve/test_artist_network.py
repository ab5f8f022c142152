"""The service names artists by the network of the models folder together with the head, where there is one."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from lib.attribution.evaluate import Calibration, TopK
from lib.attribution.model import ArtistNetworkMetadata, read_artist_model, write_artist_model
from lib.data.images import open_picture
from lib.models.backbones import open_embedder
from lib.models.store import ModelSet
from lib.stats.calibration import Reliability
from lib.training.plan import Plan, build_network
from lib.training.recipe import Recipe
from serve.one_process import in_one_process
from serve.pipeline import Request, attribute_set


def write_untrained(folder: Path, *, dataset: str, artists: list[str], val_top1: float, seed: int = 0) -> None:
    """Write the bundle of a network with random weights, which knows all but the first of the artists."""
    plan = Plan(
        dataset=folder,
        fingerprint=dataset,
        architecture="resnet18",
        weights="none",
        trainable="head",
        fold=False,
        views=0,
        artists=artists[1:],
        recipe=Recipe(seed=seed),
    )
    figures = TopK(top1=val_top1, top5=1.0, n=10, classes=len(plan.artists), majority_baseline=0.1)
    bins = Reliability(confidence=[0.5], accuracy=[0.5], works=[10])
    metadata = ArtistNetworkMetadata(
        plan=plan.provenance(),
        refit=False,
        weights=(1.0, 0.5),
        temperature=2.0,
        val=figures,
        test=figures,
        calibration=Calibration(1.0, error_uncalibrated=0.0, error=0.0, error_by_chance=0.0, before=bins, after=bins),
    )
    write_artist_model(folder, build_network(plan), metadata=metadata)


@pytest.fixture
def with_network(models: Path, tmp_path: Path) -> Path:
    """The models with three networks: the best one learned from another dataset."""
    shutil.copytree(models, tmp_path / "models")
    model_set = ModelSet.open(models)
    artists, dataset = model_set.head.artists, model_set.provenance.dataset
    networks = tmp_path / "models" / "artist_networks"
    write_untrained(networks / "fair", dataset=dataset, artists=artists, val_top1=0.5)
    write_untrained(networks / "good", dataset=dataset, artists=artists, val_top1=0.6, seed=1)
    write_untrained(networks / "other", dataset="another", artists=artists, val_top1=0.9)
    return tmp_path / "models"


def test_the_best_network_of_the_dataset_and_the_head_name_the_artists(
    with_network: Path, pictures: dict[str, bytes]
) -> None:
    models, name = ModelSet.open(with_network), next(iter(pictures))
    known_artists, picture = models.head.artists, open_picture(pictures[name], short_side=models.provenance.short_side)
    backend = in_one_process(with_network, megapixels=200)
    answer = asyncio.run(attribute_set(backend.steps, Request(files={name: pictures[name]})))
    network = read_artist_model(with_network / "artist_networks" / "good")
    [alone] = np.log(np.maximum(network.probabilities([picture], known_artists), 1e-9))
    head = models.head.logits(models.space.positions(open_embedder(models).embed([picture])))[0]
    expected = models.head.with_doubt(softmax((alone + 0.5 * log_softmax(head)) / 2)[None])[0]
    shares = {share.name: share.share for share in answer.works[0].artists}
    by_artist = dict(zip(known_artists, expected, strict=True))
    assert list(shares) == sorted(by_artist, key=lambda artist: -by_artist[artist])[: len(shares)]
    np.testing.assert_allclose(list(shares.values()), [by_artist[artist] for artist in shares], atol=1e-3)


def test_another_network_makes_another_version(with_network: Path) -> None:
    before = ModelSet.open(with_network)
    shutil.rmtree(with_network / "artist_networks" / "good")
    after = ModelSet.open(with_network)
    assert after.version != before.version
    assert after.network is not None
    assert after.network.folder == with_network / "artist_networks" / "fair"
