"""The files that sorting a set leaves: order.csv, timeline.png, artists.csv and rejected.csv."""

from pathlib import Path

import pandas as pd
from PIL import Image

from lib.dating.order import Order
from lib.infra.atomic import atomic_file
from lib.models.sorter import SortedSet
from lib.reports.plots import timeline


def write_sorted_set(
    sorted_set: SortedSet, images: dict[str, Image.Image], *, rejected: dict[str, str], out: Path
) -> None:
    """Write the files of a sorted set into the folder `out`; order.csv and timeline.png only where there is an order.

    images: by file. rejected: reasons by file. An order that an earlier set left in the folder is removed first.
    """
    for name in ("order.csv", "timeline.png"):
        (out / name).unlink(missing_ok=True)
    write_csv(out / "rejected.csv", pd.DataFrame(rejected.items(), columns=["file", "reason"]))
    write_csv(out / "artists.csv", sorted_set.shares.round(4).rename_axis("artist").rename("share").reset_index())
    if sorted_set.order is not None:
        write_csv(out / "order.csv", sorted_set.order.works)
        write_timeline(out / "timeline.png", sorted_set.order, images, artist=sorted_set.artist)


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, atomically."""
    with atomic_file(path) as aside:
        table.to_csv(aside, index=False)


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
