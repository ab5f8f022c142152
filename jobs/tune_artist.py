"""python jobs/tune_artist.py --dataset DATASET --out SWEEP

Search the settings of the artist network (tune_spaces/artist.py) by val top-1, with Ray Tune. The best ones are
SWEEP/best.json, which jobs/train_artist.py takes as --config; all trials are in SWEEP/trials.csv and in MLflow. What
the frozen part of each network makes of the paintings is computed once, before the trials. Started again, it goes on
where it stopped. The source study's protocol, on 5 artists x 100 works: --protocol study
A small variant, for a look: --artists 5 --works-per-artist 100 --epochs 5 --trials 6
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_type_hints

from ray import tune

from jobs.train_artist import TrainArtist, plan_of
from lib.data.dataset import read_paintings
from lib.data.subsets import ensure_subset
from lib.infra import tracking
from lib.infra.atomic import write_lock
from lib.infra.cli import run
from lib.infra.cluster import connect, durable_path
from lib.infra.errors import UserError
from lib.sweeps.artist import OBJECTIVE, PREFIX_SETTINGS, check_networks, plans_of, prepare, try_settings
from lib.sweeps.protocol import Study, run_study, write_study
from lib.sweeps.sweep import Sweep, check_space, run_sweep, trial_resources
from lib.training.plan import Plan
from lib.training.recipe import Recipe
from tune_spaces import artist as spaces

EXPERIMENT = "oeuvre-tune-artist"
STUDY_ARTISTS, STUDY_WORKS = 5, 100


@dataclass
class TuneArtist:
    """Options of jobs/tune_artist.py."""

    dataset: Path
    """Folder written by jobs/ingest.py."""
    out: Path
    """Folder that the results are written to, and in which an unfinished sweep is kept."""
    protocol: Literal["joint", "study"] = "joint"
    """Search all settings together, or compare optimizers, then schedulers, then networks, as the source study did."""
    trials: int = 40
    """Settings to try in the joint search."""
    minutes: float = 120.0
    """Stop the joint search after this many minutes, with what was tried."""
    epochs: int = 12
    """Of a trial that is not stopped early."""
    artists: int | None = None
    """Search on this many artists, those with most works. Default: all; 5 in the study's protocol."""
    works_per_artist: int | None = None
    """Search on at most this many works of each artist. Default: all; 100 in the study's protocol."""
    trials_per_gpu: int = 2
    """Trials that share a GPU, where there are any; without, each trial has a core."""


def main(config: TuneArtist) -> None:
    """Search, and tell what was found."""
    space = space_of(config)
    study = config.protocol == "study"
    dataset = ensure_subset(
        durable_path(config.dataset, option="--dataset"),
        artists=STUDY_ARTISTS if study and config.artists is None else config.artists,
        works_per_artist=STUDY_WORKS if study and config.works_per_artist is None else config.works_per_artist,
    )
    out = durable_path(config.out, option="--out")
    base = plan_of(TrainArtist(dataset=dataset, out=out), dataset=dataset)
    networks = spaces.NETWORKS if study else [{}]
    plans = [
        plan for network in networks for plan in plans_of(base, {**space, **(spaces.FIXED if study else {}), **network})
    ]
    check_networks(plans)
    with write_lock(out):
        tracking.use_experiment(EXPERIMENT)
        connect()
        prepare(plans)
        sweep = Sweep(
            experiment=EXPERIMENT,
            folder=out,
            data=base.fingerprint,
            metric=OBJECTIVE,
            space=space,
            first=[asdict(base) | asdict(base.recipe)],
            trials=config.trials,
            minutes=config.minutes,
            resources=trial_resources(per_gpu=config.trials_per_gpu),
            steps=config.epochs,
            grace=max(1, config.epochs // 3),
        )
        compare(sweep, base) if study else search(sweep, base)


def space_of(config: TuneArtist) -> dict[str, Any]:
    """Return the space that is searched, or what all trials of the study share. Raises UserError where it is wrong."""
    always: dict[str, Any] = {"epochs": config.epochs, "early_stopping": 0}  # ASHA stops what falls behind
    always["decay_epochs"] = (max(1, config.epochs // 2), max(1, 3 * config.epochs // 4))
    if config.protocol == "joint":
        space = {"decay_epochs": always.pop("decay_epochs"), **spaces.SPACE}
        if named := sorted(set(always) & set(space)):
            raise UserError(f"the space names {named[0]!r}, which the job sets itself; leave it out")
        check_space(space | always, kinds_of_settings())
        return space | always
    compared: dict[str, list[Any]] = {
        "optimizer": spaces.OPTIMIZERS,
        "scheduler": spaces.SCHEDULERS,
        "seed": spaces.SEEDS,
    }
    parts: list[dict[str, Any]] = [*spaces.NETWORKS, spaces.FIXED]
    if len({frozenset(network) for network in spaces.NETWORKS}) > 1:
        raise UserError("the NETWORKS of the space do not all name the same settings; name what differs in each")
    for part in (*parts, {name: tune.choice(values) for name, values in compared.items()}):
        check_space(part, kinds_of_settings())
    return always


def kinds_of_settings() -> dict[str, Any]:
    """Return the types of all settings that a trial may have: options of jobs/train_artist.py, by name."""
    options = get_type_hints(TrainArtist)
    recipe = get_type_hints(Recipe, include_extras=True)
    return {name: options[name] for name in PREFIX_SETTINGS} | {
        field.name: recipe[field.name] for field in fields(Recipe)
    }


def search(sweep: Sweep, base: Plan) -> None:
    """Search all settings together."""
    rows = run_sweep(try_settings, sweep, shared={"base": base})
    baseline, works = val_baseline(base)
    print(f"val top-1 {rows[0][OBJECTIVE]:.3f} of {works} works, {baseline:.3f} for always the commonest artist")
    for row in filter(lambda row: is_default(row, sweep) and row["steps"], rows):
        print(f"the default settings: {row[OBJECTIVE]:.3f} after {row['steps']} of {sweep.steps} epochs")
    print(f"{len(rows)} trials, {sum(row['seconds'] or 0 for row in rows) / 60:.1f} minutes of trials")
    print(f"settings: {sweep.folder / 'best.json'}; trials: {sweep.folder / 'trials.csv'}, parallel.png, trials.png")


def is_default(row: Mapping[str, Any], sweep: Sweep) -> bool:
    """Tell whether a trial had the settings that jobs/train_artist.py has when it is not told others."""
    return all(row[name] == sweep.first[0][name] for name in sweep.space if name not in ("epochs", "decay_epochs"))


def compare(sweep: Sweep, base: Plan) -> None:
    """Compare optimizers, schedulers and networks as the source study did."""
    study = Study(spaces.NETWORKS, spaces.OPTIMIZERS, spaces.SCHEDULERS, spaces.SEEDS, spaces.FIXED)
    rows = run_study(try_settings, study, sweep, shared={"base": base})
    baseline, works = val_baseline(base)
    write_study(rows, sweep, baseline=baseline, works=works)
    print((sweep.folder / "study.md").read_text(encoding="utf-8"))
    print(f"tables: {sweep.folder / 'study.md'}, study.csv, study.png; the best settings: {sweep.folder / 'best.json'}")


def val_baseline(base: Plan) -> tuple[float, int]:
    """Return the share of val works that are by the commonest train artist, and the number of val works."""
    paintings = read_paintings(base.dataset, columns=["artist", "split"])
    paintings = paintings[paintings["artist"].isin(base.artists)]
    train, val = (paintings["artist"][paintings["split"] == split] for split in ("train", "val"))
    return float((val == train.value_counts().idxmax()).mean()), len(val)


if __name__ == "__main__":
    run(main, TuneArtist, __doc__)
