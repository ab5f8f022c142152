"""A part of a dataset as a dataset of its own, for searches that need not see all of it.

DATASET/subsets/FINGERPRINT/   which part it is (manifest.json), and its paintings, in the splits of the dataset
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lib.data.dataset import (
    PAINTINGS_SCHEMA,
    painting_parts,
    read_manifest,
    read_paintings,
    read_part,
    write_part,
)
from lib.data.subsets import select_artists
from lib.infra.atomic import resumable_folder
from lib.infra.errors import UserError
from lib.training.plan import digest_of


def ensure_subset(dataset: Path, *, artists: int | None, works_per_artist: int | None) -> Path:
    """Return the folder of the artists with most works, and of at most so many works of each, made where it is missing.

    None is all; the dataset itself where both are. Raises UserError for sizes below 1.
    """
    if artists is None and works_per_artist is None:
        return dataset
    if min(artists or 1, works_per_artist or 1) < 1 or 0 in (artists, works_per_artist):
        raise UserError("--artists and --works-per-artist must be at least 1")
    part_of = read_manifest(dataset)["fingerprint"]
    about = {"part_of": part_of, "artists": artists, "works_per_artist": works_per_artist}
    card = {"fingerprint": digest_of(about), **about}
    folder = dataset / "subsets" / card["fingerprint"]
    if (folder / "manifest.json").is_file():
        return folder
    paintings = read_paintings(dataset, columns=["painting_id", "artist"])
    chosen = select_artists(paintings, artists=artists, works_per_artist=works_per_artist)["painting_id"]
    with resumable_folder(folder, settings=card) as out:
        for part in painting_parts(dataset):
            table = read_part(part, columns=[*PAINTINGS_SCHEMA.names, "split"])
            table = table.filter(pc.is_in(table["painting_id"], pa.array(chosen)))
            if len(table):
                write_part(out / "paintings" / part.name, table)
    return folder
