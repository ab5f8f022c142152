from hypothesis import given
from hypothesis import strategies as st

from lib.cluster import share_cores

SIZES = st.lists(st.integers(0, 64), min_size=1, max_size=6)


@given(SIZES, st.integers(1, 40))
def test_every_worker_finds_its_cores_on_one_node_and_no_more_would_do(sizes: list[int], workers: int) -> None:
    nodes = [(size, size) for size in sizes]
    each = share_cores(nodes, workers=workers)
    assert each >= 1
    if sum(sizes) >= workers:
        assert sum(size // each for size in sizes) >= workers
        assert sum(size // (each + 1) for size in sizes) < workers


def test_nodes_of_different_sizes_and_places_on_gpus() -> None:
    assert share_cores([(16, 16), (16, 16)], workers=2) == 16
    assert share_cores([(16, 16), (4, 4)], workers=3) == 5
    assert share_cores([(8, 1), (32, 1)], workers=2) == 8
    assert share_cores([], workers=3) == 1
