import pickle
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from lib.features.architectures import Architecture, load_architecture
from lib.features.backbones import fold_batchnorm
from lib.infra.errors import UserError
from lib.training.activations import prefix_rows, read_rows, row_shapes
from lib.training.network import ArtistNetwork, freeze_depthwise

STUDY = {
    "resnet18": ("layer4", 512),
    "densenet169": ("denseblock4", 1664),
    "vgg16": ("last convolutions", 4096),
    "efficientnet_lite0": ("last resolution", 1280),
}


def run_through(architecture: Architecture, images: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return nn.Sequential(*architecture.blocks).eval()(images)


@pytest.mark.parametrize("name", [*STUDY, "resnet50", "mobilenetv3_small_050"])
def test_every_architecture_is_five_blocks_and_folding_keeps_its_function(name: str) -> None:
    architecture = load_architecture(name, weights="none")
    images = torch.rand(1, 3, 64, 64)
    before = run_through(architecture, images)
    assert before.shape == (1, architecture.width)
    assert len(architecture.blocks) == 5
    fold_batchnorm(architecture.blocks)
    torch.testing.assert_close(run_through(architecture, images), before, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("trainable", ["head", "last_block", "last_two_blocks", "all"])
def test_what_is_trainable_are_the_last_blocks(trainable: str) -> None:
    architecture = load_architecture("resnet18", weights="none")
    blocks = {"head": 0, "last_block": 1, "last_two_blocks": 2, "all": 5}[trainable]
    network = ArtistNetwork(architecture, trainable=trainable, classes=3)
    assert len(network.trunk) == blocks
    assert not any(parameter.requires_grad for parameter in network.prefix.parameters())
    assert all(parameter.requires_grad for parameter in network.trunk.parameters())
    assert network(torch.zeros(2, 64, 64, 3, dtype=torch.uint8)).shape == (2, 3)


def test_the_last_blocks_are_those_of_the_study() -> None:
    resnet = load_architecture("resnet18", weights="none").blocks
    assert [len(block) for block in resnet[1:4]] == [2, 2, 2]
    dense = [type(part).__name__ for part in load_architecture("densenet169", weights="none").blocks[-1]]
    assert dense == ["_DenseBlock", "BatchNorm2d", "ReLU", "AdaptiveAvgPool2d", "Flatten"]
    vgg = [type(part).__name__ for part in load_architecture("vgg16", weights="none").blocks[-1]]
    assert vgg.count("Conv2d") == 3 and vgg.count("Linear") == 2


def test_depthwise_filters_can_be_kept() -> None:
    architecture = load_architecture("efficientnet_lite0", weights="none")
    freeze_depthwise(architecture.blocks)
    layers = [layer for block in architecture.blocks for layer in block.modules() if isinstance(layer, nn.Conv2d)]
    assert {layer.weight.requires_grad for layer in layers if layer.groups > 1} == {False}
    assert {layer.weight.requires_grad for layer in layers if layer.groups == 1} == {True}


@pytest.mark.parametrize(
    ("name", "blocks"),
    [("test_vit", 6), ("eva02_tiny_patch14_224", 12)],  # the second one rotates tokens by their positions
)
def test_the_last_blocks_of_a_transformer_are_its_own(tmp_path: Path, name: str, blocks: int) -> None:
    whole = timm.create_model(name, num_classes=0).eval()
    save_file(whole.state_dict(), tmp_path / "weights.safetensors")
    architecture = load_architecture(name, weights=str(tmp_path / "weights.safetensors"))
    assert len(architecture.blocks) == blocks + 1  # and the tokens before them
    images = torch.rand(2, 3, architecture.size, architecture.size)
    with torch.no_grad():
        torch.testing.assert_close(run_through(architecture, images), whole(images), rtol=1e-4, atol=1e-5)
    network = ArtistNetwork(architecture, trainable="last_two_blocks", classes=3)
    assert len(network.trunk) == 2 and len(network.prefix) == blocks - 1
    assert network.full_view_size == network.size


def test_a_transformer_learns_from_its_cached_tokens() -> None:
    network = ArtistNetwork(load_architecture("test_vit", weights="none"), trainable="last_block", classes=3)
    pixels = torch.randint(0, 256, (2, 160, 160, 3), dtype=torch.uint8)
    shape = row_shapes(network, cached=True)["train"]
    cached = read_rows(prefix_rows(network, pixels.numpy()), shape=shape, dtype="float16")
    network.eval()
    torch.testing.assert_close(network(cached), network(pixels), rtol=1e-2, atol=1e-2)
    network(cached).sum().backward()
    learned = {name for name, parameter in network.named_parameters() if parameter.grad is not None}
    assert any("mlp.fc2" in name for name in learned)
    assert not any(name.startswith("prefix") for name in learned)


def test_maps_between_blocks_have_their_channels_first() -> None:
    architecture = load_architecture("swin_tiny_patch4_window7_224", weights="none")
    maps = nn.Sequential(*architecture.blocks[:1])(torch.rand(1, 3, 224, 224))
    assert maps.shape == (1, 96, 56, 56)


def test_a_network_that_cannot_be_cut_says_what_can_be_trained() -> None:
    architecture = load_architecture("vit_small_patch16_rope_mixed_224", weights="none")
    with pytest.raises(UserError, match="choose head or all"):
        ArtistNetwork(architecture, trainable="last_block", classes=2)
    assert ArtistNetwork(architecture, trainable="head", classes=2).size == 224


def test_a_name_that_is_not_known_is_one_sentence() -> None:
    with pytest.raises(UserError, match="no network 'resnet19'; choose one of efficientnet_lite0, efficientnet_lite2"):
        load_architecture("resnet19", weights="none")


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
@pytest.mark.parametrize(
    ("name", "block", "ours", "theirs"),
    [
        ("resnet18", 1, "0.conv1.weight", "layer1.0.conv1.weight"),
        ("densenet169", -1, "0.denselayer32.conv2.weight", "features.denseblock4.denselayer32.conv2.weight"),
    ],
)
def test_weights_come_from_a_file_whose_classes_are_others(
    tmp_path: Path, name: str, block: int, ours: str, theirs: str, kind: str
) -> None:
    state = torchvision.models.get_model(name, num_classes=7).state_dict()
    path = tmp_path / f"weights.{kind}"
    save_file(state, path) if kind == "safetensors" else torch.save(state, path)
    loaded = load_architecture(name, weights=str(path))
    torch.testing.assert_close(loaded.blocks[block].state_dict()[ours], state[theirs])


def test_weights_that_do_not_fit_are_one_sentence(tmp_path: Path) -> None:
    save_file({"layer1.0.conv1.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="do not fit: .* tensors are missing, first conv1.weight"):
        load_architecture("resnet18", weights=str(tmp_path / "other.safetensors"))
    with pytest.raises(UserError, match="neither safetensors nor a plain state dict"):
        load_architecture("resnet18", weights=str(tmp_path / "absent.safetensors"))


def test_a_pickle_in_place_of_weights_is_refused_and_never_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "was run",)

    (tmp_path / "weights.pt").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UserError, match="neither safetensors nor a plain state dict"):
        load_architecture("resnet18", weights=str(tmp_path / "weights.pt"))
    assert not (tmp_path / "was run").exists()


def test_without_a_network_the_ways_out_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where nobody answers
    with pytest.raises(UserError, match="fetch https://download.pytorch.org/.* or take efficientnet_lite0"):
        load_architecture("densenet169", weights="imagenet")
