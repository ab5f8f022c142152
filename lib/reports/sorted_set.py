"""The files that sorting a set leaves: order.csv, timeline.png, artists.csv and rejected.csv."""

from pathlib import Path

import pandas as pd
from PIL import Image

from lib.dating.order import Order
from lib.infra.atomic import atomic_file
from lib.infra.spreadsheets import write_frame
from lib.models.sorter import SortedSet
from lib.reports.plots import timeline


def write_sorted_set(
    sorted_set: SortedSet,
    images: dict[str, Image.Image],
    *,
    rejected: dict[str, str],
    columns: pd.DataFrame | None,
    out: Path,
) -> None:
    """Write the files of a sorted set into the folder `out`; order.csv and timeline.png only where there is an order.

    images: by file. rejected: reasons by file. columns: the user's own, indexed by file. An order that an earlier set
    left in the folder is removed first.
    """
    for name in ("order.csv", "timeline.png"):
        (out / name).unlink(missing_ok=True)
    write_frame(out / "rejected.csv", pd.DataFrame(rejected.items(), columns=["file", "reason"]))
    write_frame(out / "artists.csv", sorted_set.shares.round(4).rename_axis("artist").rename("share").reset_index())
    if sorted_set.order is not None:
        write_frame(out / "order.csv", order_table(sorted_set.order, columns))
        write_timeline(out / "timeline.png", sorted_set.order, images, artist=sorted_set.artist)


def order_table(order: Order, columns: pd.DataFrame | None) -> pd.DataFrame:
    """Return the works of an order with the user's own columns, by file, and what is known of each nearest work.

    A column of the user's that has a name of ours is marked by an apostrophe.
    """
    nearest = [order.nearest[file][:1] for file in order.works["file"]]
    table = order.works.join(pd.DataFrame([work[0].as_columns() if work else {} for work in nearest]))
    if columns is None:
        return table
    return table.join(columns.rename(columns={name: f"{name}'" for name in columns if name in table}), on="file")


def write_timeline(path: Path, order: Order, images: dict[str, Image.Image], *, artist: str) -> None:
    """Write the timeline of an order as PNG, atomically."""
    works = order.works
    figure = timeline(
        [images[file] for file in works["file"]],
        years=works["score"].to_numpy(),
        low=works["low"].to_numpy(),
        high=works["high"].to_numpy(),
        labels=[f"{work['position']}. {work['file']}, {work['year']}" for work in works.to_dict("records")],
        title=f"{artist}: {len(works)} works in order (dated works known from {order.first_year} to {order.last_year})",
    )
    with atomic_file(path) as aside:
        figure.savefig(aside, format="png", dpi=110)
