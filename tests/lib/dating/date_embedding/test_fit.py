from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from lib.data.embeddings import Embeddings, read_embeddings
from lib.dating.date_embedding import works as chosen_works
from lib.dating.date_embedding.fit import Worker, fit_date_embedding
from lib.dating.date_embedding.inputs import InputRows, Inputs, ensure_rows, head_inputs
from lib.dating.date_embedding.network import build_date_embedding_network, embed_inputs
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.features.style_space import fit_style_space
from lib.training.loop import Row, State
from tests.embedded import BLOCKS, write_embedded

RECIPE = DateEmbeddingRecipe(epochs=6, batch_size=12, dimensions=8, dropout=0.2, learning_rate=0.003, far=6)


@pytest.fixture(scope="module")
def inputs(embeddings: Embeddings, tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    """The inputs of all works, which were written in two batches."""
    values = head_inputs(fit_style_space(embeddings.matrix, parts=embeddings.manifest.parts), embeddings.matrix)
    rows, file = np.arange(len(values)), tmp_path_factory.mktemp("inputs") / "view-0.npy"
    batches = ((numbers, values[numbers]) for numbers in (rows[::2], rows[1::2]))
    ensure_rows(file, batches, shape=list(values.shape))
    train = np.flatnonzero(embeddings.paintings["split"] == "train")
    return Inputs(full_view=InputRows(file, rows), views=[InputRows(file, train)])


@pytest.fixture(scope="module")
def embeddings(tmp_path_factory: pytest.TempPathFactory) -> Embeddings:
    dataset = tmp_path_factory.mktemp("dataset")
    write_embedded(dataset, artists=2, works=60)
    return read_embeddings(dataset, "efficientnet_lite0")


def run(
    embeddings: Embeddings,
    inputs: Inputs,
    recipe: DateEmbeddingRecipe,
    *,
    years: pd.Series | None = None,
    **options: object,
) -> State:
    works = embeddings.paintings.assign(group=embeddings.paintings["artist"])
    works = works if years is None else works.assign(year=years)
    network = build_date_embedding_network(recipe, trunk="embeddings", width=sum(BLOCKS))
    return fit_date_embedding(network, inputs=inputs, works=works, recipe=recipe, snapshot_every=3, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("miner", ["all", "hard", "semihard"])
@pytest.mark.parametrize("batching", ["random", "artist"])
def test_every_way_learns_to_date(embeddings: Embeddings, inputs: Inputs, miner: str, batching: str) -> None:
    history = run(embeddings, inputs, replace(RECIPE, miner=miner, batching=batching))["history"]  # type: ignore[arg-type]
    assert min(row["val_mae_years"] for row in history) < 0.6 * history[0]["val_mae_years_median_baseline"]
    assert history[-1]["val_precision_at_1_chance"] < 0.2
    assert history[-1]["batches"] == (6 if batching == "random" else 6)


def test_an_interrupted_fit_resumes_and_ends_the_same(embeddings: Embeddings, inputs: Inputs, tmp_path: Path) -> None:
    def stop(row: Row, state: State) -> None:
        torch.save(state, tmp_path / "state.pt")
        if row["epoch"] == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(embeddings, inputs, RECIPE, report=stop)
    resumed = run(embeddings, inputs, RECIPE, state=torch.load(tmp_path / "state.pt", weights_only=True))
    unbroken = run(embeddings, inputs, RECIPE)
    for name in ("train_loss", "val_mae_years", "triplets"):
        assert [row[name] for row in resumed["history"]] == [row[name] for row in unbroken["history"]]
    assert list(resumed["snapshots"]) == list(unbroken["snapshots"]) == ["0", "3", "6"]
    torch.testing.assert_close(resumed["snapshots"]["6"], unbroken["snapshots"]["6"])
    norms = resumed["snapshots"]["6"].float().norm(dim=1)
    torch.testing.assert_close(norms, torch.ones(120), atol=0.01, rtol=0)


def test_batches_without_a_triplet_are_skipped_and_counted(embeddings: Embeddings, inputs: Inputs) -> None:
    first = embeddings.paintings["artist"] == "Artist 000"
    years = embeddings.paintings["year"].where(first, 1900)
    row = run(embeddings, inputs, replace(RECIPE, epochs=1), years=years)["history"][0]
    assert (row["batches"], row["batches_without_triplets"]) == (3, 3)
    none = run(embeddings, inputs, replace(RECIPE, epochs=1, far=100))["history"][0]
    assert (none["batches"], none["triplets"], none["train_loss"]) == (0, 0, 0)


def test_of_many_works_only_those_on_the_maps_are_kept_by_epoch(
    embeddings: Embeddings, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chosen_works, "MAPPED", 30)
    snapshots = run(embeddings, inputs, replace(RECIPE, epochs=1))["snapshots"]
    assert [len(snapshot) for snapshot in snapshots.values()] == [30, 30]


def test_several_workers_share_the_batches(embeddings: Embeddings, inputs: Inputs) -> None:
    shares = [
        run(embeddings, inputs, replace(RECIPE, epochs=1), worker=Worker(rank=rank, count=2))["history"][0]
        for rank in (0, 1)
    ]
    assert [row["batches"] for row in shares] == [3, 3]


def test_the_last_block_embeds_pixels_as_their_activations() -> None:
    network = build_date_embedding_network(RECIPE, trunk="last_block", width=0)
    pixels = torch.randint(0, 255, (3, 64, 64, 3), dtype=torch.uint8)
    embeddings = embed_inputs(network, pixels)
    assert embeddings.shape == (3, RECIPE.dimensions)
    activations = network.inputs(pixels).half()  # type: ignore[operator]
    torch.testing.assert_close(embed_inputs(network, activations), embeddings, atol=0.02, rtol=0)
    learning = {name.split(".")[0] for name, weight in network.named_parameters() if weight.requires_grad}
    assert learning == {"trunk", "head"}
