"""The files that sorting a set leaves: order.csv, timeline.png, artists.csv and rejected.csv."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from PIL import Image

from lib.dating.order import Order
from lib.infra.atomic import atomic_file
from lib.infra.bundles import slug
from lib.infra.spreadsheets import write_frame
from lib.models.sorter import SortedSet
from lib.reports.linked_data.files import LINKED_DATA_FILES
from lib.reports.plots import timeline


def write_sorted_sets(
    sets: Sequence[SortedSet],
    images: dict[str, Image.Image],
    *,
    rejected: dict[str, str],
    columns: pd.DataFrame | None,
    out: Path,
) -> None:
    """Write the files of sorted works into the folder `out`: one table for all artists, a timeline for each.

    order.csv and timelines are written only for works that have an order. images: by file. rejected: reasons by file.
    columns: the user's own, indexed by file. What an earlier set left in the folder is removed first, with its linked
    data.
    """
    old = [out / name for name in ("order.csv", *LINKED_DATA_FILES)]
    for path in (*old, *out.glob("timeline*.png")):
        path.unlink(missing_ok=True)
    write_frame(out / "rejected.csv", pd.DataFrame(rejected.items(), columns=["file", "reason"]))
    write_frame(out / "artists.csv", votes_table(sets))
    ordered = [(each, each.order) for each in sets if each.order is not None]
    if ordered:
        write_frame(out / "order.csv", pd.concat([order_table(each, order, columns) for each, order in ordered]))
    for each, order in ordered:
        write_timeline(out / timeline_name(each, among=sets), order, images, artist=each.artist)


def timeline_name(sorted_set: SortedSet, *, among: Sequence[SortedSet]) -> str:
    """Return the name of a set's timeline."""
    return "timeline.png" if len(among) == 1 else f"timeline-{slug(sorted_set.artist)}.png"


def votes_table(sets: Sequence[SortedSet]) -> pd.DataFrame:
    """Return the share of every artist in the vote of all works, highest first."""
    works = sum(len(each.files) for each in sets)
    together = pd.concat([each.shares * (len(each.files) / works) for each in sets]).groupby(level=0).sum()
    ranked = together.sort_values(ascending=False, kind="stable")
    return ranked.round(4).rename_axis("artist").rename("share").reset_index()


def order_table(sorted_set: SortedSet, order: Order, columns: pd.DataFrame | None) -> pd.DataFrame:
    """Return the works of a set in order, with their artist, and with the user's own columns by file.

    verdict, known_probability: whether the artist is one whom the models know. outlier: whether the work is unlike all
    that they learned from. in_catalogue: id of the reference work that shows the same picture. What is known of each
    nearest work comes last. A column of the user's that has a name of ours is marked by an apostrophe.
    """
    nearest = [order.nearest[file][:1] for file in order.works["file"]]
    known = sorted_set.known
    chance = None if known.probability is None else round(known.probability, 4)
    table = order.works.assign(artist=sorted_set.artist, verdict=known.verdict, known_probability=chance)
    table["outlier"] = table["file"].isin(sorted_set.outliers)
    ids = {file: work.painting_id for file, work in sorted_set.recognised.items()}
    table["in_catalogue"] = table["file"].map(ids)
    table = table.join(pd.DataFrame([work[0].as_columns() if work else {} for work in nearest]))
    if columns is None:
        return table
    return table.join(columns.rename(columns={name: f"{name}'" for name in columns if name in table}), on="file")


def write_timeline(path: Path, order: Order, images: dict[str, Image.Image], *, artist: str) -> None:
    """Write the timeline of an order as PNG, atomically."""
    works = order.works
    number = "1 work" if len(works) == 1 else f"{len(works)} works in order"
    figure = timeline(
        [images[file] for file in works["file"]],
        years=works["score"].to_numpy(),
        low=works["low"].to_numpy(),
        high=works["high"].to_numpy(),
        labels=[f"{work['position']}. {work['file']}, {work['year']}" for work in works.to_dict("records")],
        title=f"{artist}: {number} (dated works known from {order.first_year} to {order.last_year})",
    )
    with atomic_file(path) as aside:
        figure.savefig(aside, format="png", dpi=110)
