"""python jobs/ingest.py --source painter-by-numbers --root DIR --out DATASET

Turns a catalogue of paintings and its image files into a dataset: cleans the catalogue, decodes and shrinks the
images on all cores of the cluster, splits them into train, val and test, and writes a report. Started again after
an interruption it does what is missing. Where the catalogue or its files have changed since, it updates the dataset: it
decodes new and changed files only (docs/updates.md). Other options need another --out.

A small one: add --subset one-artist --artist 'Claude Monet', or --artists 5 --works-per-artist 20

Other sources: --source wikiart-folder --root DIR reads artist_title-date.jpg and artist/title-date.jpg;
--source csv --catalogue FILE --root DIR reads any table: CSV, Excel, Parquet, JSON (docs/catalogues.md). The first line
printed says what was taken for what.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from lib.data.images import SHORT_SIDE
from lib.infra import cli
from lib.infra.atomic import staged_folder
from lib.infra.errors import UserError
from lib.infra.locks import write_lock
from lib.infra.paths import is_local

if TYPE_CHECKING:
    from lib.data.rows import CatalogueOptions

PLACES = ("root", "out", "catalogue", "aliases")  # options that do not decide what is in the dataset


@dataclass(frozen=True)
class Ingest:
    """Where the paintings come from, which of them to take, and where the dataset goes."""

    source: Literal["painter-by-numbers", "wikiart-folder", "csv"]
    """The kind of catalogue: Kaggle's Painter by Numbers, WikiArt-style file names, or (csv) any table."""
    root: Path
    """The folder of the image files."""
    out: Path
    """The dataset to write, or to update where the same options made it."""
    catalogue: Path | None = None
    """CSV, .xlsx, .parquet, .json or .jsonl, plain, .zip or .gz. Default: for painter-by-numbers all_data_info.csv."""
    artist_column: str | None = None
    """Column of the artist, as all columns for --source csv. Default: a usual name, such as artist or maker."""
    date_column: str | None = None
    """Column of the date as a text. Default: a usual name, such as date or dateText."""
    earliest_column: str | None = None
    """Column of the first year of the date. Default: with a column of last years, a usual name such as beginyear."""
    latest_column: str | None = None
    """Column of the last year of the date. Default: with a column of first years, a usual name such as endyear."""
    file_column: str | None = None
    """Column of the file: a path below --root, a name, a number, a URL. Default: a usual name, such as file."""
    role_column: str | None = None
    """Column of the artist's part in the work, such as 'workshop of'. Default: a usual name, such as artistRole."""
    artist_id_column: str | None = None
    """Column of the artist's number in the museum, ULAN or Wikidata. Default: a usual name, such as artistId."""
    birth_column: str | None = None
    """Column of the artist's year of birth. Default: a usual name, such as birthyear."""
    death_column: str | None = None
    """Column of the artist's year of death. Default: a usual name, such as deathyear."""
    split_column: str | None = None
    """Column of the catalogue's split: True/False (train/test), or train, val, test. Default: split by hash."""
    keep_columns: tuple[str, ...] | None = None
    """The catalogue's columns that travel with the works. Default: all but images."""
    aliases: Path | None = None
    """A CSV with the columns alias,name: spellings of artists, and the name that each stands for."""
    short_side: Annotated[int, Field(ge=64, le=4096)] = SHORT_SIDE
    """Pixels that the short side of a stored picture has at most, 64 to 4096: more for --image-size and --tiles of
    jobs/embed.py."""
    circa_years: NonNegativeInt = 0
    """Years that an approximate date is widened by at each end."""
    artists: PositiveInt | None = None
    """Take this many artists, those with most works. Default: all."""
    works_per_artist: PositiveInt | None = None
    """Take at most this many works of each artist. Default: all."""
    subset: Literal["5-artists-100-works", "100-artists", "15-years-100-works", "one-artist"] | None = None
    """Take a subset of the source study. Default: all."""
    artist: str | None = None
    """The artist of --subset one-artist."""
    allow_removals: bool = False
    """Let an update take more than half of the works out of the dataset."""


def main(config: Ingest) -> None:
    """Make or update the dataset, unless it is current. Raises UserError for input that cannot become one."""
    _check(config)
    from lib.data import ingest
    from lib.data.catalogues import read_catalogue
    from lib.data.cleaning import step_of
    from lib.data.lists import write_lists
    from lib.data.publication import publish
    from lib.data.subsets import choose_works
    from lib.data.update import changes_between
    from lib.data.workspace import Workspace
    from lib.infra import tracking
    from lib.infra.cluster import connect
    from lib.reports.dataset import EXPERIMENT, record_dataset, write_report

    catalogue = read_catalogue(config.source, config.root, catalogue_options(config))
    workspace = Workspace(config.out)
    request = ingest.Request(
        source=config.source,
        short_side=config.short_side,
        parameters=_parameters(config),
        content=catalogue.content,
    )
    version = ingest.find_version(config.out, request)
    if version and version.content == request.content:
        with write_lock(config.out):
            ingest.tidy(workspace, request)
        print(f"{config.out} is finished and was made from the same input and options: nothing to do")
        return
    chosen = choose_works(
        catalogue.paintings,
        subset=config.subset,
        artist=config.artist,
        artists=config.artists,
        works_per_artist=config.works_per_artist,
    )
    steps = [*catalogue.steps, step_of("chosen", chosen)]
    for step in steps:
        print(f"{step.rows:>9,} rows, {step.artists:>6,} artists: {step.rule}")
    with write_lock(config.out):
        stored = ingest.prepare(
            workspace, chosen, request, version=version, root=config.root, allow_removals=config.allow_removals
        )
        tracking.use_experiment(EXPERIMENT)  # better to fail here than after the work
        connect()
        ingest.write_parts(workspace, config.root, short_side=config.short_side)
        paintings = ingest.split_paintings(
            workspace, by_catalogue=config.split_column is not None, stored=stored, allow_removals=config.allow_removals
        )
        changes = None if stored is None else changes_between(paintings, stored)
        rejected = [*catalogue.rejected, *workspace.rejected_files()]
        counts = ingest.count_paintings(paintings, catalogue, steps=steps, rejected=len(rejected))
        write_lists(workspace.lists, paintings, missing=catalogue.missing, rejected=rejected, changes=changes)
        manifest = ingest.write_manifest(
            workspace, request, paintings, counts=counts, places=_places(config), version=version, changes=changes
        )
        with staged_folder(workspace.lists / "report") as report:
            write_report(
                report,
                name=config.out.name,
                paintings=paintings,
                manifest=manifest,
                rejected=rejected,
                notes=catalogue.notes,
                changes=changes,
            )
        publish(workspace)
    record_dataset(config.out, manifest)
    crossing = counts.near_duplicates.test_paintings_with_a_near_duplicate_outside_test
    if crossing:
        print(f"note: {crossing} test paintings have a near-duplicate outside test")
    if manifest.changes:
        print(f"updated from version {manifest.parent}: {manifest.changes.summary}; see changes.csv")
    print(f"{config.out}: {counts.summary}; see report/report.md")


def _check(config: Ingest) -> None:
    root, out, table = config.root, config.out, config.catalogue
    mapped = [name for name, column in _columns(config).items() if column and name != "split"]
    for wrong, sentence in (
        (not root.is_dir(), f"the folder {root} does not exist; give the folder of the images with --root"),
        (
            table and not table.is_file(),
            f"cannot read the catalogue {table}: no such file; give a file with --catalogue",
        ),
        (config.source == "csv" and not config.catalogue, "--source csv needs --catalogue FILE"),
        (config.source != "csv" and mapped, "the options of columns, but for --split-column, need --source csv"),
        (
            config.source == "wikiart-folder" and (config.catalogue or config.split_column),
            "--source wikiart-folder has no catalogue: leave out --catalogue and --split-column",
        ),
        (config.subset and (config.artists or config.works_per_artist), "give --subset or --artists, not both"),
        (config.artist and config.subset != "one-artist", "--artist needs --subset one-artist"),
        (
            is_local(out) == is_local(root) and out.is_relative_to(root),
            f"--out {out} is inside --root {root}; choose a place outside the images",
        ),
    ):
        if wrong:
            raise UserError(sentence)


def catalogue_options(config: Ingest) -> "CatalogueOptions":
    """Return how to read the catalogue."""
    from lib.data.columns import ColumnNames
    from lib.data.rows import CatalogueOptions

    return CatalogueOptions(
        catalogue=config.catalogue,
        columns=ColumnNames(**_columns(config)),
        keep_columns=config.keep_columns,
        aliases=config.aliases,
        circa_years=config.circa_years,
    )


def _columns(config: Ingest) -> dict[str, str | None]:
    """Return the names of the columns that the user gave, by the fields of ColumnNames."""
    suffix = "_column"
    return {name.removesuffix(suffix): value for name, value in asdict(config).items() if name.endswith(suffix)}


def _parameters(config: Ingest) -> dict[str, object]:
    """Return the options that decide what is in the dataset, beside the source and the size of its pictures."""
    others = ("source", "short_side", "allow_removals", *PLACES)
    return {name: value for name, value in asdict(config).items() if name not in others}


def _places(config: Ingest) -> dict[str, str]:
    return {name: str(place) for name in ("root", "catalogue", "aliases") if (place := getattr(config, name))}


if __name__ == "__main__":
    cli.run(main, Ingest, __doc__)
