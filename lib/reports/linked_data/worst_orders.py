"""The test works of the worst orders of an evaluation as a manifest, to look at them in a viewer."""

import json
from collections.abc import Mapping, Sequence
from mimetypes import guess_type
from pathlib import Path

import pandas as pd

from lib.attribution.attribute import attribute, known_artist_of, vote
from lib.data.dataset import Dataset
from lib.data.embedded_works import EmbeddedWorks
from lib.data.images import ImageHeader
from lib.dating.order import order_works
from lib.evaluation.evaluate import Evaluation
from lib.infra.atomic import write_json
from lib.models.store import ModelSet
from lib.reports.linked_data.answer import ArtistAnswer, answer_of_order, models_of
from lib.reports.linked_data.manifest import MANIFEST_FILE, manifest_of
from lib.reports.linked_data.pictures import Picture, Site, published_picture

CATALOGUE_DATE = "Date in the catalogue"


def write_worst_orders(
    evaluation: Evaluation, models: ModelSet, embedded: EmbeddedWorks, *, dataset: Dataset, site: Site, out: Path
) -> None:
    """Write a manifest of the test works that are ordered worst, artist by artist, into the folder `out`.

    site: where the catalogue's pictures are published, under their painting ids.
    """
    answers = [order_answer(row.artist, models, embedded) for row in evaluation.dating.worst_orders()]
    pictures = catalogue_pictures(dataset, [work.file for answer in answers for work in answer.works], site=site)
    write_json(out / MANIFEST_FILE, manifest_of(answers, pictures, site=site, models=models_of(models)))


def order_answer(artist: str, models: ModelSet, embedded: EmbeddedWorks) -> ArtistAnswer:
    """Return the order of an artist's test works. Raises ValueError where the artist has no comparator."""
    comparator = models.comparator(artist)
    if comparator is None:
        raise ValueError(f"{artist} has no comparator")
    is_test = (embedded.paintings["artist"] == artist) & (embedded.paintings["split"] == "test")
    works = embedded.where(is_test.to_numpy()).read()
    attribution = attribute(
        works.matrix,
        works.paintings["painting_id"].tolist(),
        hashes=None,
        space=models.space,
        head=models.head,
        usual=models.usual,
        network_probabilities=None,
        ensemble=None,
    )
    return answer_of_order(
        order_works(comparator, attribution, known={}),
        artist=artist,
        given=True,
        share=float(vote(attribution.probabilities)[artist]),
        known=known_artist_of(attribution, head=models.head, verifier=models.verifier),
    )


def catalogue_pictures(dataset: Dataset, painting_ids: Sequence[str], *, site: Site) -> Mapping[str, Picture]:
    """Return the pictures of paintings as they are published, by painting id, with what their catalogue says."""
    columns = ["painting_id", "title", "date", "catalogue_columns", "width", "height"]
    rows = dataset.paintings(columns=columns)
    pictures = {}
    for row in rows[rows["painting_id"].isin(set(painting_ids))].to_dict("records"):
        painting_id = row["painting_id"]
        said = {"Title": row["title"], CATALOGUE_DATE: row["date"]}
        said |= json.loads(row["catalogue_columns"]) if row["catalogue_columns"] else {}
        header = ImageHeader(width=row["width"], height=row["height"], media_type=guess_type(painting_id)[0])
        told = {name: str(value) for name, value in said.items() if pd.notna(value)}
        pictures[painting_id] = published_picture(painting_id, header=header, site=site, columns=told)
    return pictures
