"""Share the artists out over one group of Ray Train workers.

A group takes seconds to start, an artist less than one. The workers import this module only, not the job, which would
load MLflow and the plots in each of them. They need no PyTorch, whose import takes longer than all else of their start.
"""

import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
import ray.train
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

from lib.data.embedded_works import EmbeddedWorks
from lib.data.embeddings import Embeddings
from lib.data.provenance import Provenance
from lib.dating.artist_comparator import find_comparator_metadata
from lib.dating.kernel import Kernel
from lib.dating.per_artist import comparator_folder, train_comparator, works_of
from lib.infra.atomic import read_json, write_json
from lib.infra.errors import sentence_of
from lib.infra.paths import make_folder, ray_storage, remove_folder
from lib.stats.metrics import DatingQuality


@dataclass(frozen=True)
class SharedWork:
    """What a group of workers trains.

    careers: the works of the artists, in batches of whole artists, the longest first. fingerprints: of the works of
    each artist. models: the folder that the comparators are written to. failures: the folder that the workers write
    their failures to. space, trend: references to the StyleSpace and the SharedTrend in Ray's object store.
    """

    careers: list[EmbeddedWorks]
    fingerprints: Mapping[str, str]
    models: Path
    failures: Path
    space: ray.ObjectRef
    trend: ray.ObjectRef
    kernel: Kernel
    provenance: Provenance


def run_workers(shared: SharedWork, *, workers: int, storage: Path) -> dict[str, str]:
    """Run train_share() on a group of at most `workers` workers; return the reason of each failure, by artist."""
    remove_folder(storage)  # of a run that was killed
    make_folder(shared.failures)
    trainer = DataParallelTrainer(
        train_share,
        train_loop_config={"shared": shared},
        # A range: fewer workers will do after a node is lost, or before one is started.
        scaling_config=ray.train.ScalingConfig(
            num_workers=(1, workers),  # type: ignore[arg-type]  # mypy sees the class of Ray Train's first version
            resources_per_worker={"CPU": 1},
        ),
        run_config=ray.train.RunConfig(name=uuid.uuid4().hex, **ray_storage(storage)),
    )
    try:
        trainer.fit()
        written = [read_json(path) for path in sorted(shared.failures.glob("*.json"))]
        return {artist: reason for failures in written for artist, reason in failures.items()}
    finally:
        remove_folder(storage)


def train_share(config: dict[str, Any]) -> None:
    """Ray Train worker: train this worker's share of the artists, and write the reason of each failure, by artist."""
    shared: SharedWork = config["shared"]
    rank, workers = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    careers = share(shared.careers, rank=rank, workers=workers)
    artists = sum(batch.paintings["artist"].nunique() for batch in careers)
    space, trend, failures, number = ray.get(shared.space), ray.get(shared.trend), {}, 0
    for batch in careers:
        seen: Embeddings | None = None
        for artist in sorted(set(batch.paintings["artist"])):
            number += 1
            folder = comparator_folder(shared.models, artist)
            fingerprint = shared.fingerprints[artist]
            if find_comparator_metadata(folder, provenance=shared.provenance, works=fingerprint, scope="own"):
                continue  # finished before a worker was lost
            try:
                seen = seen or batch.read()
                works = works_of(artist, seen, space=space, shared=trend, fingerprint=fingerprint)
                line = summary(train_comparator(folder, works, kernel=shared.kernel, provenance=shared.provenance).loo)
            except Exception as error:  # one artist must not stop the others
                if sentence_of(error):  # a full disk or a store that does not answer stops all of them
                    raise
                failures[artist] = line = f"{type(error).__name__}: {error}"
            # Ray Train would show print() twice.
            sys.stdout.write(f"worker {rank}: {number}/{artists} {artist}: {line}\n")
    write_json(shared.failures / f"{rank}.json", failures)


def share(careers: Sequence[EmbeddedWorks], *, rank: int, workers: int) -> Sequence[EmbeddedWorks]:
    """Return the part that worker `rank` of `workers` does of a list sorted from long to short work."""
    return careers[rank::workers]


def summary(loo: DatingQuality | None) -> str:
    """Return one line about the leave-one-out figures of a comparator."""
    if loo is None or loo.pair_accuracy is None:
        return "fitted"
    return (
        f"pair accuracy {loo.pair_accuracy:.3f} (leave-one-out, {loo.pairs} pairs), "
        f"error {loo.mae_years:.1f} years (median year: {loo.mae_years_median_baseline:.1f})"
    )
