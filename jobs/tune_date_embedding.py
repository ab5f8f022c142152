"""python jobs/tune_date_embedding.py --dataset DATASET --out SWEEP

Search the settings of the date embedding (tune_spaces/date_embedding.py) by the error of the years of val works, with
Ray Tune: a small head on the embeddings of jobs/embed.py, which all trials share. The best settings are
SWEEP/best.json, which jobs/train_date_embedding.py takes as --config; all trials are in SWEEP/trials.csv and in MLflow.
Resumable. For a quick look: --artists 5 --epochs 5 --trials 6
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import PositiveInt

from lib.data.manifest import require_dataset
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection
from lib.infra.cli import run
from lib.infra.constraints import PositiveNumber
from lib.infra.locks import write_lock
from lib.infra.paths import remove_folder

EXPERIMENT = "oeuvre-tune-date-embedding"


@dataclass
class TuneDateEmbedding:
    """Options of jobs/tune_date_embedding.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder of the results, which also holds an unfinished sweep."""
    artists: PositiveInt = 20
    """Number of artists to learn from: those with most works."""
    trials: PositiveInt = 30
    """Settings to try."""
    minutes: PositiveNumber = 60.0
    """Time limit in minutes; the results are of the trials run by then."""
    epochs: PositiveInt = 30
    """Epochs of a trial that is not stopped early."""


def main(config: TuneDateEmbedding) -> None:
    """Search, and print how the best settings compare with the defaults."""
    require_dataset(config.dataset)
    from lib.data.dataset import Dataset
    from lib.dating.date_embedding.inputs import ensure_embedding_inputs
    from lib.dating.date_embedding.plan import date_embedding_plan
    from lib.dating.date_embedding.train import inputs_folder
    from lib.infra import tracking
    from lib.infra.cluster import connect
    from lib.sweeps.date_embedding import OBJECTIVE, date_embedding_space, try_settings
    from lib.sweeps.sweep import Sweep, run_sweep
    from tune_spaces.date_embedding import SPACE

    space = date_embedding_space(SPACE, epochs=config.epochs)
    dataset = Dataset.open(config.dataset)
    planned = date_embedding_plan(
        dataset.embedded_works(),
        dataset=dataset.folder,
        selection=Selection(artists=config.artists),
        recipe=DateEmbeddingRecipe(),
    )
    plan = planned.plan
    sweep = Sweep(
        experiment=EXPERIMENT,
        folder=config.out,
        data=plan.fingerprint,
        objective=OBJECTIVE,
        space=space,
        first=[asdict(plan.recipe)],
        trials=config.trials,
        minutes=config.minutes,
        resources={"cpu": 1},
        steps=config.epochs,
        grace=max(1, config.epochs // 3),
        options={"artists": config.artists},
    )
    with write_lock(sweep.folder):
        tracking.use_experiment(EXPERIMENT)
        connect()
        inputs = inputs_folder(sweep.folder, plan)
        try:
            ensure_embedding_inputs(inputs, planned)
            trials = run_sweep(try_settings, sweep, shared={"plan": plan, "inputs": inputs})
        finally:
            remove_folder(inputs)
    works = int((plan.works["split"] == "val").sum())
    print(f"{trials[0].value:.2f} years less error than the median year on {works} val works")
    defaults = {name: value for name, value in sweep.first[0].items() if name in SPACE}
    for trial in trials:
        if trial.has(defaults) and trial.steps:
            print(f"default settings: {trial.value:.2f} after {trial.steps} of {sweep.steps} epochs")
    print(f"settings: {sweep.folder / 'best.json'}; trials: {sweep.folder / 'trials.csv'}, parallel.png, trials.png")


if __name__ == "__main__":
    run(main, TuneDateEmbedding, __doc__)
