"""What does not fit into the memory that Ray shares between processes goes to disk and comes back."""

from pathlib import Path

import pytest

from lib.synthetic.embeddings import write_careers
from tests.cluster.test_training import weights
from tests.nodes import ended_well, running_cluster
from tests.waiting import wait_for

pytestmark = pytest.mark.slow


def test_comparators_are_the_same_when_their_works_spill_to_disk(tmp_path: Path, tracking: dict[str, str]) -> None:
    artists = write_careers(tmp_path / "dataset", artists=40, works=200, blocks=[2000, 4000])
    arguments = ("train_per_artist", "--dataset", tmp_path / "dataset", "--models")
    log, spilled = tmp_path / "log", tmp_path / "spilled"
    spilled.mkdir()
    options = ("--object-store-memory=80000000", f"--object-spilling-directory={spilled}")
    with running_cluster(1, options=options) as cluster:
        job = cluster.job(*arguments, tmp_path / "models", log=log, **tracking)
        wait_for(lambda: any(path.is_file() for path in spilled.rglob("*")), during=job, log=log)
        ended_well(job, log)
    with running_cluster(1) as cluster:
        ended_well(cluster.job(*arguments, tmp_path / "roomy", log=log, **tracking), log)
    assert weights(tmp_path / "models") == weights(tmp_path / "roomy")
    assert len(weights(tmp_path / "models")) == len(artists) + 2
