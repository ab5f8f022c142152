"""Cut the text of a date into tokens: years, ordinals, and the words of lib.data.dates.words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lib.data.dates.painting_date import DateError
from lib.data.dates.words import VOCABULARY, Kind, fold


@dataclass(frozen=True)
class Token:
    """A piece of the text. number: the year, the ordinal or the vocabulary's number. width: years that YEAR covers."""

    kind: Kind
    text: str
    number: int = 0
    width: int = 1


_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_ROMAN_MONTH = r"(?:VIII|VII|VI|IV|IX|XII|XI|III|II|I|V|X)"
_TIME = r"(?:[T\ ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
_PHRASES = "|".join(
    re.sub(r"(?:\\ |')+", r"[\\s'-]+", re.escape(phrase)).replace(r"\.[\s'-]+", r"\.\s*")
    for phrase in sorted(VOCABULARY, key=len, reverse=True)
)
_TOKEN = re.compile(
    rf"""
    (?P<date>
        (?P<y1>\d{{4}})(?P<s>[-./])(?:{_MONTH}(?P=s){_DAY}){_TIME}
      | (?:{_DAY}(?P<s2>[-./]){_MONTH}|{_MONTH}(?P<s3>[-./]){_DAY})(?:(?P=s2)|(?P=s3))(?P<y2>\d{{3,4}})
      | {_DAY}[./\ -]\s?{_ROMAN_MONTH}[./\ -]\s?(?P<y3>\d{{4}})
      | (?P<y4>\d{{4}})/{_ROMAN_MONTH}(?![A-Za-z])
      | {_MONTH}[./-](?P<y5>\d{{4}})
    )(?!\d)
  | (?P<month>(?P<y6>\d{{4}})-(?P<m>0[1-9]|1[0-2])(?![\d-]))
  | (?P<decade>\d{{3}}0)\s?(?:'?s|'?ies|ers?)(?![A-Za-z])
  | '?(?P<short>\d0)\s?(?:'?s|'?ies|er)(?![A-Za-z])
  | (?P<unspecified>\d{{3}}X|\d\dXX|\d\d--(?=\W*$)|\d{{3}}-(?=[\])?\s]*$))(?![A-Za-z\d])
  | (?P<doubtful>\d{{3}}\?)
  | (?P<ordinal>\d{{1,2}}(?!\.)|[12]?\d|3[01])(?:-?(?:st|nd|rd|th|er|re|ere|eme|ieme|de|ste|te|tes|e|o|a)(?![A-Za-z])|\.(?=\s*[-–/A-Za-z]))
  | (?P<year>\d{{3,4}})(?:\.0+)?(?![\d.]*\d)
  | (?P<number>\d+)(?![\d.]*\d)
  | (?P<circa>[(\[]\s*\?+\s*[)\]]|\?+|~)
  | (?P<phrase>{_PHRASES})(?![A-Za-z])\.?(?:,(?=\s*\d))?
  | (?=[IVX])(?P<roman>X{{0,2}}(?:IX|IV|V?I{{0,3}}))(?:e|eme|ieme|er|o|-?th|\.)?(?![A-Za-z])
  | (?P<word>[A-Za-z]+\.?)
  | (?P<skipped>[\s\[\]'"‘’:]+)
  | (?P<mark>[-–—/,;.()&])
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_MARKS = {"-": Kind.TO, "–": Kind.TO, "—": Kind.TO, "/": Kind.SLASH, ",": Kind.COMMA, ";": Kind.STOP, ".": Kind.STOP,
          "(": Kind.OPEN, ")": Kind.CLOSE, "&": Kind.AND}  # fmt: skip
_OTHER_DASHES = str.maketrans("‐‑‒−﹣－―’ʼ`´", "--–––––'''" + "'")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text. Raises DateError where a character or a number has no place in a date."""
    folded = fold(text.translate(_OTHER_DASHES))
    tokens, position = list[Token](), 0
    while position < len(folded):
        match = _TOKEN.match(folded, position)
        if match is None:
            raise DateError(f"has {folded[position]!r}, which is not understood")
        tokens += _tokens_of(match)
        position = match.end()
    return _with_century_abbreviations(tokens)


def _with_century_abbreviations(tokens: list[Token]) -> list[Token]:
    """Read the c of `17th c.` as century, where no year follows it."""
    kinds = "".join(token.kind for token in tokens)
    return [
        replace(token, kind=Kind.CENTURY)
        if token.text.lower() == "c" and kinds[index - 1 : index] in ("o", "r") and kinds[index + 1 : index + 2] != "Y"
        else token
        for index, token in enumerate(tokens)
    ]


def _tokens_of(match: re.Match[str]) -> Iterator[Token]:
    text = match[0]
    match match.lastgroup:
        case _ if match["date"]:
            yield Token(Kind.YEAR, text, int(next(match[f"y{n}"] for n in range(1, 6) if match[f"y{n}"])))
        case _ if match["month"]:
            yield from _month_or_range(match["y6"], match["m"])
        case _ if match["unspecified"]:
            digits = match["unspecified"].upper().replace("-", "X")
            yield Token(Kind.YEAR, text, int(digits.replace("X", "0")), width=10 ** digits.count("X"))
        case "decade" | "short" | "ordinal" | "year" as group:
            kind = {"decade": Kind.DECADE, "short": Kind.SHORT_DECADE, "ordinal": Kind.ORDINAL, "year": Kind.YEAR}[
                group
            ]
            yield Token(kind, text, int(match[group]), width=10 if text.lower().endswith(("er", "ers")) else 1)
        case "number":
            if len(text) > 2:
                raise DateError(f"has the number {text}, which is no year")
            yield Token(Kind.NUMBER, text, int(text))
        case "doubtful":
            raise DateError(f"has {text!r}, which may be a year or a decade")
        case "circa":
            yield Token(Kind.CIRCA, text)
        case "phrase":
            phrase = re.sub(r"[\s'-]+", " ", match["phrase"].lower())
            kind, number = _BY_PHRASE[phrase]
            yield Token(kind, phrase, number)
        case "roman":
            yield Token(Kind.ROMAN, text, _roman(match["roman"].upper()))
        case "word":
            yield Token(Kind.UNKNOWN, text)
        case "mark":
            yield Token(_MARKS[text], text)


_BY_PHRASE = {re.sub(r"[\s'-]+", " ", phrase): value for phrase, value in VOCABULARY.items()}


def _month_or_range(year: str, digits: str) -> Iterator[Token]:
    """Read `1889-09` as a month. `1801-02` may be a month or a short range: the range contains both."""
    yield Token(Kind.YEAR, year, int(year))
    if int(digits) > int(year) % 100:
        yield Token(Kind.TO, "-")
        yield Token(Kind.NUMBER, digits, int(digits))


def _roman(digits: str) -> int:
    values = [_ROMAN_DIGITS[digit] for digit in digits]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )
