"""Share the artists out over one group of Ray Train workers; a group costs seconds to start, an artist less than one.

The workers import this module only, not the job, which would load MLflow and the plots in every one of them.
"""

import sys
import uuid
from pathlib import Path
from typing import Any

import ray
import ray.train
import torch
from ray.train.torch import TorchTrainer

from lib.dating.per_artist import share, train_comparator
from lib.infra.errors import sentence_of
from lib.infra.paths import ray_storage, remove_folder
from lib.models.store import Card, comparator_folder, is_current


def run_workers(config: dict[str, Any], *, workers: int, storage: Path) -> dict[str, str]:
    """Run train_share() on a group of at most so many workers; return the reason of each failure."""
    trainer = TorchTrainer(
        train_share,  # type: ignore[arg-type]  # it may return a value: Result.return_value
        train_loop_config=config,
        # fewer will do: after a node is lost, or before one is started
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
    rank, workers = ray.train.get_context().get_world_rank(), ray.train.get_context().get_world_size()
    mine = share(list(config["works"].items()), rank=rank, workers=workers)
    failed = {}
    for number, (artist, works) in enumerate(mine, start=1):
        folder = comparator_folder(config["models"], artist)
        if is_current(folder, recipe=config["recipe"], scope="own"):  # finished before a worker was lost
            continue
        try:
            card = train_comparator(folder, ray.get(works), kernel=config["kernel"], recipe=config["recipe"])
            line = summary(card["loo"])
        except Exception as error:  # one artist must not stop the others
            if sentence_of(error):  # a full disk or a store that does not answer stops all of them
                raise
            failed[artist] = line = f"{type(error).__name__}: {error}"
        # not print(), which Ray Train would show twice
        sys.stdout.write(f"worker {rank}: {number}/{len(mine)} {artist}: {line}\n")
    everyone: list[dict[str, str]] = [{}] * workers
    torch.distributed.all_gather_object(everyone, failed)
    return {artist: reason for part in everyone for artist, reason in part.items()}


def summary(loo: Card) -> str:
    """Return one line about how a comparator does on each reference without knowing it."""
    return (
        f"pair accuracy {loo['pair_accuracy']:.3f} (leave-one-out, {loo['pairs']} pairs), "
        f"error {loo['mae_years']:.1f} years (median year: {loo['mae_years_median_baseline']:.1f})"
    )
