"""Trials of the date embedding's settings: a small head on inputs that all trials share."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from ray import tune

from lib.dating.date_embedding.fit import fit_date_embedding
from lib.dating.date_embedding.inputs import open_inputs
from lib.dating.date_embedding.plan import DateEmbeddingPlan
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.infra.errors import UserError
from lib.sweeps.space import Settings, check_space, types_of, values_of
from lib.training.state import Row, State

OBJECTIVE = "best_val_years_gained"  # on the median year's error, in the best epoch so far


def date_embedding_space(space: Mapping[str, Any], *, epochs: int) -> dict[str, Any]:
    """Return the space with the number of epochs. Raises UserError where it cannot be searched."""
    full_space = {**space, "epochs": epochs}
    check_space(full_space, types_of(DateEmbeddingRecipe))
    default = DateEmbeddingRecipe()
    close, far = (values_of(full_space.get(name, getattr(default, name))) for name in ("close", "far"))
    if max(close) >= min(far):
        raise UserError(
            f"the space lets 'close' be {max(close)} and 'far' {min(far)}; every far must be greater than every close"
        )
    return full_space


def try_settings(settings: Settings, plan: DateEmbeddingPlan, inputs: Path) -> None:
    """Run a Tune trial: train a head with these settings, and report after every epoch.

    inputs: the folder of the inputs of the plan.
    """
    torch.set_num_threads(1)
    recipe = replace(plan.recipe, **settings)
    with open_inputs(inputs, plan) as opened:
        fit_date_embedding(
            replace(plan, recipe=recipe).build_network(),
            inputs=opened,
            works=plan.works,
            recipe=recipe,
            snapshot_every=recipe.epochs,
            report=report,
        )


def report(row: Row, state: State) -> None:
    """Report an epoch to Ray Tune."""
    gained = [epoch["val_mae_years_median_baseline"] - epoch["val_mae_years"] for epoch in state["history"]]
    tune.report({**row, OBJECTIVE: max(gained)})
