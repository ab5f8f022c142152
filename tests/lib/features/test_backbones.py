from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import Tensor

from lib.features.backbones import Backbone, freeze, open_network, restore
from lib.features.statistics import describe
from lib.features.weights import save_weights
from lib.infra.errors import UserError

State = dict[str, Tensor]
PIXELS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 160, 160, 3), dtype=np.uint8))


def state_of(name: str, **options: int) -> State:
    torch.manual_seed(0)
    return timm.create_model(name, **options).state_dict()


@pytest.fixture
def weights(tmp_path: Path) -> Callable[[State], str]:
    """Write a state dict to a file; return its path."""

    def write(state: State) -> str:
        save_file({name: value.contiguous() for name, value in state.items()}, tmp_path / "weights.safetensors")
        return str(tmp_path / "weights.safetensors")

    return write


def widths(backbone: Backbone, pixels: Tensor) -> dict[str, list[int]]:
    with torch.inference_mode():
        maps = backbone.feature_maps(pixels)
        parts = describe(maps, stage_ends=backbone.stage_ends, kinds=("statistics", "correlations"))
    assert all(torch.isfinite(depth).all() for depths in parts.values() for depth in depths)
    return {kind: [depth.shape[1] for depth in depths] for kind, depths in parts.items()}


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("test_vit", [64] * 6),
        ("test_convnext", [24, 32, 48, 64]),
        ("test_vit4", [96] * 6),
        ("resnet18", [64, 64, 128, 256, 512]),
    ],
)
def test_networks_of_every_kind_describe_pictures(name: str, channels: list[int], precision: str) -> None:
    backbone = freeze(open_network(name, weights="none", size=160), precision=precision)
    parts = widths(backbone, PIXELS)
    assert parts["statistics"] == [2 * number for number in channels]
    assert parts["correlations"] == [min(number, 64) * (min(number, 64) - 1) // 2 for number in channels]


def test_the_blocks_of_a_deep_transformer_are_evenly_spaced_and_without_class_tokens() -> None:
    network = open_network("vit_tiny_patch16_224", weights="none")
    pixels = torch.randint(0, 256, (1, 224, 224, 3), dtype=torch.uint8)
    with torch.inference_mode():
        maps = freeze(network).feature_maps(pixels)
        normalised = (pixels.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
        tokens = network.module.forward_features(normalised)
    assert [tuple(feature_map.shape) for feature_map in maps] == [(1, 192, 14, 14)] * 6
    torch.testing.assert_close(maps[-1].flatten(2).mT, tokens[:, 1:], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["resnet18", "vgg16", "densenet169"])
def test_the_maps_of_the_study_end_where_torchvision_ends(name: str) -> None:
    network = open_network(name, weights="none")
    pixels = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    mean, std = torch.tensor(network.mean).view(-1, 1, 1), torch.tensor(network.std).view(-1, 1, 1)
    end = {"resnet18": "layer4", "vgg16": "features", "densenet169": "features"}[name]
    extractor = torchvision.models.feature_extraction.create_feature_extractor(network.module.eval(), [end])
    with torch.inference_mode():
        last = freeze(network).feature_maps(pixels)[-1]
        expected = extractor((pixels.permute(0, 3, 1, 2) / 255 - mean) / std)[end]
    expected = expected.relu()  # which torchvision's DenseNet does outside its features
    torch.testing.assert_close(last, expected, rtol=1e-3, atol=1e-3)


def test_the_card_gives_size_preprocessing_and_licence() -> None:
    network = open_network("efficientnet_lite2")
    assert (network.size, network.mean, network.licence, network.weights) == (
        320,
        (0.5,) * 3,
        "apache-2.0",
        "installed",
    )
    other = open_network("vit_base_patch16_clip_224", weights="none")
    assert (other.size, other.mean[0]) == (224, 0.48145466)
    assert other.licence == "not stated"  # that of the card is of its own weights


def test_a_size_that_patches_do_not_fill_is_refused() -> None:
    with pytest.raises(UserError, match="--image-size 170 is not a multiple of 16, the patch of test_vit; take 176"):
        open_network("test_vit", weights="none", size=170)
    with pytest.raises(UserError, match="test_vit4 gives no usable maps of pictures of 16 pixels"):
        freeze(open_network("test_vit4", weights="none", size=16))


def test_position_embeddings_are_resampled_to_another_size(weights: Callable[[State], str]) -> None:
    state = state_of("vit_tiny_patch16_224", num_classes=0)
    state["pos_embed"] = state["pos_embed"] * 0 + torch.arange(192)
    network = open_network("vit_tiny_patch16_224", weights=weights(state), size=320)
    positions = network.module.get_parameter("pos_embed")
    assert positions.shape == (1, 1 + 20 * 20, 192)
    torch.testing.assert_close(positions[0, 1:], torch.arange(192.0).expand(400, -1), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("name", ["test_vit", "test_convnext", "resnet18"])
def test_a_file_gives_the_maps_of_its_weights(name: str, weights: Callable[[State], str]) -> None:
    whole = torchvision.models.resnet18() if name == "resnet18" else timm.create_model(name)  # with a classifier
    with torch.no_grad():
        for parameter in whole.parameters():
            parameter.add_(0.01 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    network = open_network(name, weights=weights(whole.state_dict()), size=160)
    loaded = network.module.state_dict()
    assert all(torch.equal(value, loaded[key]) for key, value in whole.state_dict().items() if key in loaded)
    assert network.weights == "weights.safetensors"


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("vit_tiny_patch16_224", "blocks.11.mlp.fc2.weight"),  # the last linear layer
        ("test_vit", "norm.bias"),
        ("test_convnext", "stages.3.blocks.0.mlp.fc2.bias"),
        ("resnet18", "layer4.1.bn2.running_var"),
    ],
)
def test_an_incomplete_file_is_refused(name: str, missing: str, weights: Callable[[State], str]) -> None:
    state = torchvision.models.resnet18().state_dict() if name == "resnet18" else state_of(name, num_classes=0)
    del state[missing]
    with pytest.raises(UserError, match=f"do not fit: 1 tensors are missing, first {missing}"):
        open_network(name, weights=weights(state))


def test_a_file_of_another_width_says_so(weights: Callable[[State], str]) -> None:
    state = state_of("test_convnext", num_classes=0)
    state["stem.0.weight"] = torch.zeros(48, 3, 4, 4)
    with pytest.raises(UserError, match=r"first stem.0.weight \(it has the shape \(48, 3, 4, 4\), not \(24, 3, 4, 4\)"):
        open_network("test_convnext", weights=weights(state))


def test_a_file_of_a_deeper_network_is_refused(weights: Callable[[State], str]) -> None:
    state = state_of("test_vit", num_classes=0)
    state |= {
        name.replace("blocks.5", "blocks.6"): value.clone() for name, value in state.items() if "blocks.5" in name
    }
    with pytest.raises(UserError, match="are of a larger network: it has 12 more tensors, first blocks.6"):
        open_network("test_vit", weights=weights(state))


def test_other_tensors_than_the_classifier_are_mentioned(
    weights: Callable[[State], str], capsys: pytest.CaptureFixture
) -> None:
    open_network("test_vit", weights=weights(state_of("test_vit")))
    assert capsys.readouterr().out == ""
    open_network("test_vit", weights=weights({**state_of("test_vit"), "decoder.weight": torch.zeros(2)}))
    assert "1 tensors are ignored, first decoder.weight" in capsys.readouterr().out


def test_a_key_map_renames_the_longest_prefix(weights: Callable[[State], str]) -> None:
    state = state_of("test_vit", num_classes=0)
    theirs = {
        "encoder.layers." + name if name.startswith("blocks.") else "encoder." + name: state[name] for name in state
    }
    path = weights(theirs)
    with pytest.raises(UserError, match="rename its tensors with --key-map"):
        open_network("test_vit", weights=path)
    network = open_network("test_vit", weights=path, key_map={"encoder.layers.": "", "encoder.": ""})
    assert torch.equal(network.module.state_dict()["blocks.5.mlp.fc2.weight"], state["blocks.5.mlp.fc2.weight"])
    both = {"encoder.norm.weight": "norm", "encoder.norm.bias": "norm"}
    with pytest.raises(UserError, match="gives two tensors the name norm"):
        open_network("test_vit", weights=path, key_map=both)


def test_weights_that_travel_with_the_models_are_those_of_the_embeddings(tmp_path: Path) -> None:
    network = open_network("test_vit", weights="none", size=192)
    backbone = freeze(network)
    file = backbone.source.weights_file(tmp_path)
    with pytest.raises(UserError, match="is missing, the weights of test_vit"):
        restore(backbone.source, folder=tmp_path, device="cpu", precision="float32")
    save_weights(network.module, file)
    again = restore(backbone.source, folder=tmp_path, device="cpu", precision="float32")
    pixels = torch.randint(0, 256, (1, 192, 192, 3), dtype=torch.uint8)
    with torch.inference_mode():
        for first, second in zip(backbone.feature_maps(pixels), again.feature_maps(pixels), strict=True):
            assert torch.equal(first, second)
    save_weights(open_network("test_vit", weights="none", size=192).module, file)
    with pytest.raises(UserError, match="are not those that the embeddings were made with"):
        restore(backbone.source, folder=tmp_path, device="cpu", precision="float32")
