"""python jobs/sort_paintings.py --images FOLDER --out DIR [--artist NAME]

Name the artist of a folder of paintings by vote, and lay the paintings out in the order they were
made. Writes DIR/order.csv (file, position, tie_group, score, year, low, high, beyond, artist_probability),
DIR/timeline.png, DIR/artists.csv (the vote) and DIR/rejected.csv (files that are not readable images). A work is
`beyond` where its interval leaves the years of the artist's dated works.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image

from lib.dating.sets import Order
from lib.infra.atomic import atomic_file, make_folder
from lib.infra.cli import run
from lib.infra.cluster import durable_path
from lib.infra.errors import UserError
from lib.models.sorter import SortedSet, Sorter, read_images
from lib.reports.plots import timeline


@dataclass
class SortPaintings:
    """Options of jobs/sort_paintings.py."""

    images: Path
    """Folder that holds the paintings, as image files of any kind."""
    out: Path
    """Folder that the results are written to."""
    artist: str | None = None
    """Sort as works of this artist instead of the one with most votes."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""


def main(config: SortPaintings) -> None:
    """Sort the folder and write the results. Raises UserError where the artist has no comparator."""
    images, rejected = read_images(durable_path(config.images, option="--images"))
    out = make_folder(durable_path(config.out, option="--out"))
    result = Sorter(durable_path(config.models, option="--models")).sort(images, artist=config.artist)
    for old in ("order.csv", "timeline.png"):  # of another set: this one may have no order
        (out / old).unlink(missing_ok=True)
    write_table(out / "rejected.csv", pd.DataFrame(rejected.items(), columns=["file", "reason"]))
    write_table(out / "artists.csv", result.shares.round(4).rename_axis("artist").rename("share").reset_index())
    print_vote(result, works=len(images), rejected=rejected)
    if result.order and result.order.scope != "own":
        print(
            f"{result.artist} has too few dated works for a comparator: ordered by what the careers of all artists "
            "have in common, which is little better than a coin"
        )
    if result.order is None:
        raise UserError(
            f"{result.artist} has no comparator, so the works cannot be ordered; train one with "
            "jobs/train_per_artist.py, or name another artist with --artist"
        )
    write_table(out / "order.csv", result.order.works)
    draw(result.order, images, title=result.artist, path=out / "timeline.png")
    print(result.order.works.to_string(index=False))
    print(f"order: {out / 'order.csv'}\ntimeline: {out / 'timeline.png'}")


def print_vote(result: SortedSet, *, works: int, rejected: dict[str, str]) -> None:
    """Tell whom the works are by, who comes next, and which files were left out."""
    best = ", ".join(f"{artist} {share:.0%}" for artist, share in result.shares.head(4).items())
    print(f"{works} works, sorted as {result.artist}; vote: {best}")
    for file, reason in rejected.items():
        print(f"left out: {file}: {reason}")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, whole or not at all."""
    with atomic_file(path) as aside:
        table.to_csv(aside, index=False)


def draw(order: Order, images: dict[str, Image.Image], *, title: str, path: Path) -> None:
    """Write the timeline picture of an order."""
    works = order.works
    figure = timeline(
        [images[file] for file in works["file"]],
        years=works["score"].to_numpy(),
        low=works["low"].to_numpy(),
        high=works["high"].to_numpy(),
        labels=[f"{work['position']}. {work['file']}, {work['year']}" for work in works.to_dict("records")],
        title=f"{title}: {len(works)} works in order (dated works known from {order.first_year} to {order.last_year})",
    )
    with atomic_file(path) as aside:
        figure.savefig(aside, format="png", dpi=110)


if __name__ == "__main__":
    run(main, SortPaintings, __doc__)
