import random
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from lib.data.images import to_jpeg
from lib.features.architectures import Architecture
from lib.training.activations import cache_part, row_shapes
from lib.training.inputs import TrainingInput, read_by_tasks, share_of, training_input
from lib.training.loop import fit
from lib.training.network import ArtistNetwork
from lib.training.plan import Plan
from lib.training.recipe import Recipe
from lib.training.views import CROP_RATIOS, SMALLEST_CROP, random_crop, random_view

SIZE = 16  # pixels
ARTISTS = ["Ada", "Bo"]
PARTS, WORKS = 4, 12  # works in each part; every fourth is val, every sixth by an artist nobody learns


def network() -> ArtistNetwork:
    torch.manual_seed(0)
    first = nn.Conv2d(3, 4, 3, stride=2, padding=1)
    last = nn.Sequential(nn.Conv2d(4, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    architecture = Architecture(blocks=[first, last], width=8, size=SIZE)
    return ArtistNetwork(architecture, trainable="last_block", classes=2)


def write_dataset(dataset: Path) -> None:
    """Write paintings of a colour that no other work has in any brightness, and their splits."""
    for folder in ("paintings", "splits"):
        (dataset / folder).mkdir(parents=True)
    for part in range(PARTS):
        numbers = range(part * WORKS, (part + 1) * WORKS)
        names = pa.array([f"{number:03}" for number in numbers])
        columns = {
            "painting_id": names,
            "artist": [ARTISTS[number % 2] if number % 6 else "Dot" for number in numbers],
            "image": [to_jpeg(Image.new("RGB", (24, 20), (4 * number, 255 - 4 * number, 100))) for number in numbers],
        }
        pq.write_table(pa.table(columns), dataset / "paintings" / f"part-{part:05}.parquet")
        splits = {"painting_id": names, "split": ["val" if number % 4 == 1 else "train" for number in numbers]}
        pq.write_table(pa.table(splits), dataset / "splits" / f"part-{part:05}.parquet")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return a plan of three cached views of 48 works."""
    dataset = tmp_path_factory.mktemp("dataset")
    write_dataset(dataset)
    plan = Plan(
        dataset=dataset,
        fingerprint="made up",
        architecture="none",
        weights="none",
        trainable="last_block",
        fold=False,
        views=3,
        artists=ARTISTS,
        recipe=Recipe(epochs=2, batch_size=8),
    )
    for view in range(4):
        for part in sorted((dataset / "paintings").iterdir()):
            cache_part(network().eval(), part, view=view, full_view_splits=("val",), out=plan.activations_folder())
    return plan


@pytest.fixture(params=[3, 0], ids=["cached", "drawn"])
def inputs(plan: Plan, request: pytest.FixtureRequest) -> TrainingInput:
    return training_input(replace(plan, views=request.param), network())


def labels_of(inputs: TrainingInput, **options: int) -> list[int]:
    return [label for _, labels in inputs.train(0, **options) for label in labels.tolist()]


def test_an_epoch_has_each_work_once_but_those_of_an_incomplete_batch(inputs: TrainingInput) -> None:
    assert sum(inputs.works["train"].values()) == 28  # of 36, without those of the artist nobody learns
    batches = list(inputs.train(0))
    assert [len(labels) for _, labels in batches] == [8, 8, 8]
    assert batches[0][0].shape[1:] == ((4, 8, 8) if inputs.plan.views else (SIZE, SIZE, 3))
    rows = torch.cat([batch.flatten(1).double() for batch, _ in batches])
    assert len(torch.unique(rows, dim=0)) == 24


def test_val_has_all_works_in_order(inputs: TrainingInput) -> None:
    batches = list(inputs.val())
    labels = torch.cat([labels for _, labels in batches])
    assert labels.tolist() == [1] * 12  # every fourth number is odd, hence by Bo
    assert all(torch.equal(one, other) for (one, _), (other, _) in zip(batches, inputs.val(), strict=True))


def test_the_same_epoch_is_the_same_and_another_is_not(inputs: TrainingInput) -> None:
    first, again, second = (torch.cat([batch for batch, _ in inputs.train(epoch)]) for epoch in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first.sort(dim=0).values, second.sort(dim=0).values)  # other views, not only another order


def test_global_random_states_are_neither_read_nor_changed(inputs: TrainingInput) -> None:
    def states() -> tuple[object, ...]:
        return random.getstate(), str(np.random.get_state()), torch.random.get_rng_state().tolist()

    before = states()
    first = torch.cat([batch for batch, _ in inputs.train(0)])
    assert states() == before
    random.seed(9), np.random.seed(9), torch.manual_seed(9)
    assert torch.equal(first, torch.cat([batch for batch, _ in inputs.train(0)]))


@pytest.mark.usefixtures("ray_cluster")
def test_tasks_read_the_same_batches(inputs: TrainingInput) -> None:
    by_tasks = inputs.train(0, read=partial(read_by_tasks, cpus=1))
    for (batch, labels), (other, other_labels) in zip(inputs.train(0), by_tasks, strict=True):
        assert torch.equal(batch, other) and torch.equal(labels, other_labels)


def test_two_workers_share_an_epoch(inputs: TrainingInput) -> None:
    shares = [list(inputs.train(0, worker=(rank, 2))) for rank in (0, 1)]
    assert [[len(labels) for _, labels in share] for share in shares] == [[4, 4, 4]] * 2
    rows = torch.cat([batch.flatten(1).double() for share in shares for batch, _ in share])
    assert len(torch.unique(rows, dim=0)) == 24


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 5))
def test_every_worker_reads_as_many_works_and_none_twice(counts: list[int], workers: int) -> None:
    works = {f"part-{number}": count for number, count in enumerate(counts)}
    shares = [share_of(works, views=dict.fromkeys(works, 1), rank=rank, workers=workers) for rank in range(workers)]
    assert {sum(rows.last - rows.first for rows in share) for share in shares} == {sum(counts) // workers}
    read = [(rows.part, row) for share in shares for rows in share for row in range(rows.first, rows.last)]
    assert len(set(read)) == len(read)
    assert all(row < works[part] for part, row in read)


def test_a_fit_is_repeatable_from_its_seed(inputs: TrainingInput) -> None:
    def losses(seed: int) -> list[float]:
        recipe = replace(inputs.plan.recipe, seed=seed)
        seeded = replace(inputs, plan=replace(inputs.plan, recipe=recipe))
        history = fit(network(), train=seeded.train, val=seeded.val, recipe=recipe)["history"]
        return [row[name] for row in history for name in ("train_loss", "val_loss")]

    assert losses(seed=1) == losses(seed=1) != losses(seed=2)


def test_a_random_view_depends_on_its_seed_alone() -> None:
    jpeg = to_jpeg(Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)))
    first = random_view(jpeg, size=SIZE, seed="a 1")
    assert np.array_equal(first, random_view(jpeg, size=SIZE, seed="a 1"))
    assert not np.array_equal(first, random_view(jpeg, size=SIZE, seed="a 2"))


def test_random_views_are_crops_of_the_picture_that_keep_its_colours_within_a_tenth() -> None:
    across, down = np.meshgrid(np.arange(320), np.arange(256))
    gradients = np.stack([across * 200 // 320, down * 200 // 256, np.full_like(down, 100)], axis=2)
    jpeg = to_jpeg(Image.fromarray(gradients.astype(np.uint8)))
    views = [random_view(jpeg, size=64, seed=str(seed)).astype(float) for seed in range(40)]
    mirrored = [view[:, 0, 0].mean() > view[:, -1, 0].mean() for view in views]
    assert 8 < sum(mirrored) < 32
    assert all(view[0, :, 1].mean() < view[-1, :, 1].mean() for view in views)  # never upside down
    spans = np.array([[np.ptp(view[:, :, colour].mean(axis=colour)) for colour in (0, 1)] for view in views])
    shares = spans / 200 * (64 / 63)
    assert shares.prod(axis=1).min() > SMALLEST_CROP * 0.6  # all three changes of colour may weaken contrast
    assert shares.prod(axis=1).max() < 1.4
    assert np.ptp(shares.prod(axis=1)) > 0.3
    assert max(abs(view[:, :, 2].mean() - 100) for view in views) < 30


def test_a_crop_lies_inside_the_picture() -> None:
    crops = np.array([random_crop(np.random.default_rng(seed)) for seed in range(500)])
    sides = crops[:, 2:] - crops[:, :2]
    assert crops.min() >= 0
    assert crops.max() <= 1
    assert sides.prod(axis=1).min() >= SMALLEST_CROP - 1e-9
    ratios = sides[:, 0] / sides[:, 1]
    assert CROP_RATIOS[0] - 1e-9 <= ratios.min() < 0.8 < 1.25 < ratios.max() <= CROP_RATIOS[1] + 1e-9


@pytest.mark.parametrize("module", ["cached_views", "views"])
def test_tasks_that_read_the_input_do_not_import_torch(module: str) -> None:
    check = f"import sys, lib.training.{module}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_reading_cached_rows_does_not_import_pandas() -> None:
    check = "import sys, lib.training.cached_views; assert not {'pandas', 'ray'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_row_shapes_are_those_of_the_prefix(plan: Plan) -> None:
    assert row_shapes(network(), cached=True)["train"] == [8, 8, 4]
    assert row_shapes(network(), cached=False)["train"] == [SIZE, SIZE, 3]
