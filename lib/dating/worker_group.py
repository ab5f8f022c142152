"""Share the artists out over one group of Ray Train workers.

A group takes seconds to start, an artist less than one. The workers import this module only, not the job, which would
load MLflow and the plots in each of them.
"""

import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
import ray.train
import torch
from ray.train.torch import TorchTrainer

from lib.data.provenance import Provenance
from lib.dating.artist_comparator import find_comparator_metadata
from lib.dating.kernel import Kernel
from lib.dating.per_artist import comparator_folder, train_comparator
from lib.infra.errors import sentence_of
from lib.infra.paths import ray_storage, remove_folder
from lib.stats.metrics import DatingQuality


@dataclass(frozen=True)
class SharedWork:
    """What a group of workers trains.

    works: a reference to the ArtistWorks of each artist in Ray's object store, the longest first. fingerprints: of the
    works of each artist. models: the folder that the comparators are written to.
    """

    works: dict[str, ray.ObjectRef]
    fingerprints: Mapping[str, str]
    models: Path
    kernel: Kernel
    provenance: Provenance


def run_workers(shared: SharedWork, *, workers: int, storage: Path) -> dict[str, str]:
    """Run train_share() on a group of at most `workers` workers; return the reason of each failure, by artist."""
    trainer = TorchTrainer(
        train_share,  # type: ignore[arg-type]  # it may return a value: Result.return_value
        train_loop_config={"shared": shared},
        # A range: fewer workers will do after a node is lost, or before one is started.
        scaling_config=ray.train.ScalingConfig(
            num_workers=(1, workers),  # type: ignore[arg-type]  # mypy sees the class of Ray Train's first version
            resources_per_worker={"CPU": 1},
        ),
        run_config=ray.train.RunConfig(name=uuid.uuid4().hex, **ray_storage(storage)),
    )
    try:
        result: Any = trainer.fit()
        return result.return_value
    finally:
        remove_folder(storage)


def train_share(config: dict[str, Any]) -> Any:
    """Ray Train worker: train this worker's share of the artists; return the failures of all workers."""
    shared: SharedWork = config["shared"]
    rank, workers = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    artists = share(list(shared.works), rank=rank, workers=workers)
    failures = {}
    for number, artist in enumerate(artists, start=1):
        folder = comparator_folder(shared.models, artist)
        fingerprint = shared.fingerprints[artist]
        if find_comparator_metadata(folder, provenance=shared.provenance, works=fingerprint, scope="own"):
            continue  # finished before a worker was lost
        try:
            works = ray.get(shared.works[artist])
            line = summary(train_comparator(folder, works, kernel=shared.kernel, provenance=shared.provenance).loo)
        except Exception as error:  # one artist must not stop the others
            if sentence_of(error):  # a full disk or a store that does not answer stops all of them
                raise
            failures[artist] = line = f"{type(error).__name__}: {error}"
        # Ray Train would show print() twice.
        sys.stdout.write(f"worker {rank}: {number}/{len(artists)} {artist}: {line}\n")
    everyone: list[dict[str, str]] = [{}] * workers
    torch.distributed.all_gather_object(everyone, failures)
    return {artist: reason for part in everyone for artist, reason in part.items()}


def share(artists: Sequence[str], *, rank: int, workers: int) -> Sequence[str]:
    """Return the part that worker `rank` of `workers` does of a list sorted from long to short work."""
    return artists[rank::workers]


def summary(loo: DatingQuality | None) -> str:
    """Return one line about the leave-one-out figures of a comparator."""
    if loo is None or loo.pair_accuracy is None:
        return "fitted"
    return (
        f"pair accuracy {loo.pair_accuracy:.3f} (leave-one-out, {loo.pairs} pairs), "
        f"error {loo.mae_years:.1f} years (median year: {loo.mae_years_median_baseline:.1f})"
    )
