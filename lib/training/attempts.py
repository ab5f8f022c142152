"""Try again when a group of Ray Train workers is lost with a node."""

from collections.abc import Callable
from typing import TypeVar

import ray
import ray.train
from ray import PlacementGroupID
from ray.util.placement_group import PlacementGroup, placement_group_table, remove_placement_group

from lib.infra.errors import UserError, sentence_of

ATTEMPTS = 3

T = TypeVar("T")


def outlasting_lost_workers(work: Callable[[], T], *, again: str) -> T:
    """Return what `work` does with a group of workers, begun again when the group is lost.

    Ray Train's own FailureConfig does not cover a worker that dies while the group starts or stops. Raises UserError
    for what has a sentence of its own, and after ATTEMPTS; again: what another start will do, for that sentence.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except ray.train.TrainingFailedError as error:
            if told := sentence_of(error):
                raise UserError(told) from error
            print(f"attempt {attempt} of {ATTEMPTS} lost a worker: {str(error).splitlines()[0]}", flush=True)
            free_placement_groups()
    raise UserError(f"workers were lost in each of {ATTEMPTS} attempts; start again to {again}")


def free_placement_groups() -> None:
    """Give back what this driver's groups have booked.

    Ray Train 2.60 does not when a node is lost just as the workers begin, and the next group waits for it for ever.
    """
    driver = ray.get_runtime_context().get_job_id()
    for name, group in placement_group_table().items():
        if name.endswith(driver) and group["state"] != "REMOVED":
            remove_placement_group(PlacementGroup(PlacementGroupID(bytes.fromhex(name))))
