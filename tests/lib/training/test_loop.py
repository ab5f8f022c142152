from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lib.features.architectures import Architecture
from lib.training.loop import Batches, State, fit
from lib.training.network import ArtistNetwork
from lib.training.recipe import Recipe

SIZE = 24  # pixels


def block(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU())


def small_network(*, trainable: str = "last_block") -> ArtistNetwork:
    torch.manual_seed(0)
    last = nn.Sequential(*block(8, 16), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    architecture = Architecture(blocks=[block(3, 8), last], width=16, size=SIZE)
    return ArtistNetwork(architecture, trainable=trainable, classes=3)


def works(*, seed: int, count: int = 48) -> list[tuple[Tensor, Tensor]]:
    """Return batches of 16 pictures of three artists, who differ in the channel that is brightest."""
    random = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 160, (count, SIZE, SIZE, 3), generator=random)
    labels = torch.randint(0, 3, (count,), generator=random)
    pixels[torch.arange(count), :, :, labels] += 60
    return list(zip(pixels.to(torch.uint8).split(16), labels.split(16), strict=True))


def train_batches(epoch: int) -> Batches:
    return works(seed=epoch % 2)


def val_batches() -> Batches:
    return works(seed=99)


def run(
    network: ArtistNetwork, recipe: Recipe, *, train: Callable[[int], Batches] = train_batches, **options: Any
) -> State:
    return fit(network, train=train, val=val_batches, recipe=recipe, **options)


@pytest.mark.parametrize(
    ("optimizer", "rate"), [("adamw", 0.01), ("adam", 0.01), ("adagrad", 0.05), ("sgd", 0.05), ("rmsprop", 0.003)]
)
def test_every_optimizer_learns(optimizer: Any, rate: float) -> None:
    recipe = Recipe(epochs=8, optimizer=optimizer, scheduler="none", learning_rate=rate, head_learning_rate=rate)
    history = run(small_network(), recipe)["history"]
    assert max(row["val_top1"] for row in history) > 0.9
    assert history[-1]["train_loss"] < history[0]["train_loss"]


@pytest.mark.parametrize(
    ("scheduler", "shares"),
    [
        ("cosine", [0.5, 1.0, 0.905, 0.655, 0.345, 0.095]),
        ("step", [1, 1, 0.1, 0.1, 0.01, 0.01]),
        ("multistep", [1, 1, 0.1, 0.1, 0.01, 0.01]),
        ("exponential", [1, 0.681, 0.464, 0.316, 0.215, 0.147]),
        ("none", [1, 1, 1, 1, 1, 1]),
    ],
)
def test_every_scheduler_changes_the_rate_as_it_says(scheduler: Any, shares: list[float]) -> None:
    recipe = Recipe(epochs=6, scheduler=scheduler, warm_up=0.34, decay_epochs=(2, 4))
    rates = [row["learning_rate"] / recipe.learning_rate for row in run(small_network(), recipe)["history"]]
    assert rates == pytest.approx(shares, abs=0.001)


def test_a_plateau_lowers_the_rate_after_three_epochs_without_progress() -> None:
    recipe = Recipe(epochs=7, scheduler="plateau", learning_rate=0.0, head_learning_rate=0.0, mixup_alpha=0.0)
    network = small_network(trainable="head")
    state = run(network, recipe)
    assert {row["val_loss"] for row in state["history"]} == {state["history"][0]["val_loss"]}
    assert state["scheduler"]["num_bad_epochs"] < 3  # it was set back when the rate fell


def test_what_is_frozen_stays_as_it_was_and_the_rest_moves() -> None:
    network = small_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    run(network, Recipe(epochs=1))
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if not name.startswith("prefix.")}
    assert any("running_mean" in name for name in before if name.startswith("prefix."))


def test_cached_and_uncached_training_agree() -> None:
    recipe = Recipe(epochs=3, learning_rate=0.01, head_learning_rate=0.01)
    network = small_network().eval()
    cached = [[(network.inputs(pixels).half(), labels) for pixels, labels in works(seed=seed)] for seed in (0, 1)]
    once = run(small_network(), recipe, train=lambda epoch: cached[epoch % 2])["history"]
    every_time = run(small_network(), recipe)["history"]
    for name in ("train_loss", "val_loss"):
        assert [row[name] for row in once] == pytest.approx([row[name] for row in every_time], rel=0.01)


def test_a_stopped_fit_goes_on_from_its_last_epoch_and_ends_the_same(tmp_path: Path) -> None:
    recipe = Recipe(epochs=4, learning_rate=0.01, head_learning_rate=0.01, dropout=0.2)
    unbroken = run(small_network(), recipe)

    def stop(row: dict[str, float], state: State) -> None:
        torch.save(state, tmp_path / "state.pt")
        if row["epoch"] == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(small_network(), recipe, report=stop)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    resumed = run(small_network(), recipe, state=state)
    for name in ("train_loss", "val_loss", "val_top1", "learning_rate"):
        assert [row[name] for row in resumed["history"]] == [row[name] for row in unbroken["history"]]


def test_the_best_epoch_is_kept_and_training_stops_when_it_gets_no_better() -> None:
    recipe = Recipe(epochs=30, learning_rate=0.01, head_learning_rate=0.01, scheduler="none", early_stopping=3)
    network = small_network()
    state = run(network, recipe)
    top1 = [row["val_top1"] for row in state["history"]]
    assert len(top1) < 30
    assert max(top1[-3:]) <= max(top1[:-3])
    for name, value in network.learned().items():
        torch.testing.assert_close(value, state["best"][name])
