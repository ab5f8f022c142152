"""python jobs/train_date_embedding.py --dataset DATASET --out REPORT --models models

Train a date embedding, in which works of similar years are near each other, and date the test works by their nearest
dated works. The report compares this with the comparators, nearest neighbours in the style space, and the median year.
By default a small head on the embeddings of jobs/embed.py learns from triplets of works; --trunk last_block fine-tunes
the last block of the network instead. Writes a report with maps of the embedding to REPORT, the bundle
MODELS/date_embedding, and an MLflow run. Resumable: an interrupted run continues after its last epoch.
For a quick look: --artists 5 --epochs 3 --picture-every 3
"""

from dataclasses import dataclass, field
from pathlib import Path

import tyro
from pydantic import PositiveInt

from lib.data.manifest import require_dataset
from lib.dating.date_embedding.recipe import DateEmbeddingRecipe
from lib.dating.date_embedding.selection import Selection, Trunk
from lib.infra.cli import run
from lib.infra.locks import write_lock
from lib.infra.paths import make_folder, remove_folder


@dataclass
class TrainDateEmbedding:
    """Options of jobs/train_date_embedding.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder to write the report to."""
    models: Path = Path("models")
    """Folder to write the bundle to, with the comparators to compare with; it also keeps an unfinished run."""
    selection: tyro.conf.OmitArgPrefixes[Selection] = field(default_factory=Selection)
    """Works to train and measure on."""
    trunk: Trunk = "embeddings"
    """Trained part: a small head on the embeddings, or the last block of the network with a head."""
    views: PositiveInt = 4
    """Augmented views of each train work, for last_block; the frozen part is run over them once."""
    picture_every: PositiveInt = 10
    """Epochs between the maps of the embedding; the first and the last are always drawn."""
    workers: PositiveInt = 1
    """Ray Train workers, each on a GPU where there are any."""
    config: Path | None = None
    """JSON file of options by name; options of the command line overrule it."""
    recipe: tyro.conf.OmitArgPrefixes[DateEmbeddingRecipe] = field(default_factory=DateEmbeddingRecipe)
    """Hyper-parameters of the training."""


def main(config: TrainDateEmbedding) -> None:
    """Train, measure, report and record; do nothing where the same options did all of it."""
    require_dataset(config.dataset)
    from lib.data.dataset import Dataset
    from lib.dating.date_embedding.model import FOLDER, is_made_by, write_date_embedding_model
    from lib.dating.date_embedding.plan import date_embedding_plan
    from lib.dating.date_embedding.train import inputs_folder, train_date_embedding
    from lib.infra import tracking
    from lib.infra.cluster import connect
    from lib.reports.date_embedding import EXPERIMENT, is_reported
    from lib.reports.date_embedding_record import publish

    dataset = Dataset.open(config.dataset)
    planned = date_embedding_plan(
        dataset.embedded_works(),
        dataset=dataset.folder,
        selection=config.selection,
        recipe=config.recipe,
        trunk=config.trunk,
        views=config.views,
        snapshot_every=config.picture_every,
    )
    planned.plan.require_batches(config.workers)
    folder, out = config.models / FOLDER, make_folder(config.out)
    if is_made_by(folder, planned.plan) and is_reported(planned.plan, out=out):
        print(f"{folder} is up to date, and {out} holds its report")
        return
    for artist, reason in planned.skipped.items():
        print(f"skipped: {artist}: {reason}")
    print(f"training {planned.plan.summary}", flush=True)
    tracking.use_experiment(EXPERIMENT)
    with write_lock(folder):
        connect()
        storage = make_folder(config.models) / ".train_date_embedding"
        state = train_date_embedding(planned, workers=config.workers, storage=storage)
        model = write_date_embedding_model(folder, state, planned)
        inputs = inputs_folder(storage, planned.plan)
        print(publish(model, state, planned, inputs=inputs, dataset=dataset, models=config.models, out=out))
        print(f"model: {folder}; report: {out / 'report.md'}")
        remove_folder(storage)


if __name__ == "__main__":
    run(main, TrainDateEmbedding, __doc__)
