"""Comparators on the sets of works that pair networks ordered."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib.data.dataset import Dataset
from lib.data.paintings import years_of
from lib.dating.pairs.study import OrderedSet
from lib.infra.progress import track
from lib.models.store import ModelSet
from lib.stats.metrics import order_quality


def comparator_orders(folder: Path, orders: Sequence[OrderedSet], *, dataset: Dataset) -> list[OrderedSet]:
    """Return the comparators' orders of the same sets; none where the models in `folder` have no comparators for them.

    Raises UserError where the models were made from other embeddings.
    """
    if not (folder / "style" / "model.json").is_file():
        print(f"{folder} holds no comparators to compare with")
        return []
    models = ModelSet.open(folder)
    embedded = dataset.embedded_works(models.provenance.backbone)
    models.require_made_from(embedded.manifest)
    rows = pd.Series(range(len(embedded.paintings)), index=embedded.paintings["painting_id"])
    compared = []
    sets = {(order.artist, order.set): order for order in orders}.values()
    for order in track(sets, "orders by the comparators", total=len(sets), unit="sets", brief=True):
        artist_comparator = models.comparator(order.artist)
        if artist_comparator is None:
            continue
        works = embedded.where(rows[order.painting_ids].to_numpy()).read()
        years = years_of(works.paintings)
        scores = artist_comparator.comparator.estimate(models.space.positions(works.matrix))[0]
        quality = order_quality(scores, years)
        figures = {"pair_accuracy": quality.pair_accuracy, "kendall_tau": quality.kendall_tau}
        compared.append(order.model_copy(update={"kind": "comparator", "scores": scores.tolist(), **figures}))
    return compared
