"""Trials of the artist network's settings, on activations that all trials share."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Literal

import torch
from pydantic import NonNegativeInt
from ray import tune
from ray.tune.search.sample import Categorical, Domain

from lib.data.dataset import Dataset
from lib.infra.errors import UserError
from lib.infra.paths import parse_path
from lib.sweeps.protocol import Study
from lib.sweeps.space import Settings, check_space, types_of, values_of
from lib.training.activations import ensure_activations, row_shapes
from lib.training.inputs import training_input
from lib.training.loop import fit
from lib.training.plan import Plan, build_network, changed
from lib.training.recipe import Recipe
from lib.training.state import Row, State

OBJECTIVE = "best_val_top1"  # of the epochs so far: the weights of the best one are kept
PREFIX_TYPES = {  # of the settings that the activations of the frozen prefix depend on
    "architecture": str,
    "weights": str,
    "trainable": Literal["head", "last_block", "last_two_blocks", "all"],
    "fold": bool,
    "views": NonNegativeInt,
}
TYPES = PREFIX_TYPES | types_of(Recipe)
STUDY_ARTISTS, STUDY_WORKS = 5, 100  # artists with most works, and works of each


def joint_space(space: Mapping[str, Any], *, epochs: int) -> dict[str, Any]:
    """Return the space of the joint search with what the job sets. Raises UserError where it cannot be searched."""
    set_by_job = length_of(epochs)
    decay_epochs = set_by_job.pop("decay_epochs")
    if named := sorted(set(set_by_job) & set(space)):
        raise UserError(f"the space names {named[0]!r}, which the job sets itself; remove it")
    full_space = {"decay_epochs": decay_epochs, **space, **set_by_job}
    check_space(full_space, TYPES)
    return full_space


def length_of(epochs: int) -> dict[str, Any]:
    """Return the settings that depend on the length of a trial; ASHA, not early stopping, ends a trial."""
    decay_epochs = (max(1, epochs // 2), max(1, 3 * epochs // 4))
    return {"epochs": epochs, "early_stopping": 0, "decay_epochs": decay_epochs}


def check_study(study: Study) -> None:
    """Raise UserError where the study has a setting that does not exist, or a value that it cannot have."""
    if len({frozenset(network) for network in study.networks}) > 1:
        raise UserError("the NETWORKS of the space do not all name the same settings; name what differs in each")
    for settings in (*study.networks, study.fixed):
        check_space(settings, TYPES)
    compared = {"optimizer": study.optimizers, "scheduler": study.schedulers, "seed": study.seeds}
    check_space({name: tune.choice(list(values)) for name, values in compared.items()}, TYPES)


def study_plans(base: Plan, study: Study) -> list[Plan]:
    """Return the plan of each network of a study."""
    return [plan for network in study.networks for plan in plans_of(base, {**study.fixed, **network})]


def plans_of(base: Plan, space: Mapping[str, Any]) -> list[Plan]:
    """Return a plan for each network that the space names. Raises UserError where it has a range of networks."""
    domains = {name: space[name] for name in PREFIX_TYPES if name in space}
    for name, domain in domains.items():
        if isinstance(domain, Domain) and not isinstance(domain, Categorical):
            raise UserError(
                f"the space lets {name!r} be a range; give tune.choice([…]), because each value needs its activations"
            )
    choices = product(*(values_of(domain) for domain in domains.values()))
    return [changed(base, dict(zip(domains, values, strict=True))) for values in choices]


def check_networks(plans: Sequence[Plan]) -> None:
    """Build every plan's network. Raises UserError where a network or its weights are not available."""
    for plan in plans:
        if plan.weights not in ("imagenet", "none") and not parse_path(plan.weights).is_absolute():
            raise UserError(f"the space lets 'weights' be {plan.weights!r}; give an absolute path that every node sees")
        build_network(plan)


def prepare(plans: Sequence[Plan]) -> None:
    """Run the frozen prefix of each plan that caches its activations, unless they are cached."""
    for plan in plans:
        if plan.views:
            ensure_activations(plan, shapes=row_shapes(build_network(plan), cached=True))


def try_settings(settings: Settings, base: Plan) -> None:
    """Run a Tune trial: fit the network of `base` with these settings, and report after every epoch."""
    plan = changed(base, settings)
    booked = tune.get_context().get_trial_resources().required_resources
    torch.set_num_threads(max(1, int(booked["CPU"])))
    network = build_network(plan)
    inputs = training_input(plan, network)
    network.to("cuda" if torch.cuda.is_available() and booked.get("GPU") else "cpu")
    fit(network, train=inputs.train, val=inputs.val, recipe=plan.recipe, report=report)


def report(row: Row, state: State) -> None:
    """Report an epoch to Ray Tune."""
    tune.report({**row, OBJECTIVE: max(epoch["val_top1"] for epoch in state["history"])})


def val_baseline(dataset: Dataset, artists: Sequence[str]) -> tuple[float, int]:
    """Return the share of the val works of these artists that are by the commonest train artist, and their number."""
    paintings = dataset.paintings(columns=["artist", "split"])
    paintings = paintings[paintings["artist"].isin(artists)]
    train, val = (paintings["artist"][paintings["split"] == split] for split in ("train", "val"))
    return float((val == train.value_counts().idxmax()).mean()), len(val)
