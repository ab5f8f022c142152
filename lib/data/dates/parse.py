"""Read dates as museums and libraries write them, in six languages."""

import re

from lib.data.dates.clauses import span_of_work
from lib.data.dates.edtf import read_edtf
from lib.data.dates.folding import fold
from lib.data.dates.painting_date import DateError, Life, PaintingDate
from lib.data.dates.tokens import tokenize

UNKNOWN_LIFE = Life()
_MOST_CHARACTERS = 500
_BEFORE_CHRIST = re.compile(
    r"""\b(?:b\.?\s?c\.?(?:\s?e\.?)?|v\.?\s?chr|vor\s+christ\w*|voor\s+chr\w*|av\.?\s?j\.?-?\s?c|avant\s+j\w*\.?[\s-]c\w*
        |avanti\s+cristo|antes\s+de\s+cristo|(?<=\d\s)a\.\s?c|(?<=\d)\s?a\.c|(?<=\d\s)v\.\s?c)\b|^\s*-\d{4}""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def parse_date(text: str, *, life: Life = UNKNOWN_LIFE, circa_years: int = 0) -> PaintingDate:
    """Return the years that `text` gives.

    life: closes what `before`, `after` and `or later` leave open. circa_years: years that an approximate date is
    widened by at each end. Raises DateError with the reason where the text is not understood: nothing is guessed.
    """
    if len(text) > _MOST_CHARACTERS:
        raise DateError(f"has more than {_MOST_CHARACTERS} characters")
    if _BEFORE_CHRIST.search(fold(text)):
        raise DateError("is before Christ, which is not supported")
    span = read_edtf(text) or span_of_work(tokenize(text))
    date = PaintingDate(earliest=span.earliest, latest=span.latest, circa=span.circa, text=text.strip())
    return date.widened(circa_years).within(life)
