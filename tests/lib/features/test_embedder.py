import numpy as np
import pytest
import torch
from PIL import Image

from lib.features.backbones import check_backbone, load_backbone
from lib.features.embedder import Embedder, view_of
from lib.features.statistics import channel_statistics
from lib.features.style_space import fit_style_space
from lib.infra.errors import UserError


def pictures(number: int) -> list[Image.Image]:
    random = np.random.default_rng(0)
    return [
        Image.fromarray(random.integers(0, 256, (20 + 7 * i, 30, 3), dtype=np.uint8)).resize((256, 300 + i))
        for i in range(number)
    ]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder("efficientnet_lite0")


def test_the_stages_end_where_the_whole_network_ends() -> None:
    import timm

    from lib.features.weights import efficientnet_lite0_weights

    whole = timm.create_model("tf_efficientnet_lite0").eval()
    whole.load_state_dict(efficientnet_lite0_weights(whole))
    pixels = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        last = load_backbone("efficientnet_lite0").feature_maps(pixels)[-1]
        expected = whole.forward_features((pixels.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5)
    torch.testing.assert_close(last, expected, rtol=1e-3, atol=1e-3)


def test_an_unknown_backbone_is_one_sentence() -> None:
    with pytest.raises(UserError, match="there is no backbone 'resnet9000'; choose one of: efficientnet_lite0"):
        check_backbone("resnet9000")


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
    assert together.shape == (10, sum(sum(part.widths) for part in embedder.parts()))
    space = fit_style_space(together, parts=embedder.parts())
    np.testing.assert_allclose(space.positions(alone), space.positions(together), atol=0.01)


def test_views_are_the_picture_first_and_then_crops_that_a_name_repeats() -> None:
    image = pictures(1)[0]
    assert view_of(image, view=0, seed="a") is image
    assert view_of(image, view=1, seed="a").tobytes() == view_of(image, view=1, seed="a").tobytes()
    assert view_of(image, view=1, seed="a").tobytes() != view_of(image, view=1, seed="b").tobytes()
