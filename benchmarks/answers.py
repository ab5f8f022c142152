"""python -m benchmarks.answers --task order --catalogue CSV --dataset DATASET --models MODELS --out ANSWERS.csv

Write this project's own answers for benchmarks/score.py: comparators answer order and date, the artist head artist, and
its verifier verify. The dataset comes from jobs/ingest.py, with the splits of the task (docs/protocol.md),
and the models from jobs/train_per_artist.py. A model set that learned from a work that is asked about is refused.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from lib.data.dataset import Dataset
from lib.data.embeddings import Embeddings
from lib.infra.atomic import atomic_file
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.store import ModelSet
from lib.models.verify import require_verifier
from lib.scoring.answers import RANKED
from lib.scoring.pairs import draw_pairs
from lib.scoring.tasks import Task, asked_works, for_task, read_works, restrict


@dataclass
class Answers:
    """Options of benchmarks/answers.py."""

    task: Task
    """What is asked: order, date, artist or verify."""
    catalogue: Path
    """Kaggle's all_data_info.csv, plain, .zip or .gz."""
    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """CSV to write."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""
    subset: Path | None = None
    """Text file of the ids of the works whose pictures you have, one a line. Default: the whole catalogue."""


def main(config: Answers) -> None:
    """Answer all questions of the task."""
    works = read_works(config.catalogue)
    asked = asked_works(for_task(restrict(works, config.subset) if config.subset else works, config.task), config.task)
    models = ModelSet.open(config.models)
    embeddings = Dataset.open(config.dataset).embeddings(models.provenance.backbone)
    models.require_made_from(embeddings.manifest)
    require_unlearned(asked, embeddings, folder=config.dataset)
    rows = pd.Index(embeddings.paintings["painting_id"]).get_indexer(asked["painting_id"])
    positions = models.space.positions(embeddings.matrix[rows])
    answers = answers_of(config.task, asked, positions, models)
    make_folder(config.out.parent)
    with atomic_file(config.out) as aside:
        answers.to_csv(aside, index=False)
    print(f"{config.out}: {len(answers):,} answers")


def require_unlearned(asked: pd.DataFrame, embeddings: Embeddings, *, folder: Path) -> None:
    """Raise UserError where the dataset lacks a work that is asked about, or gives it to models to learn from."""
    split = embeddings.paintings.set_index("painting_id")["split"].reindex(asked["painting_id"])
    if split.isna().any():
        raise UserError(f"{folder} has no painting {split.index[split.isna()][0]!r}; name the pictures with --subset")
    if (split != "test").any():
        raise UserError(
            f"the models may have learned from {split.index[split != 'test'][0]!r}, which is asked about: its split in"
            f" {folder} is {split[split != 'test'].iloc[0]}; ingest with the --splits of benchmarks/score.py"
        )


def answers_of(task: Task, asked: pd.DataFrame, positions: np.ndarray, models: ModelSet) -> pd.DataFrame:
    """Return the answers to a task. positions: (works, dimensions) of the works that are asked about."""
    if task == "artist":
        best = np.argsort(-models.head.probabilities(positions), axis=1)[:, : len(RANKED)]
        names = pd.DataFrame(np.array(models.head.artists)[best], columns=RANKED[: best.shape[1]])
        return pd.concat([asked[["painting_id"]], names], axis=1)
    if task == "verify":
        pairs = draw_pairs(asked)[["first", "second"]]
        return pairs.assign(probability=pair_probabilities(asked, pairs, models, positions))
    years = estimated_years(asked, positions, models)
    if task == "order":
        return years[["painting_id", "year"]].rename(columns={"year": "score"})
    return years


def pair_probabilities(asked: pd.DataFrame, pairs: pd.DataFrame, models: ModelSet, positions: np.ndarray) -> np.ndarray:
    """Return the probability (pairs,), at even odds, that both works are by one artist. positions: of asked works."""
    model, verifier, ids = models.head.model, require_verifier(models), pd.Index(asked["painting_id"])
    rows = np.stack([ids.get_indexer(pairs[side]) for side in ("first", "second")], axis=1)
    return expit(verifier.pair_log_ratios(model, model.coordinates(positions), rows))


def estimated_years(asked: pd.DataFrame, positions: np.ndarray, models: ModelSet) -> pd.DataFrame:
    """Return painting_id, year, low and high by the comparators of the artists."""
    tables = []
    for artist, rows in sorted(asked.groupby("artist").indices.items()):
        fitted = models.comparator(str(artist))
        if fitted is None:
            raise UserError(f"{models.folder} has no comparator for {artist}; train it with jobs/train_per_artist.py")
        year, half_width = fitted.comparator.estimate(positions[rows])
        works = asked["painting_id"].iloc[rows].to_numpy()
        columns = {"painting_id": works, "year": year, "low": year - half_width, "high": year + half_width}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables)


if __name__ == "__main__":
    run(main, Answers, __doc__)
