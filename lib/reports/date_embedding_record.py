"""Measure a trained date embedding, and write and record its report."""

from pathlib import Path

from lib.data.dataset import Dataset
from lib.dating.date_embedding.inputs import embed_rows, open_inputs
from lib.dating.date_embedding.model import FOLDER, DateEmbeddingModel
from lib.dating.date_embedding.plan import PlannedDateEmbedding
from lib.evaluation.date_embedding import date_by_comparators, measure_date_embedding, models_to_compare
from lib.infra.atomic import staged_folder
from lib.infra.paths import remove_folder
from lib.reports.date_embedding import DateEmbeddingReport, figures_text, publish_report
from lib.reports.date_embedding_maps import draw_maps
from lib.training.state import State


def publish(
    model: DateEmbeddingModel,
    state: State,
    planned: PlannedDateEmbedding,
    *,
    inputs: Path,
    dataset: Dataset,
    models: Path,
    out: Path,
) -> str:
    """Measure the model on the test works, write and record its report, and return its figures as Markdown.

    inputs: the folder of the inputs of the network. models: the folder of the bundle, and of the comparators to compare
    with. out: the folder of the report.
    """
    with open_inputs(inputs, planned.plan) as opened:
        learned = embed_rows(model.network, opened.full_view).float().numpy()
    others = models_to_compare(models, planned.works.manifest)
    estimates = {"comparator": date_by_comparators(others, planned)} if others else {}
    figures = measure_date_embedding(learned, planned, others=estimates)
    print("drawing the maps", flush=True)
    remove_folder(out / "maps")  # of another run
    with staged_folder(out) as near:
        maps = draw_maps(state, planned.plan, dataset=dataset, out=near)
        contents = DateEmbeddingReport(
            figures, model.metadata.provenance, history=state["history"], maps=maps, skipped=planned.skipped
        )
        publish_report(contents, model=models / FOLDER, out=near)
    return figures_text(figures)
