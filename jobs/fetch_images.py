"""python jobs/fetch_images.py --catalogue FILE --url-column COLUMN --out FOLDER

Fetches the pictures that a table of works gives the addresses of, politely, and writes a catalogue that jobs/ingest.py
reads as it is. An address may be that of a picture, of a IIIF image service (info.json), or of a IIIF manifest or
collection, whose texts become columns. With --manifest URL one manifest or collection is the whole catalogue.

It asks no other address than those, and none in a network that is not public. Started again it fetches what is missing,
and what failed. In FOLDER are then images/, catalogue.csv, and failed.csv with the reason of each failure. Next:

    python jobs/ingest.py --source csv --catalogue FOLDER/catalogue.csv --root FOLDER/images --out DATASET
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import PositiveFloat, PositiveInt

from lib.data.decoding import MAX_MEGAPIXELS
from lib.fetch.image_api import DEFAULT_SIZE, parse_size
from lib.fetch.limits import Limits
from lib.infra import cli
from lib.infra.constraints import PositiveNumber
from lib.infra.errors import UserError
from lib.infra.locks import write_lock
from lib.infra.paths import is_local


@dataclass(frozen=True)
class FetchImages:
    """Which pictures to fetch, where to, and how politely."""

    out: Path
    """The folder to fetch to, on a disk that all nodes see."""
    catalogue: Path | None = None
    """The table of works: CSV, .xlsx, .parquet, .json or .jsonl, plain, .zip or .gz."""
    url_column: str | None = None
    """The column of --catalogue with the addresses."""
    manifest: str | None = None
    """The address of a IIIF manifest or collection, instead of --catalogue."""
    size: str = DEFAULT_SIZE
    """Of pictures from image services: largest width and height in pixels, as IIIF writes it, or max."""
    requests_per_second: PositiveFloat = 2.0
    """Requests a second to one host, of the whole cluster; inf for no limit."""
    connections: PositiveInt = 2
    """Connections to one host at once, of the whole cluster."""
    contact: str | None = None
    """An e-mail or web address that servers read in their logs, so that they can write to you. Default: none."""
    allow_host: tuple[str, ...] = ()
    """Hosts that may be asked although they are in a private network or on this machine. Default: none."""
    max_megabytes: PositiveInt = 64
    """Largest answer, in 10^6 bytes."""
    max_megapixels: PositiveInt = MAX_MEGAPIXELS
    """Largest picture, in 10^6 pixels."""
    max_seconds: PositiveNumber = 120.0
    """Seconds that one answer may take."""
    max_manifests: PositiveInt = 10_000
    """Manifests that collections may lead to; others are listed as failed."""


def main(config: FetchImages) -> None:
    """Fetch what is missing and write the catalogue. Raises UserError for input that cannot be used."""
    _check(config)
    box = parse_size(config.size)
    from lib.fetch.fetch import fetch_all, one_address, open_journal, read_given, write_results
    from lib.fetch.fetcher import Wanted
    from lib.fetch.spread import Spread
    from lib.infra.cluster import connect

    if config.catalogue is not None and config.url_column is not None:
        given = read_given(config.catalogue, config.url_column)
    else:
        given = one_address(config.manifest or "")
    with write_lock(config.out):
        journal = open_journal(config.out, {"size": config.size})
        connect()
        outcome = fetch_all(
            given,
            journal,
            out=config.out,
            most_manifests=config.max_manifests,
            fetch=Spread(journal, Wanted(out=config.out, box=box), _limits(config)).fetch,
        )
        write_results(given, outcome, config.out)
    print(f"{config.out}: {outcome.summary}")


def _check(config: FetchImages) -> None:
    contact, table = config.contact or "", config.catalogue
    for wrong, sentence in (
        ((config.catalogue is None) == (config.manifest is None), "give --catalogue FILE or --manifest URL"),
        (config.catalogue and not config.url_column, "--catalogue needs --url-column, the column of the addresses"),
        (config.manifest and config.url_column, "--url-column needs --catalogue"),
        (not is_local(config.out), f"--out {config.out} is in a store; fetch to a folder on a disk, then copy it"),
        (not (contact.isascii() and contact.isprintable()), "--contact must be plain ASCII on one line"),
        (
            table and not table.is_file(),
            f"cannot read the catalogue {table}: no such file; give a file with --catalogue",
        ),
    ):
        if wrong:
            raise UserError(sentence)


def _limits(config: FetchImages) -> Limits:
    return Limits(
        requests_per_second=config.requests_per_second,
        connections=config.connections,
        megabytes=config.max_megabytes,
        megapixels=config.max_megapixels,
        seconds=config.max_seconds,
        contact=config.contact,
        allowed_hosts=config.allow_host,
    )


if __name__ == "__main__":
    cli.run(main, FetchImages, __doc__)
