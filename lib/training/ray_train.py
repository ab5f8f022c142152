"""Train on a group of Ray Train workers: a lost worker or a killed run costs one epoch at most."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import ray
import ray.train
import torch
from ray import PlacementGroupID
from ray.train.torch import TorchTrainer
from ray.util.placement_group import PlacementGroup, placement_group_table, remove_placement_group
from tqdm import tqdm

from lib.infra.errors import UserError, sentence_of
from lib.infra.paths import ray_storage
from lib.training.state import Row, State

ATTEMPTS = 3

T = TypeVar("T")


def train_resumably(
    worker: Callable[[dict[str, Any]], None],
    config: dict[str, Any],
    *,
    name: str,
    storage: Path,
    scaling: ray.train.ScalingConfig,
) -> State:
    """Run `worker` on a group of workers and return its last state.

    The run resumes from the last epoch of the run `name`, where `storage` has one.
    """

    def train() -> State:
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
        )
        return read_state(trainer.fit().checkpoint)

    return outlasting_lost_workers(train, again="resume from the last epoch")


def report_epoch(row: Row, state: State, *, line: str, epochs: int) -> None:
    """Report an epoch, of so many, to Ray Train; the first worker adds the checkpoint and prints the line."""
    first = ray.train.get_context().get_world_rank() == 0
    with tempfile.TemporaryDirectory() as folder:
        if first:
            torch.save(state, Path(folder) / "state.pt")
            left = tqdm.format_interval((epochs - row["epoch"]) * row["seconds"])
            # Not print(), which Ray Train would show twice.
            sys.stdout.write(f"{line}, {row['epoch']:.0f} of {epochs} epochs, {left} left\n")
        ray.train.report(row, checkpoint=ray.train.Checkpoint.from_directory(folder) if first else None)


def last_state() -> State | None:
    """Return, inside a worker, the state to resume from; None in a new run."""
    checkpoint = ray.train.get_checkpoint()
    return read_state(checkpoint) if checkpoint else None


def read_state(checkpoint: Any) -> State:
    """Return the state in a checkpoint; only tensors and plain values are read."""
    with checkpoint.as_directory() as folder:
        return torch.load(Path(folder) / "state.pt", weights_only=True, map_location="cpu")


def outlasting_lost_workers(work: Callable[[], T], *, again: str) -> T:
    """Return the result of `work`, which uses a group of workers, and repeat it when the group is lost.

    Ray Train's own FailureConfig does not cover a worker that dies while the group starts or stops. Raises UserError
    for an error with a sentence, and after ATTEMPTS. again: what another start will do, for that sentence.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except ray.train.TrainingFailedError as error:
            if sentence := sentence_of(error):
                raise UserError(sentence) from error
            print(f"attempt {attempt} of {ATTEMPTS} lost a worker: {str(error).splitlines()[0]}", flush=True)
            free_placement_groups()
    raise UserError(f"workers were lost in each of {ATTEMPTS} attempts; start again to {again}")


def free_placement_groups() -> None:
    """Release the resources of this driver's groups of workers.

    Ray Train 2.60 does not where a node is lost just as the workers start, and the next group would wait forever.
    """
    driver = ray.get_runtime_context().get_job_id()
    for name, group in placement_group_table().items():
        if name.endswith(driver) and group["state"] != "REMOVED":
            remove_placement_group(PlacementGroup(PlacementGroupID(bytes.fromhex(name))))
