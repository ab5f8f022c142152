"""What the addresses of a fetch turned out to be, kept line by line, so that an interrupted fetch goes on."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from lib.infra.paths import make_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that lies in the folder. source: its own address, after redirects. size: bytes. licence: an address."""

    kind: Literal["picture"] = "picture"
    address: str
    source: str
    file: str
    sha256: str
    size: int
    width: int
    height: int
    licence: str | None = None
    rights: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A canvas of a manifest. source: the address of its picture or of its info.json. columns: texts by name."""

    source: str
    columns: dict[str, str]
    licence: str | None = None
    rights: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPicture:
    """What has no picture, and why."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A IIIF manifest: its works, and its canvases that have no picture."""

    kind: Literal["manifest"] = "manifest"
    address: str
    works: tuple[Work, ...]
    without: tuple[NoPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A IIIF collection. members: addresses of manifests and collections. pages: addresses of its further pages."""

    kind: Literal["collection"] = "collection"
    address: str
    members: tuple[str, ...]
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An address that this run could not fetch."""

    kind: Literal["failure"] = "failure"
    address: str
    reason: str


Record = Picture | Manifest | Collection | Failure
Records = dict[str, Record]  # by address

_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


class Journal:
    """The records of a fetch: files of JSON lines, each written by one process."""

    def __init__(self, folder: Path, *, run: str) -> None:
        """Keep them in `folder`. run: the name of this run, whose failures count; those of others are tried again."""
        self.folder, self.run = folder, run

    def read(self, pattern: str = "*") -> Records:
        """Return what is known by now, a success before a failure. A line that was cut off counts as not there."""
        records: Records = {}
        for path in sorted(self.folder.glob(f"{pattern}.jsonl")):
            for record in _lines(path):
                if record.kind != "failure" or (path.name.startswith(f"{self.run}-") and record.address not in records):
                    records[record.address] = record
        return records

    def append(self, part: str, record: Record) -> None:
        """Add a record to the file of a part of this run."""
        path = make_folder(self.folder) / f"{self.run}-{part}.jsonl"
        with path.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")  # behind a line that was cut off
            file.write(_RECORD.dump_json(record) + b"\n")


def _lines(path: Path) -> Iterator[Record]:
    with path.open("rb") as file:
        for line in file:
            try:
                yield _RECORD.validate_json(line)
            except ValidationError:
                continue
