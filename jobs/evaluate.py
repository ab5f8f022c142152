"""python jobs/evaluate.py --dataset DATASET --out DIR

Measure the models on the test split, beside baselines that need no model: the artist head, the artist network (where
jobs/train_artist.py wrote one) and the comparators. Compare dating methods: comparators, the date embedding (where
jobs/train_date_embedding.py wrote one), plain nearest neighbours and the median year. Writes DIR/metrics.json,
DIR/report.md, DIR/per_artist.csv, DIR/methods.csv, and pictures: pair accuracy by artist, and the three worst orders.
With --published-at it also writes DIR/manifest.json, a IIIF manifest of the works in the worst orders.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import PositiveInt

from lib.data.manifest import require_dataset
from lib.infra.atomic import staged_folder
from lib.infra.cli import run
from lib.infra.paths import make_folder
from lib.models.folders import require_models


@dataclass
class Evaluate:
    """Options of jobs/evaluate.py."""

    dataset: Path
    """Folder written by jobs/ingest.py, with embeddings by jobs/embed.py."""
    out: Path
    """Folder that the report is written to."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""
    date_embedding: Path | None = None
    """Bundle of jobs/train_date_embedding.py to compare with. Default: MODELS/date_embedding, where it fits."""
    published_at: str | None = None
    """Address of the folder on the web in which the catalogue's pictures, under their painting ids, and manifest.json
    are published. A picture whose catalogue has an `address` is shown from there. Default: no manifest is written."""
    min_works: PositiveInt = 60
    """The dating figures are means over artists with at least this many dated works in the dataset."""


def main(config: Evaluate) -> None:
    """Measure, write the report and record it in MLflow."""
    require_dataset(config.dataset)
    require_models(config.models)
    from lib.data.dataset import Dataset
    from lib.evaluation.evaluate import evaluate
    from lib.evaluation.methods import open_date_embedding
    from lib.models.store import ModelSet
    from lib.reports.evaluation import draw_worst_orders, evaluation_summary, record_evaluation, write_report
    from lib.reports.linked_data.pictures import parse_site
    from lib.reports.linked_data.worst_orders import write_worst_orders

    site = parse_site(config.published_at, option="--published-at") if config.published_at else None
    dataset, models = Dataset.open(config.dataset), ModelSet.open(config.models)
    works = dataset.embedded_works(models.provenance.backbone)
    models.require_made_from(works.manifest)
    date_embedding = open_date_embedding(config.date_embedding, models=config.models, manifest=works.manifest)
    evaluation = evaluate(models, works, dataset=dataset, date_embedding=date_embedding, min_works=config.min_works)
    out = make_folder(config.out)
    with staged_folder(out) as folder:
        write_report(evaluation, out=folder)
        draw_worst_orders(evaluation, models, works, dataset=dataset, out=folder)
        if site:
            write_worst_orders(evaluation, models, works, dataset=dataset, site=site, out=folder)
    record_evaluation(evaluation, out=out)
    print(evaluation_summary(evaluation), end="")
    print(f"report: {out / 'report.md'}")


if __name__ == "__main__":
    run(main, Evaluate, __doc__)
