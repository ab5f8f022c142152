"""The files manifest.json and linked-art.json of a sorted folder."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from lib.data.images import read_header
from lib.infra.atomic import write_json
from lib.models.sorter import SortedSet
from lib.reports.linked_data.answer import AnsweredWork, ArtistAnswer, ModelsUsed, answer_of_order
from lib.reports.linked_data.linked_art import LINKED_ART_FILE, linked_art_of
from lib.reports.linked_data.manifest import MANIFEST_FILE, manifest_of
from lib.reports.linked_data.pictures import Site, published_picture

LINKED_DATA_FILES = (MANIFEST_FILE, LINKED_ART_FILE)


def answers_of_sets(sets: Sequence[SortedSet], *, given: bool) -> list[ArtistAnswer]:
    """Return what sorted sets say of their works. given: whether the user named the artist."""
    return [answer_of_set(each, given=given) for each in sets]


def answer_of_set(each: SortedSet, *, given: bool) -> ArtistAnswer:
    """Return what a sorted set says of its works."""
    share = float(each.shares[each.artist])
    if each.order is not None:
        return answer_of_order(each.order, artist=each.artist, given=given, share=share, known=each.known)
    works = [AnsweredWork(file, artist_probability=None, dating=None, nearest=()) for file in each.files]
    return ArtistAnswer(artist=each.artist, given=given, share=share, known=each.known, scope=None, works=works)


def write_linked_data(
    answers: Sequence[ArtistAnswer],
    *,
    images: Path,
    columns: pd.DataFrame | None,
    site: Site,
    models: ModelsUsed,
    out: Path,
) -> None:
    """Write a manifest and Linked Art of sorted works into the folder `out`.

    images: folder of the pictures. columns: the user's own, indexed by file. site: where the pictures are published.
    """
    told = texts_by_file(columns)
    pictures = {}
    for file in [work.file for answer in answers for work in answer.works]:
        header = read_header((images / file).read_bytes())
        pictures[file] = published_picture(file, header=header, site=site, columns=told.get(file, {}))
    write_json(out / MANIFEST_FILE, manifest_of(answers, pictures, site=site, models=models))
    graph = linked_art_of(answers, pictures, site=site, models=models, computed=datetime.now(UTC))
    write_json(out / LINKED_ART_FILE, graph)


def texts_by_file(columns: pd.DataFrame | None) -> dict[str, dict[str, str]]:
    """Return the user's columns as texts, by file and name of the column, without empty cells."""
    if columns is None:
        return {}
    return {
        str(file): {str(name): str(value) for name, value in row.items() if pd.notna(value) and str(value)}
        for file, row in zip(columns.index, columns.to_dict("records"), strict=True)
    }
