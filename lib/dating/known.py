"""Dates that a user knows of some works of a set: in any form that a catalogue may have."""

from collections.abc import Collection, Mapping

from lib.data.dates.painting_date import DateError, PaintingDate
from lib.data.dates.parse import parse_date
from lib.infra.errors import UserError

CIRCA_YEARS = 5  # on each side: a work known to be of c. 1888 may be of 1883 to 1893

KnownDates = dict[str, PaintingDate]  # by file


def parse_known_dates(dates: Mapping[str, object], *, files: Collection[str]) -> KnownDates:
    """Return known dates by file. Raises UserError for a file that is not in `files`, and for what is no date."""
    known = {}
    for file, text in dates.items():
        if file not in files:
            raise UserError(f"a date is given for {file!r}, which is not among the pictures; name one of these")
        try:
            known[file] = parse_known_date(text)
        except DateError as error:
            raise UserError(
                f"the date of {file!r}, {text!r}, {error}; give a year or a range, such as 1888, 1886-90 or c. 1888"
            ) from error
    return known


def parse_known_date(text: object) -> PaintingDate:
    """Return the date in a text or a whole number. Raises DateError."""
    if isinstance(text, bool) or not isinstance(text, str | int):
        raise DateError("is no date")
    return parse_date(str(text), circa_years=CIRCA_YEARS)
