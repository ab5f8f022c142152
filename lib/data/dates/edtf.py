"""Dates in EDTF, the Extended Date/Time Format of ISO 8601-2: printed, and read at its levels 0 and 1."""

import re
from math import ceil, floor

from lib.data.dates.expression import Span
from lib.data.dates.painting_date import LATEST_YEAR, DateError, PaintingDate

_OPEN = ("", "..")
_DATE = re.compile(
    r"""Y?(?P<year>\d{4}|\d{3}X|\d\dXX)
        (?:-(?P<month>0[1-9]|1[0-2]|2[1-4]|XX)(?:-(?:0[0-9]|[12]\d|3[01]|XX))?|-00-00)?
        (?:T\d\d:\d\d:\d\d(?:Z|[+-]\d\d(?::\d\d)?)?)?
        (?P<qualifier>[?~%])?""",
    re.VERBOSE | re.ASCII,
)


def edtf_of(date: PaintingDate) -> str:
    """Return a date in EDTF: `1886`, `1886~`, `1886/1890`, `1886/1890~`, `1886/..`, `../1890`.

    `~`, approximate, stands behind the last year that is known.
    """
    circa = "~" if date.circa else ""
    if date.earliest == date.latest:
        return f"{date.earliest:04d}{circa}"
    earliest = ".." if date.earliest is None else f"{date.earliest:04d}"
    if date.latest is None:
        return f"{earliest}{circa}/.."
    return f"{earliest}/{date.latest:04d}{circa}"


def edtf_of_estimate(low: float, high: float) -> str:
    """Return an estimated interval of years in EDTF, `1886/1890~`, or `1886~`.

    Its ends are rounded outwards to whole years, so that it contains the estimate, as far as it lies between the years
    1 and 2100.
    """
    earliest, latest = (min(max(year, 1), LATEST_YEAR) for year in (floor(low), ceil(high)))
    return edtf_of(PaintingDate(earliest=earliest, latest=latest, circa=True, text=""))


def read_edtf(text: str) -> Span | None:
    """Return the interval of an EDTF text; None where it is none, or may as well be read as another form.

    `1801-02` and `1901-21` may be a month or season, or a short range: they are left to the reader of other texts.
    """
    ends = text.strip().split("/")
    spans = [_span(end) for end in ends if end not in _OPEN]
    if len(ends) > 2 or not spans or any(span is None for span in spans):
        return None
    if len(ends) == 1:
        return None if re.fullmatch(r"\d{2}(\d\d)-(\d\d)", ends[0]) and ends[0][5:] > ends[0][2:4] else spans[0]
    first, last = (None if end in _OPEN else _span(end) for end in ends)
    span = Span(
        earliest=first.earliest if first else None,
        latest=last.latest if last else None,
        circa=any(span.circa for span in spans if span),
    )
    if span.earliest is not None and span.latest is not None and span.earliest > span.latest:
        raise DateError(f"runs backwards, from {span.earliest} to {span.latest}")
    return span


def _span(text: str) -> Span | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year = match["year"]
    return Span(
        earliest=int(year.replace("X", "0")),
        latest=int(year.replace("X", "9")),
        circa=match["qualifier"] is not None,
        vague="XX" in year,
    )
