"""Share the artists out over one group of Ray Train workers.

A group takes seconds to start, an artist less than one. The workers import this module only, not the job, which would
load MLflow and the plots in each of them. They need no PyTorch, whose import takes longer than all else of their start.
"""

import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
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
from lib.dating.trend import SharedTrend
from lib.features.style_space import StyleSpace
from lib.infra.atomic import read_json, write_json
from lib.infra.errors import sentence_of
from lib.infra.paths import make_folder, ray_storage, remove_folder
from lib.infra.progress import track


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
    """Ray Train worker: train this worker's share of the artists, and write the reason of each failure, by artist.

    The first worker shows its progress, which stands for that of all: the shares are as long, and its own begins with
    the longest works.
    """
    shared: SharedWork = config["shared"]
    rank, workers = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    careers = share(shared.careers, rank=rank, workers=workers)
    batches = [(batch, sorted(set(batch.paintings["artist"]))) for batch in careers]
    space, trend, failures = ray.get(shared.space), ray.get(shared.trend), {}
    artists: Iterator[tuple[str, str]] = (
        trained for batch, names in batches for trained in train_batch(batch, names, shared, space, trend)
    )
    if rank == 0:
        label = "comparators" if workers == 1 else f"comparators, one of {workers} shares"
        artists = track(artists, label, total=sum(len(names) for _, names in batches), unit="artists")
    for artist, failure in artists:
        if failure:
            failures[artist] = failure
            sys.stdout.write(f"failed: {artist}: {failure}\n")  # not print(), which Ray Train would show twice
    write_json(shared.failures / f"{rank}.json", failures)


def train_batch(
    batch: EmbeddedWorks, artists: Sequence[str], shared: SharedWork, space: StyleSpace, trend: SharedTrend
) -> Iterator[tuple[str, str]]:
    """Train the comparators of the artists in a batch; yield each with the reason why it failed, empty for none."""
    seen: Embeddings | None = None
    for artist in artists:
        folder, fingerprint, failure = comparator_folder(shared.models, artist), shared.fingerprints[artist], ""
        # One may have been finished before a worker was lost.
        if not find_comparator_metadata(folder, provenance=shared.provenance, works=fingerprint, scope="own"):
            try:
                seen = seen or batch.read()
                works = works_of(artist, seen, space=space, shared=trend, fingerprint=fingerprint)
                train_comparator(folder, works, kernel=shared.kernel, provenance=shared.provenance)
            except Exception as error:  # one artist must not stop the others
                if sentence_of(error):  # a full disk or a store that does not answer stops all of them
                    raise
                failure = f"{type(error).__name__}: {error}"
        yield artist, failure


def share(careers: Sequence[EmbeddedWorks], *, rank: int, workers: int) -> Sequence[EmbeddedWorks]:
    """Return the part that worker `rank` of `workers` does of a list sorted from long to short work."""
    return careers[rank::workers]
