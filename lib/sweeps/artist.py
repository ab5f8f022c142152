"""Trials of the artist network's settings, on activations that all trials share."""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import torch
from pydantic import NonNegativeInt
from ray import tune
from ray.tune.search.sample import Categorical, Domain
from torch import Tensor

from lib.data.dataset import Dataset, painting_parts
from lib.data.dataset import read_part as read_paintings_part
from lib.infra.errors import UserError
from lib.infra.paths import parse_path
from lib.sweeps.protocol import Study
from lib.sweeps.space import Settings, check_space, types_of, values_of
from lib.training.activations import ensure_activations, read_rows, row_shapes
from lib.training.cached_views import read_part, view_file, with_labels
from lib.training.loop import Row, State, fit
from lib.training.plan import Plan, build_network, changed
from lib.training.recipe import Recipe
from lib.training.views import view_pixels

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
POOL = 4096  # works in memory that the next batch is drawn from; catalogues keep an artist together


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
    shapes, kind = row_shapes(network, cached=plan.views > 0), "float16" if plan.views else "uint8"
    sizes = {"train": network.size, "val": network.full_view_size}
    network.to("cuda" if torch.cuda.is_available() and booked.get("GPU") else "cpu")

    def train(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        rows = read_works(plan, split="train", epoch=epoch, size=sizes["train"])
        seed = [plan.recipe.seed, epoch]
        return batches(rows, shape=shapes["train"], dtype=kind, size=plan.recipe.batch_size, seed=seed)

    def val() -> Iterator[tuple[Tensor, Tensor]]:
        rows = read_works(plan, split="val", epoch=0, size=sizes["val"])
        return batches(rows, shape=shapes["val"], dtype=kind, size=64, seed=None)

    fit(network, train=train, val=val, recipe=plan.recipe, report=report)


def report(row: Row, state: State) -> None:
    """Report an epoch to Ray Tune."""
    tune.report({**row, OBJECTIVE: max(epoch["val_top1"] for epoch in state["history"])})


def read_works(plan: Plan, *, split: str, epoch: int, size: int) -> Iterator[pa.Table]:
    """Yield pools of works, columns `input` and `label`: train works in another view and order in each epoch."""
    draw = random.Random(f"{plan.recipe.seed} {epoch}")
    if plan.views:
        folder = view_file(plan.activations_folder(), view=int(split == "train"), part="")
        parts = sorted(folder.glob("part-*.parquet"))
    else:
        parts = painting_parts(plan.dataset)
    if split == "train":
        draw.shuffle(parts)
    pool: list[pa.Table] = []
    for part in parts:
        if plan.views:
            random.seed(draw.random())  # read_part() draws the view
            views = plan.views if split == "train" else 0
            batch = {"item": [part.name]}
            folder = plan.activations_folder()
            pool.append(read_part(batch, folder=folder, views=views, splits=(split,), artists=plan.artists))
        else:
            pool.append(draw_part(part, split=split, epoch=epoch, size=size, artists=plan.artists))
        if sum(map(len, pool)) >= POOL:
            yield pa.concat_tables(pool)
            pool = []
    if pool:
        yield pa.concat_tables(pool)


def draw_part(part: Path, *, split: str, epoch: int, size: int, artists: list[str]) -> pa.Table:
    """Return the pixels of the works of a split in one part: of views drawn for the epoch, or of whole val works."""
    table = read_paintings_part(part, columns=["painting_id", "artist", "image"], splits=[split])
    works = zip(table["painting_id"].to_pylist(), table["image"].to_pylist(), strict=True)
    with torch.random.fork_rng(devices=[]):  # the fit's own draws stay as they are
        pixels = [
            view_pixels(jpeg, size=size, seed=f"{name} {epoch}", whole=split == "val").tobytes() for name, jpeg in works
        ]
    return with_labels(table.append_column("input", pa.array(pixels, pa.binary())), artists=artists)


def batches(
    pools: Iterator[pa.Table], *, shape: list[int], dtype: str, size: int, seed: list[int] | None
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield inputs and labels of works drawn from each pool by `seed`, in whole batches; in order and all for None."""
    order = None if seed is None else np.random.default_rng(seed)
    for pool in pools:
        size = min(size, len(pool)) or 1
        rows = np.arange(len(pool)) if order is None else order.permutation(len(pool))
        end = len(pool) if order is None else len(pool) - size + 1
        for first in range(0, end, size):
            chosen = pool.take(pa.array(rows[first : first + size]))
            inputs = read_rows(chosen["input"].to_pylist(), shape=shape, dtype=dtype)
            yield inputs, torch.from_numpy(chosen["label"].to_numpy().copy())


def val_baseline(dataset: Dataset, artists: Sequence[str]) -> tuple[float, int]:
    """Return the share of the val works of these artists that are by the commonest train artist, and their number."""
    paintings = dataset.paintings(columns=["artist", "split"])
    paintings = paintings[paintings["artist"].isin(artists)]
    train, val = (paintings["artist"][paintings["split"] == split] for split in ("train", "val"))
    return float((val == train.value_counts().idxmax()).mean()), len(val)
