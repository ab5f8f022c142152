"""Dates as art catalogues write them."""

import re
from typing import NamedTuple

LATEST_YEAR = 2100

_DATE = re.compile(
    r"""(?P<circa>(?:c|ca|circa|about)\b\.?\s*|c(?=\d))?
        (?:\d{1,2}\s+)?(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+)?
        (?P<year>\d{3,4})
        (?:\.0+|(?:-\d{2}){2})?""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


class PaintingDate(NamedTuple):
    """The year a painting was made; `circa` marks a year that the catalogue gives as approximate."""

    year: int
    circa: bool


def parse_date(text: str) -> PaintingDate | None:
    """Return the date in `text`, or None where it names no single year.

    Understands `1912`, `1912.0`, `c.1912`, `ca. 1912`, `September 1912`, `3 September 1912` and `1912-09-03`;
    years have three or four digits. Ranges and centuries name no single year.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None or not 1 <= int(match["year"]) <= LATEST_YEAR:
        return None
    return PaintingDate(year=int(match["year"]), circa=match["circa"] is not None)
