from pathlib import Path

import numpy as np
import pytest

from lib.attribution.fit_artist_head import fit_artist_head
from lib.attribution.held_out_artists import held_out_artists
from lib.data import embedded_works
from lib.data.dataset import Dataset
from lib.dating.all_artists import Trends, choose_shared_kernel, fit_all_trends
from lib.features.placed_works import PlacedWorks, UnplacedWorks, fit_space
from lib.infra import tasks
from lib.synthetic.embeddings import write_careers


def trends_of(dataset: Path) -> tuple[np.ndarray, object, Trends]:
    seen = Dataset.open(dataset).embedded_works().outside_test().finite
    space = fit_space(seen)
    return space.mean, choose_shared_kernel(seen, space=space), fit_all_trends(seen, space=space)


def test_batches_on_the_cluster_decide_what_all_works_at_once_do(
    tmp_path: Path, ray_cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_careers(tmp_path, artists=12, works=30, blocks=(6, 12))
    mean, kernel, trends = trends_of(tmp_path)
    monkeypatch.setattr(embedded_works, "BATCH", 50)
    monkeypatch.setattr(tasks, "FEW", 0)
    by_batches, same_kernel, same_trends = trends_of(tmp_path)
    np.testing.assert_allclose(by_batches, mean, atol=1e-4)
    assert same_kernel == kernel
    np.testing.assert_allclose(same_trends.shared.of_all().direction, trends.shared.of_all().direction, atol=0.01)
    np.testing.assert_allclose(same_trends.accuracy.interval_scale, trends.accuracy.interval_scale, rtol=0.05)


def test_a_head_of_works_read_batch_by_batch_answers_as_one_of_works_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_careers(tmp_path, artists=12, works=30, blocks=(6, 12))
    seen = Dataset.open(tmp_path).embedded_works().outside_test()
    space = fit_space(seen)
    works = UnplacedWorks(seen, space)
    memory: PlacedWorks = works.read()
    head = fit_artist_head(memory, columns=space.columns()).head
    folds = held_out_artists(memory)
    monkeypatch.setattr(embedded_works, "BATCH", 50)
    batched = fit_artist_head(works, columns=space.columns()).head
    np.testing.assert_allclose(batched.probabilities(memory.positions), head.probabilities(memory.positions), atol=1e-3)
    for ours, theirs in zip(held_out_artists(works), folds, strict=True):
        assert ours.artists.tolist() == theirs.artists.tolist()
        np.testing.assert_allclose(ours.model.between, theirs.model.between, rtol=1e-3, atol=1e-6)
