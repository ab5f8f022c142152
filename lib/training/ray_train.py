"""Train on a group of Ray Train workers with a checkpoint after each epoch: what is lost or killed costs one epoch."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ray.train
import torch
from ray.train.torch import TorchTrainer

from lib.infra.paths import ray_storage
from lib.training.attempts import ATTEMPTS, outlasting_lost_workers
from lib.training.loop import Row, State


def train_resumably(
    worker: Callable[[dict[str, Any]], None],
    config: dict[str, Any],
    *,
    name: str,
    storage: Path,
    scaling: ray.train.ScalingConfig,
    **data: Any,
) -> State:
    """Run `worker` on a group, going on from the last epoch of the run `name` if `storage` has one; return its state.

    data: the trainer's datasets and dataset_config.
    """

    def go_on() -> State:
        trainer = TorchTrainer(
            worker,
            train_loop_config=config,
            scaling_config=scaling,
            run_config=ray.train.RunConfig(
                name=name,
                **ray_storage(storage),
                checkpoint_config=ray.train.CheckpointConfig(num_to_keep=1),
                failure_config=ray.train.FailureConfig(max_failures=ATTEMPTS),
            ),
            **data,
        )
        return read_state(trainer.fit().checkpoint)

    return outlasting_lost_workers(go_on, again="go on from the last epoch")


def report_epoch(row: Row, state: State, *, line: str) -> None:
    """Report an epoch to Ray Train; the first worker adds the checkpoint and writes the line about it."""
    first = ray.train.get_context().get_world_rank() == 0
    with tempfile.TemporaryDirectory() as folder:
        if first:
            torch.save(state, Path(folder) / "state.pt")
            sys.stdout.write(line)  # not print(), which Ray Train would show twice
        ray.train.report(row, checkpoint=ray.train.Checkpoint.from_directory(folder) if first else None)


def last_state() -> State | None:
    """Return, inside a worker, the state to go on from; None in a run that begins."""
    checkpoint = ray.train.get_checkpoint()
    return read_state(checkpoint) if checkpoint else None


def read_state(checkpoint: Any) -> State:
    """Read the state in a checkpoint; nothing else than tensors and plain values is read."""
    with checkpoint.as_directory() as folder:
        return torch.load(Path(folder) / "state.pt", weights_only=True, map_location="cpu")
