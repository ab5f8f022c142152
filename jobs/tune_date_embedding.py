"""python jobs/tune_date_embedding.py --dataset DATASET --out SWEEP

Search the settings of the date embedding (tune_spaces/date_embedding.py) by the error of the years of val works, with
Ray Tune: a small head on the embeddings of jobs/embed.py, which all trials share. The best settings are
SWEEP/best.json, which jobs/train_date_embedding.py takes as --config; all trials are in SWEEP/trials.csv and in MLflow.
Resumable. A small variant, for a look: --artists 5 --epochs 5 --trials 6
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import torch
from ray import tune
from torch import Tensor

from lib.data.dataset import read_embeddings
from lib.dating.date_embedding.fit import fit_date_embedding
from lib.dating.date_embedding.inputs import embedding_inputs, fit_train_space, head_inputs
from lib.dating.date_embedding.plan import DateEmbeddingPlan, date_embedding_plan
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.works import Selection
from lib.infra import tracking
from lib.infra.atomic import write_lock
from lib.infra.cli import run
from lib.infra.cluster import connect, durable_path
from lib.infra.errors import UserError
from lib.sweeps.sweep import Sweep, check_space, run_sweep, values_of
from lib.training.loop import Row, State
from tune_spaces.date_embedding import SPACE

EXPERIMENT = "oeuvre-tune-date-embedding"
OBJECTIVE = "best_val_years_gained"  # on the median year's error, in the best epoch so far


@dataclass
class TuneDateEmbedding:
    """Options of jobs/tune_date_embedding.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder that the results are written to, and in which an unfinished sweep is kept."""
    backbone: str = "efficientnet_lite0"
    """Embeddings to use."""
    artists: int = 20
    """Learn from the works of this many artists, those with most works."""
    trials: int = 30
    """Settings to try."""
    minutes: float = 60.0
    """Stop after this many minutes, with what was tried."""
    epochs: int = 30
    """Of a trial that is not stopped early."""


def main(config: TuneDateEmbedding) -> None:
    """Search, and tell how the best settings compare with the defaults."""
    space = space_of(config)
    dataset, out = durable_path(config.dataset, option="--dataset"), durable_path(config.out, option="--out")
    embeddings = read_embeddings(dataset, config.backbone).finite()
    planned = date_embedding_plan(
        embeddings,
        dataset=dataset,
        selection=Selection(artists=config.artists),
        recipe=DateEmbeddingRecipe(),
        snapshot_every=10,
    )
    plan, chosen = planned.plan, planned.embeddings
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=out,
        data=plan.fingerprint,
        metric=OBJECTIVE,
        space=space,
        first=[asdict(plan.recipe)],
        trials=config.trials,
        minutes=config.minutes,
        resources={"cpu": 1},
        steps=config.epochs,
        grace=max(1, config.epochs // 3),
    )
    with write_lock(out):
        tracking.use_experiment(EXPERIMENT)
        connect()
        inputs = head_inputs(fit_train_space(chosen), chosen.matrix)
        rows = run_sweep(trial, sweep, shared={"plan": plan, "inputs": inputs})
    works = int((plan.works["split"] == "val").sum())
    print(f"{rows[0][OBJECTIVE]:.2f} years less error than the median year on {works} val works")
    for row in rows:
        if row["steps"] and all(row[name] == value for name, value in sweep.first[0].items() if name in SPACE):
            print(f"the default settings: {row[OBJECTIVE]:.2f} after {row['steps']} of {config.epochs} epochs")
    print(f"settings: {out / 'best.json'}; trials: {out / 'trials.csv'}, parallel.png, trials.png")


def space_of(config: TuneDateEmbedding) -> dict[str, Any]:
    """Return the space that is searched. Raises UserError where it is wrong."""
    space = {**SPACE, "epochs": config.epochs}
    check_space(space, get_type_hints(DateEmbeddingRecipe))
    default = DateEmbeddingRecipe()
    close, far = (values_of(space.get(name, getattr(default, name))) for name in ("close", "far"))
    if max(close) >= min(far):
        raise UserError(f"the space lets 'close' be {max(close)} and 'far' {min(far)}; far must lie beyond close")
    return space


def trial(settings: dict[str, Any], plan: DateEmbeddingPlan, inputs: Tensor) -> None:
    """Tune trial: train a head with these settings, and report every epoch."""
    torch.set_num_threads(1)
    recipe = replace(plan.recipe, **settings)
    fit_date_embedding(
        replace(plan, recipe=recipe).build_network(),
        inputs=embedding_inputs(plan, inputs),
        works=plan.works,
        recipe=recipe,
        snapshot_every=recipe.epochs,
        report=report,
    )


def report(row: Row, state: State) -> None:
    """Report an epoch to Ray Tune."""
    gained = [one["val_mae_years_median_baseline"] - one["val_mae_years"] for one in state["history"]]
    tune.report({**row, OBJECTIVE: max(gained)})


if __name__ == "__main__":
    run(main, TuneDateEmbedding, __doc__)
