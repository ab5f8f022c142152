"""From a table with addresses to a folder of pictures with their catalogue.

What an address is shows only when it was asked: a manifest leads to pictures, a collection to manifests. So the fetch
goes in rounds. Each asks for what the records so far name and do not have, until there is nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

from lib.data.columns import find_column, require_columns
from lib.data.tables.reader import read_table
from lib.fetch.catalogue import Entry, catalogue_of, write_catalogue, write_failed
from lib.fetch.fetcher import Task
from lib.fetch.pictures import FOLDER
from lib.fetch.records import Journal, NoPicture, Picture, Records
from lib.fetch.tree import Found, Walk
from lib.infra.atomic import find_json, write_json
from lib.infra.errors import UserError
from lib.infra.paths import make_folder

JOURNAL = ".fetch"  # the folder of the records, below the fetch's own


@dataclass(frozen=True)
class Given:
    """The rows to fetch, and the address of each, empty where it has none."""

    rows: pd.DataFrame
    addresses: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """What became of the addresses: pictures by row, in their order, and what has none."""

    entries: list[Entry]
    failed: list[NoPicture]

    @property
    def summary(self) -> str:
        """Return the numbers of pictures, of works and of failures in one sentence."""
        pictures = {entry.found.picture.file for entry in self.entries}
        failed = f"{len(self.failed):,} failed" + ("; see failed.csv" if self.failed else "")
        return f"{len(pictures):,} pictures for {len(self.entries):,} works, {failed}"


def read_given(catalogue: Path, url_column: str) -> Given:
    """Read the addresses of a table. Raises UserError where it cannot be read or lacks the column."""
    rows = read_table(catalogue).frame
    names = [str(name) for name in rows.columns]
    try:
        require_columns([url_column], names)
        column = find_column(url_column, names)
    except UserError as error:
        raise UserError(f"the catalogue {catalogue} {error}") from error
    return Given(rows=rows, addresses=rows[column].fillna("").str.strip().tolist())


def one_address(address: str) -> Given:
    """Return a table of one row without columns."""
    return Given(rows=pd.DataFrame(index=[0]), addresses=[address])


def open_journal(out: Path, settings: dict[str, Any]) -> Journal:
    """Return the journal of the fetch into `out`, new or begun with equal settings.

    Raises UserError where something else is there.
    """
    folder = out / JOURNAL
    begun = find_json(folder / "settings.json")
    if begun is None and out.exists() and any(out.iterdir()):
        raise UserError(f"{out} exists and is not the folder of a fetch; choose another --out")
    if begun is not None and begun != settings:
        raise UserError(f"{out} was fetched with other options ({begun}); give the same, or choose another --out")
    make_folder(folder)
    write_json(folder / "settings.json", settings)
    return Journal(folder, run=uuid4().hex[:12])


def fetch_all(
    given: Given, journal: Journal, *, out: Path, most_manifests: int, fetch: Callable[[Sequence[Task]], None]
) -> Outcome:
    """Fetch what is missing, round after round, and return what became of the addresses.

    fetch: writes a record of each task to the journal.
    """
    records, asked = _whole(journal.read(), out), set[str]()
    while True:
        outcome, tasks = _walk(given, records, most_manifests)
        if not tasks:
            return outcome
        if lost := [address for address in tasks if address in asked]:
            raise RuntimeError(f"{len(lost)} addresses were fetched and have no record, such as {lost[0]}")
        asked |= tasks.keys()
        print(f"{len(tasks):,} addresses to fetch", flush=True)
        fetch(list(tasks.values()))
        records = journal.read()


def write_results(given: Given, outcome: Outcome, out: Path) -> None:
    """Write the catalogue and the list of failures. Raises UserError where there is no picture at all."""
    write_failed(out, outcome.failed)
    if not outcome.entries:
        last = outcome.failed[-1] if outcome.failed else NoPicture(address="the table", reason="it has no rows")
        raise UserError(f"no picture could be fetched; the last address, {last.address}: {last.reason}")
    write_catalogue(out, catalogue_of(given.rows, outcome.entries))


def _walk(given: Given, records: Records, most_manifests: int) -> tuple[Outcome, dict[str, Task]]:
    walk, outcome, tasks = Walk(records, most_manifests), Outcome([], []), dict[str, Task]()
    for row, address in enumerate(given.addresses):
        if not address:
            outcome.failed.append(NoPicture(address="", reason=f"row {row + 1} of the catalogue has no address"))
            continue
        for leaf in walk.leaves(address):
            match leaf:
                case Task():
                    tasks.setdefault(leaf.address, leaf)
                case Found():
                    outcome.entries.append(Entry(row, leaf))
                case NoPicture():
                    outcome.failed.append(leaf)
    return outcome, tasks


def _whole(records: Records, out: Path) -> Records:
    """Return the records without pictures whose file is gone or has another size."""

    def is_whole(picture: Picture) -> bool:
        path = out / FOLDER / picture.file
        return path.is_file() and path.stat().st_size == picture.size

    return {key: each for key, each in records.items() if not isinstance(each, Picture) or is_whole(each)}
