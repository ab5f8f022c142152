import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lib.infra.cluster import share_cores

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


ASK = """
import ray
from ray.util.state import get_actor
from lib.infra.cluster import connect

class Self:
    def state(self):
        return get_actor(ray.get_runtime_context().get_actor_id(), timeout=10).state

connect()
print(ray.get(ray.remote(num_cpus=0)(Self).remote().state.remote()))
"""


def test_own_ray_asks_itself_and_not_the_last_cluster_of_this_machine() -> None:
    with tempfile.TemporaryDirectory(prefix="r") as folder:  # short: sockets are made in it
        last = Path(folder, "ray", "ray_current_cluster")
        last.parent.mkdir()
        last.write_text("127.0.0.1:1")  # as a cluster leaves it that was killed
        environment = {**os.environ, "RAY_TMPDIR": folder}
        done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "ALIVE", done.stderr
