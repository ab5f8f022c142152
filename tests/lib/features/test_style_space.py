import numpy as np
import pytest

from lib.data.descriptor import DescriptorPart
from lib.features.style_space import SKETCH, WEIGHTS, StyleSpace, fit_style_space, sketch


def statistics(*widths: int) -> DescriptorPart:
    return DescriptorPart(backbone="any", kind="statistics", widths=widths)


def correlations(*widths: int) -> DescriptorPart:
    return DescriptorPart(backbone="any", kind="correlations", widths=widths)


def embeddings_of(*scales: float, each: int) -> np.ndarray:
    """Return 500 rows of `each` normal dimensions of each scale."""
    random = np.random.default_rng(0)
    return np.concatenate([scale * random.normal(size=(500, each)) for scale in scales], axis=1)


def power(space: StyleSpace, embeddings: np.ndarray, columns: slice | np.ndarray) -> float:
    """Return the total variance of some columns of positions."""
    return float(space.positions(embeddings)[:, columns].var(axis=0).sum())


def test_deeper_statistics_weigh_more_whatever_their_scale() -> None:
    embeddings = embeddings_of(1, 1000, 1000, each=4)
    space = fit_style_space(embeddings, parts=[statistics(4, 8)])
    shallow, deep = power(space, embeddings, slice(4)), power(space, embeddings, slice(4, 12))
    assert deep / shallow == pytest.approx(2**1.5, rel=0.01)
    assert shallow + deep == pytest.approx(1, rel=0.02)


def test_all_depths_of_correlations_weigh_the_same() -> None:
    embeddings = embeddings_of(1, 1000, 1000, each=4)
    space = fit_style_space(embeddings, parts=[correlations(4, 8)])
    assert power(space, embeddings, slice(4)) == pytest.approx(power(space, embeddings, slice(4, 12)), rel=0.02)


def test_parts_of_a_kind_weigh_the_same_and_correlations_less() -> None:
    embeddings = embeddings_of(1, 10, 100, each=6)
    space = fit_style_space(embeddings, parts=[statistics(2, 3), correlations(7), statistics(6)])
    columns = space.columns()
    assert {kind: len(those) for kind, those in columns.items()} == {"statistics": 11, "correlations": 7}
    assert columns["correlations"].tolist() == list(range(5, 12))
    for part, share in ((slice(5), 1.0), (slice(5, 12), WEIGHTS["correlations"]), (slice(12, 18), 1.0)):
        assert power(space, embeddings, part) == pytest.approx(share / (2 + WEIGHTS["correlations"]), rel=0.02)


def test_a_wide_part_keeps_its_distances_in_fewer_dimensions() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(40, 10_000)).astype(np.float32)
    sums = sketch(vectors, size=2000, seed=1)
    assert sums.shape == (40, 2000)
    distances = np.square(vectors[:20] - vectors[20:]).sum(axis=1)
    np.testing.assert_allclose(np.square(sums[:20] - sums[20:]).sum(axis=1), distances, rtol=0.15)
    np.testing.assert_array_equal(sketch(vectors[:1], size=2000, seed=1), sums[:1])
    assert not np.allclose(sketch(vectors, size=2000, seed=2), sums)


def test_columns_follow_the_positions_of_wide_parts() -> None:
    size = SKETCH["correlations"]
    embeddings = np.random.default_rng(0).normal(size=(5, size + 13))
    space = fit_style_space(embeddings, parts=[correlations(size + 10), statistics(3)])
    assert space.positions(embeddings).shape == (5, size + 3)
    assert space.columns()["statistics"].tolist() == [size, size + 1, size + 2]
