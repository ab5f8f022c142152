"""Results of pair networks: one JSON file for each, computed in parallel on the cluster where it is missing."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import ray
from pydantic import ValidationError

from lib.data.dataset import Dataset
from lib.dating.pairs.study import PairPlan, PairResult, run_plan
from lib.infra.atomic import find_json, write_json
from lib.infra.cluster import connect
from lib.infra.errors import UserError
from lib.infra.progress import track


def complete_results(
    plans: list[PairPlan], dataset: Dataset, paintings: pd.DataFrame, *, folder: Path
) -> list[PairResult]:
    """Return the results of all plans, training the networks whose results `folder` lacks.

    A plan that fails is printed with its reason and skipped. Raises UserError where all fail.
    """
    files = {plan.name: folder / f"{number}.json" for number, plan in enumerate(plans)}
    stored = {plan.name: find_result(files[plan.name], plan=plan) for plan in plans}
    results = {name: result for name, result in stored.items() if result}
    missing = [plan for plan in plans if plan.name not in results]
    print(f"pair networks: {len(plans)}, {len(missing)} to train", flush=True)
    ended = as_they_end(start_tasks(missing, dataset, paintings))
    for ready, plan in track(ended, "pair networks", total=len(missing), unit="networks"):
        try:
            result: PairResult = ray.get(ready)
        except ray.exceptions.RayError as error:  # does not affect the other networks
            print(f"failed: {plan.name}: {str(error).splitlines()[-1]}", flush=True)
            continue
        write_json(files[plan.name], result.model_dump(mode="json"))
        results[plan.name] = result
        print(f"{plan.name}: {len(result.history)} epochs, {result.seconds:.0f} s", flush=True)
    if not results:
        raise UserError("no pair network could be trained; the lines above say why")
    return [results[plan.name] for plan in plans if plan.name in results]


def as_they_end(running: dict[ray.ObjectRef, PairPlan]) -> Iterator[tuple[ray.ObjectRef, PairPlan]]:
    """Yield the tasks with their plans as they end."""
    while running:
        (ready,), _ = ray.wait(list(running), num_returns=1)
        yield ready, running.pop(ready)


def start_tasks(plans: list[PairPlan], dataset: Dataset, paintings: pd.DataFrame) -> dict[ray.ObjectRef, PairPlan]:
    """Start a task for each plan; return the plans by task."""
    if not plans:
        return {}
    connect()
    shared = ray.put(paintings)
    return {ray.remote(run_plan).remote(plan, dataset, shared): plan for plan in plans}


def find_result(file: Path, *, plan: PairPlan) -> PairResult | None:
    """Return the result in `file`; None where there is none of this plan and version."""
    try:
        result = PairResult.model_validate(find_json(file))
    except ValidationError:
        return None
    return result if result.plan == plan else None
