from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.data import embedded_works
from lib.data.dataset import Dataset
from lib.data.embeddings import read_embeddings
from lib.dating.date_embedding.inputs import ensure_embedding_inputs, ensure_rows, head_inputs, open_inputs
from lib.dating.date_embedding.plan import PlannedDateEmbedding, date_embedding_plan
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection
from lib.features.style_space import fit_style_space
from lib.synthetic.embeddings import BACKBONE
from tests.embedded import BLOCKS, change_rows, embedded_parts_of, write_embedded

RECIPE = DateEmbeddingRecipe(batch_size=12)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two artists whose works are mixed in two parts, and a third in a part that lacks its embeddings."""
    dataset = tmp_path / "dataset"
    write_embedded(dataset, artists=3, works=60)
    [part] = embedded_parts_of(dataset)
    table = pq.read_table(part)
    mixed = np.random.default_rng(0).permutation(120)
    pq.write_table(table.take(mixed[:70]), part)
    pq.write_table(table.take(mixed[70:]), part.with_name("part-00001.parquet"))
    pq.write_table(table.slice(120).drop_columns(["embedding"]), part.with_name("part-00002.parquet"))
    return dataset


def plan_of(dataset: Path) -> PlannedDateEmbedding:
    selection = Selection(data="artist", artist="Artist 000")
    works = Dataset.open(dataset).embedded_works()
    return date_embedding_plan(works, dataset=dataset, selection=selection, recipe=RECIPE)


def test_only_parts_with_selected_works_are_read_batch_by_batch(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_works, "BATCH", 25)
    planned = plan_of(dataset)
    assert planned.plan.works["painting_id"].tolist() == [f"{row:06}" for row in range(60)]
    ensure_embedding_inputs(tmp_path / "inputs", planned)
    embedded_parts_of(dataset)[2].unlink()  # else nothing could read all
    whole = read_embeddings(dataset, BACKBONE)
    matrix = whole.matrix[:60]
    train = (planned.plan.works["split"] == "train").to_numpy()
    expected = head_inputs(fit_style_space(matrix[train], parts=whole.manifest.parts), matrix)
    with open_inputs(tmp_path / "inputs", planned.plan) as inputs:
        read = [inputs.full_view.read(np.arange(60)).numpy(), inputs.views[0].read(np.arange(5, 10)).numpy()]
    np.testing.assert_allclose(read[0], expected, rtol=0.002, atol=0.0001)
    np.testing.assert_allclose(read[1], expected[train][5:10], rtol=0.002, atol=0.0001)


def test_works_without_finite_embeddings_are_left_out(dataset: Path, capsys: pytest.CaptureFixture) -> None:
    embedded_parts_of(dataset)[2].unlink()
    rows = read_embeddings(dataset, BACKBONE).matrix.copy()
    rows[3, 2] = np.nan
    parts = [pq.read_table(part, columns=["painting_id"]) for part in embedded_parts_of(dataset)]
    numbers = np.array(pa.concat_tables(parts)["painting_id"].to_pylist(), dtype=int)
    flat = pa.array(rows[numbers].ravel())
    change_rows(dataset, {"embedding": pa.FixedSizeListArray.from_arrays(flat, sum(BLOCKS))})
    assert "000003" not in plan_of(dataset).plan.works["painting_id"].tolist()
    assert "1 works are left out, whose embeddings are not finite" in capsys.readouterr().out


def test_a_row_that_is_missing_is_no_row_of_zeros(tmp_path: Path) -> None:
    file = tmp_path / "view-0.npy"
    with pytest.raises(ValueError, match="1 of 2 rows"):
        ensure_rows(file, [(np.array([1]), np.ones((1, 3), dtype=np.float16))], shape=[2, 3])
    assert not file.exists()


def test_inputs_in_a_bucket_are_read_from_a_copy(dataset: Path, bucket: Path, tmp_path: Path) -> None:
    planned, read = plan_of(dataset), []
    for folder in (tmp_path / "inputs", bucket / "inputs"):
        ensure_embedding_inputs(folder, planned)
        with open_inputs(folder, planned.plan) as inputs:
            read.append(inputs.full_view.read(np.arange(60)).numpy())
    np.testing.assert_array_equal(*read)
    assert read[0].any()
