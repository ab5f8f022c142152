import numpy as np
import pytest
import torch
from PIL import Image

from lib.data.descriptor import depth_widths
from lib.features.backbones import freeze, open_network
from lib.features.embedded_parts import view_of
from lib.features.embedder import Embedder
from lib.features.statistics import channel_statistics
from lib.features.style_space import fit_style_space
from lib.features.tiles import tile_boxes


def pictures(number: int) -> list[Image.Image]:
    random = np.random.default_rng(0)
    return [
        Image.fromarray(random.integers(0, 256, (20 + 7 * i, 30, 3), dtype=np.uint8)).resize((256, 300 + i))
        for i in range(number)
    ]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.of([open_network("efficientnet_lite0")])


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_lite2"])
def test_the_maps_of_a_lite_end_where_the_whole_network_ends(name: str) -> None:
    network = open_network(name)
    pixels = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        last = freeze(network).feature_maps(pixels)[-1]
        expected = network.module.forward_features((pixels.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5)
    torch.testing.assert_close(last, expected, rtol=1e-3, atol=1e-3)


def test_statistics_do_not_depend_on_where_things_are() -> None:
    feature_map = torch.rand(2, 5, 8, 8)
    shuffled = feature_map.flatten(2)[:, :, torch.randperm(64)].reshape(2, 5, 8, 8)
    torch.testing.assert_close(channel_statistics([feature_map])[0], channel_statistics([shuffled])[0])


def test_statistics_are_means_and_standard_deviations() -> None:
    feature_map = 6 * torch.rand(2, 5, 8, 8) ** 4
    feature_map[0, 0] = 6  # a channel that is the same everywhere
    expected = torch.cat([feature_map.mean(dim=(2, 3)), feature_map.std(dim=(2, 3))], dim=1)
    torch.testing.assert_close(channel_statistics([feature_map])[0], expected, rtol=1e-4, atol=5e-3)


def test_a_picture_has_the_same_embedding_alone_and_among_others(embedder: Embedder) -> None:
    images = pictures(10)  # more than a batch
    together = embedder.embed(images).astype(np.float32)
    alone = np.concatenate([embedder.embed([image]) for image in images]).astype(np.float32)
    assert together.shape == (10, sum(depth_widths(embedder.parts())))
    space = fit_style_space(together, parts=embedder.parts())
    np.testing.assert_allclose(space.positions(alone), space.positions(together), atol=0.02)


def test_several_backbones_and_kinds_lie_side_by_side(embedder: Embedder) -> None:
    small = Embedder.of([open_network("test_convnext", weights="none")], kinds=["statistics"])
    both = Embedder([*small.backbones, *embedder.backbones])
    assert [(part.backbone, part.kind) for part in both.parts()] == [
        ("test_convnext", "statistics"),
        ("test_convnext", "correlations"),
        ("efficientnet_lite0", "statistics"),
        ("efficientnet_lite0", "correlations"),
    ]
    widths = [sum(part.widths) for part in both.parts()]
    assert [len(part.widths) for part in both.parts()] == [4, 4, 18, 7]
    images = pictures(2)
    side_by_side = both.embed(images)
    np.testing.assert_array_equal(side_by_side[:, : widths[0]], small.embed(images))
    np.testing.assert_array_equal(side_by_side[:, sum(widths[:2]) :], embedder.embed(images))


def test_views_are_the_picture_first_and_then_crops_that_a_name_repeats() -> None:
    image = pictures(1)[0]
    assert view_of(image, view=0, seed="a") is image
    assert view_of(image, view=1, seed="a").tobytes() == view_of(image, view=1, seed="a").tobytes()
    assert view_of(image, view=1, seed="a").tobytes() != view_of(image, view=1, seed="b").tobytes()


def test_tiles_are_further_parts_the_mean_of_describing_each_alone() -> None:
    whole = Embedder.of([open_network("test_convnext", weights="none", size=64)])
    tiled = Embedder(whole.backbones, tiles=5)
    plain = whole.parts()
    assert tiled.parts() == (*plain, *(part.model_copy(update={"tiles": 5}) for part in plain))
    images = [*pictures(3), pictures(1)[0].resize((60, 400))]  # the last one is narrower than a tile
    embedded = tiled.embed(images).astype(np.float32)
    width = sum(depth_widths(plain))
    np.testing.assert_array_equal(embedded[:, :width], whole.embed(images))
    for image, row in zip(images, embedded[:, width:], strict=True):
        tiles = [image.crop(box) for box in tile_boxes(image.width, image.height, size=64, number=5)]
        alone = np.stack([whole.embed([tile])[0] for tile in tiles]).astype(np.float32)
        np.testing.assert_allclose(row, alone.mean(axis=0), rtol=0.02, atol=0.02)
    np.testing.assert_allclose(embedded[-1, width:], embedded[-1, :width], rtol=0.02, atol=0.02)
