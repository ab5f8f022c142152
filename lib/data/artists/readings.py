"""What each row of a catalogue says of its artist."""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from lib.data.artists.aliases import Aliases
from lib.data.artists.lives import Life
from lib.data.artists.makers import Maker, parse_maker
from lib.data.artists.names import name_key
from lib.data.artists.persons import Variant, normalize_id
from lib.data.artists.phrases import SEVERAL
from lib.data.artists.qualifiers import qualifier_of_role


class Row(NamedTuple):
    """What a row of the catalogue says of its artist."""

    text: str
    role: str
    artist_id: str
    birth: str
    death: str


@dataclass(frozen=True)
class Reading:
    """A row's maker and whose work it is; spelling is the catalogue's own where the work is the artist's own."""

    maker: Maker
    variant: Variant
    spelling: str
    alias: str | None
    unreadable: int


def read_row(row: Row, aliases: Aliases) -> Reading:
    """Read a row; an alias for its whole text or for the name in it decides the name."""
    maker = _parse_maker(row)
    spelling = maker.name if maker.qualifier else row.text
    alias = aliases.name_of(row.text)
    if alias and maker.qualifier in ("", SEVERAL):  # the whole text is a name, such as Gilbert & George
        maker = replace(maker, name=alias, qualifier=qualifier_of_role(row.role))
        spelling = row.text
    elif alias or maker.name and (alias := aliases.name_of(maker.name)):
        maker = replace(maker, name=alias)
    years = [_year(text) for text in (row.birth, row.death)]
    life = Life(*years).or_else(Life(maker.birth, maker.death))
    return Reading(
        maker=maker,
        variant=Variant(
            key=name_key(maker.name),
            id="" if alias else normalize_id(row.artist_id),
            life=life,
            own=not maker.qualifier,
        ),
        spelling=spelling,
        alias=alias,
        unreadable=sum(
            year is None and text.strip("() ") not in ("", "0")
            for year, text in zip(years, (row.birth, row.death), strict=True)
        ),
    )


def _parse_maker(row: Row) -> Maker:
    """Read the artist's text. Where the row has several ids, commas may stand between makers and not within a name."""
    ids = [id_ for id_ in re.split(r"[;|,]", row.artist_id) if id_.strip()]
    names = row.text.split(",")
    if len(ids) < 2 or len(names) != len(ids):
        return parse_maker(row.text, role=row.role)
    return parse_maker("; ".join(names), role=row.role)


def _year(text: str) -> int | None:
    match = re.fullmatch(r"\(?(\d{3,4})(?:\.0+|(?:-\d\d){1,2})?\)?", text.strip(), re.ASCII)  # also 1606-07-15
    return int(match[1]) if match else None
