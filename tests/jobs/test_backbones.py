"""Backbones from files, from embed through the models to the service, without the files they came from."""

import asyncio
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import timm
import torch
from safetensors.torch import save_file

from jobs import embed, sort_paintings, train_per_artist
from lib.data.dataset import Dataset
from lib.data.descriptor import KINDS
from lib.infra.errors import UserError
from lib.models.store import ModelSet
from serve.one_process import in_one_process
from serve.pipeline import Request, attribute_set
from tests.conftest import Trained

NAMES = "test_vit+test_convnext"


def weights_of(name: str, folder: Path) -> str:
    """Write random weights with a classifier, under the names of a training's checkpoint."""
    torch.manual_seed(0)
    state = timm.create_model(name).state_dict()
    save_file({f"student.{key}": value.contiguous() for key, value in state.items()}, folder / f"{name}.safetensors")
    return str(folder / f"{name}.safetensors")


@pytest.fixture(scope="module")
def made(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Models of a copy of the dataset, embedded by two small networks whose files are then gone."""
    folder = tmp_path_factory.mktemp("backbones")
    dataset, models, files = folder / "dataset", folder / "models", folder / "files"
    shutil.copytree(trained.dataset, dataset, ignore=shutil.ignore_patterns("embeddings"))
    files.mkdir()
    (files / "names.json").write_text(json.dumps({"student.": ""}))
    options = embed.Embed(
        dataset=dataset,
        backbone=NAMES,
        weights=tuple(weights_of(name, files) for name in NAMES.split("+")),
        key_map=files / "names.json",
        image_size=192,
        tiles=2,
    )
    embed.main(options)
    shutil.rmtree(files)
    assert train_per_artist.main(train_per_artist.TrainPerArtist(dataset=dataset, models=models)) == 0
    return Trained(trained.catalogue, dataset, models, trained.report)


def test_the_manifest_says_what_the_embeddings_are(made: Trained) -> None:
    embeddings = Dataset.open(made.dataset).embeddings(kinds=("statistics", "correlations"))
    manifest = embeddings.manifest
    assert manifest.backbone == NAMES
    assert [(source.weights, source.size, source.licence) for source in manifest.backbones] == [
        ("test_vit.safetensors", 192, "not stated"),
        ("test_convnext.safetensors", 192, "not stated"),
    ]
    assert [(len(part.widths), part.tiles) for part in manifest.parts] == [
        (depths, tiles) for depths in (6, 4) for tiles in (0, 2) for _ in KINDS
    ]
    assert embeddings.matrix.shape == (len(embeddings.paintings), sum(manifest.blocks))


def test_job_and_service_answer_alike_with_the_backbones_of_the_models(made: Trained, tmp_path: Path) -> None:
    images = made.catalogue / "unseen"
    sort_paintings.main(sort_paintings.SortPaintings(images=images, out=tmp_path, models=made.models))
    order = pd.read_csv(tmp_path / "order.csv").set_index("file")
    pictures = {path.name: path.read_bytes() for path in sorted(images.iterdir())}
    assert sorted(order.index) == sorted(pictures)
    backend = in_one_process(made.models, megapixels=100)
    answer = asyncio.run(attribute_set(backend.steps, Request(files=pictures)))
    artist = pd.read_csv(tmp_path / "artists.csv")["artist"][0]
    for work in answer.works:
        shares = {share.name: share.share for share in work.artists}
        # other batches, which bfloat16 rounds otherwise
        assert shares[artist] == pytest.approx(order["artist_probability"][work.file], abs=0.02)


def test_models_without_their_weights_or_with_others_are_refused(made: Trained, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(made.models, models)
    provenance = ModelSet.open(models).provenance
    vit = provenance.backbones[0].weights_file(models)
    torch.manual_seed(1)
    save_file(timm.create_model("test_vit", num_classes=0, img_size=192).state_dict(), vit)
    picture = next((made.catalogue / "unseen").iterdir())
    with pytest.raises(UserError, match="are not those that the embeddings were made with"):
        sort_paintings.main(sort_paintings.SortPaintings(images=picture.parent, out=tmp_path / "out", models=models))
    vit.unlink()
    with pytest.raises(UserError, match="is missing, the weights of test_vit; train again"):
        ModelSet.open(models)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"backbone": "resnet9000"}, "there is no network 'resnet9000'; choose one of efficientnet_lite0"),
        ({"backbone": "test_vit+test_vit"}, "names a network twice"),
        ({"weights": ("imagenet",) * 3}, "--weights names 3 files for 2 backbones"),
        (
            {"tiles": 4, "image_size": 352},
            "a short side of 320 pixels, and a tile of efficientnet_lite0 has 352; .* --short-side 352 or more",
        ),
        ({"weights": ("/no/such/file",)}, "--weights /no/such/file is neither safetensors nor a plain state dict"),
    ],
)
def test_options_that_do_not_fit_are_one_sentence(made: Trained, options: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        embed.main(embed.Embed(dataset=made.dataset, **options))
