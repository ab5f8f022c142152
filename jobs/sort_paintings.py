"""python jobs/sort_paintings.py --images FOLDER --out DIR [--artist NAME] [--known FILE]

Name the artist of a folder of paintings by vote, and sort the paintings into the order they were painted. Writes
DIR/order.csv (file, position, tie_group, score, year, low, high, edtf, known, beyond, artist_probability, the nearest
dated work with its catalogue's columns, and the other columns of --known), DIR/timeline.png, DIR/artists.csv (the vote)
and DIR/rejected.csv (files that are not readable images). `beyond` marks a work whose interval extends beyond the years
of the artist's dated works.
"""

from dataclasses import dataclass
from pathlib import Path

from lib.attribution.verifier import KnownArtist
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.known_file import read_known_file
from lib.models.sorter import SortedSet, Sorter, read_images, require_folder
from lib.reports.sorted_set import write_sorted_set


@dataclass
class SortPaintings:
    """Options of jobs/sort_paintings.py."""

    images: Path
    """Folder of the paintings, as image files of any format."""
    out: Path
    """Folder for the results."""
    artist: str | None = None
    """Sort as works of this artist instead of the one with the highest share of the vote."""
    known: Path | None = None
    """Table (CSV, .xlsx, .json, .parquet) with the columns file and date: works whose date you know, as a year, a range
    or in words. A date that is approximate is taken as 5 years more on each side. Default: none is known."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""


def main(options: SortPaintings) -> None:
    """Sort the folder and write the results. Raises UserError where the artist has no comparator."""
    require_folder(options.images)
    sorter = Sorter(options.models)
    images, rejected = read_images(options.images, short_side=sorter.models.provenance.short_side)
    known = read_known_file(options.known, files=list(images)) if options.known else None
    out = make_folder(options.out)
    dates = known.dates if known else {}
    sorted_set = sorter.sort(images, artist=options.artist, known=dates)
    columns = known.columns if known else None
    write_sorted_set(sorted_set, images, rejected=rejected, columns=columns, out=out)
    print_vote(sorted_set, works=len(images), rejected=rejected)
    if sorted_set.order is None:
        raise UserError(
            f"{sorted_set.artist} has no comparator, so the works cannot be ordered; train one with "
            "jobs/train_per_artist.py, or name another artist with --artist"
        )
    if sorted_set.order.scope != "own":
        print(
            f"{sorted_set.artist} has too few dated works for a comparator: the order rests on the career trend shared "
            "by all artists and is little better than chance"
        )
    print(sorted_set.order.works.to_string(index=False))
    print(f"order: {out / 'order.csv'}\ntimeline: {out / 'timeline.png'}")


def print_vote(sorted_set: SortedSet, *, works: int, rejected: dict[str, str]) -> None:
    """Print the artist, the highest shares of the vote and the rejected files."""
    shares = ", ".join(f"{artist} {share:.0%}" for artist, share in sorted_set.shares.head(4).items())
    print(f"{works} works, sorted as {sorted_set.artist}; vote: {shares}")
    print(known_sentence(sorted_set.known))
    for file, reason in rejected.items():
        print(f"rejected: {file}: {reason}")


def known_sentence(known: KnownArtist) -> str:
    """Return whether the works are by an artist whom the models know, in one sentence."""
    if known.probability is None:
        return "whether the artist is one whom the models know: they know too few artists to say"
    says = {"known": "probably yes", "unknown": "probably not: do not rely on the name or the years"}
    verdict = says.get(known.verdict, "can't tell")
    return f"by an artist whom the models know: {verdict} (probability {known.probability:.0%} at even odds)"


if __name__ == "__main__":
    run(main, SortPaintings, __doc__)
