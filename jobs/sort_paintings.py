"""python jobs/sort_paintings.py --images FOLDER --out DIR [--artist NAME] [--known FILE]

Name the artist of a folder of paintings by vote, and sort the paintings into the order they were painted. Writes
DIR/order.csv, DIR/timeline.png (with --mixed one for each artist), DIR/artists.csv (the vote) and DIR/rejected.csv
(files that are not readable images). Columns of order.csv: file, position, tie_group, score, year, low, high, edtf,
known, beyond (the interval extends beyond the years of the artist's dated works), artist_probability, doubt (why the
year can hardly be: it lies outside the artist's life or, where none is recorded, all dated works), artist, verdict
and known_probability (whether the artist is one whom the models know; unless it is `known`, years hold only if the name
does), outlier (unlike everything that the models learned from), in_catalogue, the nearest dated work with its
catalogue's columns, and the other columns of --known. The year of a single work is an average over its likely artists.
With --published-at it also writes DIR/manifest.json, a IIIF manifest of the paintings in order, and
DIR/linked-art.json, artists and dates as computed assertions.
"""

from dataclasses import dataclass
from pathlib import Path

from lib.attribution.verifier import KnownArtist
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.known_file import read_known_file
from lib.models.sorter import SortedSet, Sorter, read_images, require_apart, require_folder
from lib.reports.linked_data.answer import models_of
from lib.reports.linked_data.files import LINKED_DATA_FILES, answers_of_sets, write_linked_data
from lib.reports.linked_data.pictures import parse_site
from lib.reports.markdown import chance
from lib.reports.sorted_set import write_sorted_sets


@dataclass
class SortPaintings:
    """Options of jobs/sort_paintings.py."""

    images: Path
    """Folder of the paintings, as image files of any format, also in folders below it."""
    out: Path
    """Folder for the results."""
    artist: str | None = None
    """Sort as works of this artist instead of the one with the highest share of the vote."""
    mixed: bool = False
    """Name each work, and sort the works of each artist apart."""
    known: Path | None = None
    """Table (CSV, .xlsx, .json, .parquet) with the columns file and date: works whose date you know, as a year, a range
    or in words. A date that is approximate is taken as 5 years more on each side. Default: none is known."""
    published_at: str | None = None
    """Address of the folder on the web in which the paintings, manifest.json and linked-art.json are published, such as
    https://example.org/pictures. A painting with an `address` in --known is shown from there. Default: neither file is
    written."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""


def main(options: SortPaintings) -> None:
    """Sort the folder and write the results. Raises UserError where no artist has a comparator."""
    if options.mixed and options.artist:
        raise UserError("give --artist NAME or --mixed True, not both")
    require_folder(options.images)
    require_apart(options.out, options.images)
    site = parse_site(options.published_at, option="--published-at") if options.published_at else None
    sorter = Sorter(options.models)
    images, rejected = read_images(options.images, short_side=sorter.models.provenance.short_side)
    known = read_known_file(options.known, files=list(images)) if options.known else None
    out = make_folder(options.out)
    dates, columns = (known.dates, known.columns) if known else ({}, None)
    sets = sorter.sort(images, artist=options.artist or None, known=dates, mixed=options.mixed)
    write_sorted_sets(sets, images, rejected=rejected, columns=columns, out=out)
    for sorted_set in sets:
        print_set(sorted_set)
    for file, reason in rejected.items():
        print(f"rejected: {file}: {reason}")
    if not any(sorted_set.order for sorted_set in sets):
        names = " or ".join(sorted_set.artist for sorted_set in sets)
        raise UserError(
            f"there is no comparator for {names}, so the works cannot be ordered; train one with "
            "jobs/train_per_artist.py, or name another artist with --artist"
        )
    if site:
        answers = answers_of_sets(sets, given=options.artist is not None)
        made_by = models_of(sorter.models)
        write_linked_data(answers, images=options.images, columns=columns, site=site, models=made_by, out=out)
        for name in LINKED_DATA_FILES:
            print(f"{out / name}: publish it as {site.of(name)}")
    print(f"order: {out / 'order.csv'}\ntimeline: {', '.join(str(path) for path in sorted(out.glob('timeline*.png')))}")


def print_set(sorted_set: SortedSet) -> None:
    """Print the artist, the highest shares of the vote, what they mean, and the order."""
    shares = ", ".join(f"{artist} {chance(share)}" for artist, share in sorted_set.shares.head(4).items())
    count = len(sorted_set.files)
    print(f"{count} work{'s' if count > 1 else ''}, sorted as {sorted_set.artist}; vote: {shares}")
    print(known_sentence(sorted_set.known))
    for file in sorted_set.outliers:
        print(f"{file} is unlike everything that the models learned from: is it a painting, and photographed whole?")
    for file, work in sorted_set.recognised.items():
        print(f"{file} is in the catalogue: {work.painting_id}, {work.artist}, {work.dated.text}")
    order = sorted_set.order
    if order is None:
        print(f"{sorted_set.artist} has no comparator: these works are not dated")
        return
    if order.scope != "own":
        print(
            f"{sorted_set.artist} has too few dated works for a comparator: the order rests on the career trend shared "
            "by all artists and is little better than chance"
        )
    if order.dated_as:
        print(f"year and interval are an average over the likely artists: {', '.join(order.dated_as)}")
    for row in order.works[order.works["doubt"] != ""].to_dict("records"):
        print(f"{row['file']}: {row['year']} is {row['doubt']}")
    print(order.works.drop(columns="doubt").to_string(index=False))


def known_sentence(known: KnownArtist) -> str:
    """Return whether the works are by an artist whom the models know, in one sentence."""
    if known.probability is None:
        return "whether the artist is one whom the models know: they know too few artists, or val works of them, to say"
    says = {"known": "probably yes", "unknown": "probably not: do not rely on the name or the years"}
    verdict = says.get(known.verdict, "can't tell")
    return f"by an artist whom the models know: {verdict} (probability {chance(known.probability)} at even odds)"


if __name__ == "__main__":
    run(main, SortPaintings, __doc__)
