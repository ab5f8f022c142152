"""Cut the text of a date into tokens: years, ordinals, words and marks."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from string import ascii_lowercase, ascii_uppercase

from lib.data.dates.folding import fold
from lib.data.dates.kinds import Kind
from lib.data.dates.painting_date import DateError
from lib.data.dates.vocabulary import VOCABULARY


@dataclass(frozen=True)
class Token:
    """A piece of a text.

    text: as written; a phrase of the vocabulary as it stands there. number: the year, century or day, or the number of
    the vocabulary. width: the years that a YEAR covers, more than one where digits are missing: `188X`.
    """

    kind: Kind
    text: str
    number: int = 0
    width: int = 1


_GAP = r"[\s'-]+"
_PHRASES = "|".join(
    re.sub(r"\\ |'", lambda _: _GAP, re.escape(phrase).replace(r"\.\ ", r"\.\s*"))
    for phrase in sorted(VOCABULARY, key=len, reverse=True)
)
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_ROMAN_MONTH = r"(?:viii|vii|vi|iv|ix|xii|xi|iii|ii|i|v|x)"
_TIME = r"(?:[t\ ]\d\d?:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d(?::?\d\d)?|\s?[ap]m)?)?"
_ORDINAL_ENDING = r"-?(?:st|nd|rd|th|er|re|ere|eme|ieme|de|ste|te|tes|e|o|a)(?=c?(?![a-z]))"  # 16thC
_TOKEN = re.compile(
    rf"""
    (?P<date>
        (?P<y1>\d{{4}})(?P<s1>[-./]){_MONTH}(?P=s1){_DAY}{_TIME}
      | {_DAY}(?P<s2>[-./]){_MONTH}(?P=s2)(?P<y2>\d{{3,4}}){_TIME}
      | {_MONTH}(?P<s3>[-./]){_DAY}(?P=s3)(?P<y3>\d{{3,4}}){_TIME}
      | {_DAY}[./\ -]\s?{_ROMAN_MONTH}[./\ -]\s?(?P<y4>\d{{4}})
      | (?P<y5>\d{{4}})/{_ROMAN_MONTH}(?![a-z])
      | {_MONTH}[./-](?P<y6>\d{{4}})
    )(?!\d)
  | (?P<month>(?P<y7>\d{{4}})-(?P<m>0[1-9]|1[0-2])(?![\d-]))
  | (?P<decade>\d{{3}}0)\s?(?:'?s|'?ies|ers?)(?![a-z])
  | '(?P<hundreds>[2-9])00(?!\d)
  | '?(?P<short>\d0)\s?(?:'?s|'?ies|er)(?![a-z])
  | (?P<unspecified>\d{{3}}x|\d\dxx|\d\d--(?=\W*$)|\d{{3}}-(?=[\])?\s]*$))(?![a-z\d])
  | (?P<doubtful>\d{{3}}\?)
  | (?P<ordinal>\d{{1,2}}){_ORDINAL_ENDING}
  | (?P<dotted>[12]?\d|3[01])\.(?=\s*[-/a-z])
  | (?P<year>\d{{4}}|[1-9]\d\d)(?:\.0+)?(?![\d.]*\d)
  | (?P<number>\d+)(?![\d.]*\d|s)
  | (?P<circa>[(\[]\s*\?+\s*[)\]]|\?+|~)
  | (?P<mark>[-/,;()&]|\.(?!\.))
  | (?P<skipped>(?:[\s\[\]":]|'(?!\d)|'(?=\d{{4}}))+)
  | (?P<phrase>{_PHRASES})(?![a-z])\.?(?:,(?=\s*\d))?
  | (?=[ivx])(?P<roman>x{{0,2}}(?:ix|iv|v?i{{0,3}}))(?:e|eme|ieme|er|o|-?th|\.)?(?![a-z])
  | (?P<word>[a-z]+\.?)
    """,
    re.VERBOSE | re.ASCII,
)
_MARKS = {"-": Kind.TO, "/": Kind.SLASH, ",": Kind.COMMA, ";": Kind.STOP, ".": Kind.STOP, "(": Kind.OPEN,
          ")": Kind.CLOSE, "&": Kind.AND}  # fmt: skip
# A long dash is no part of a numeric date, so it gets spaces: 1801–02 is a range, and 1801-02 may be a month.
_CHARACTERS = str.maketrans(
    {"‐": "-", "‑": "-", "﹣": "-"} | dict.fromkeys("‒–—―−", " - ") | dict.fromkeys("’‘ʼ`´", "'")
)
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text. Raises DateError where a character or a number has no place in a date."""
    folded = fold(text.translate(_CHARACTERS))
    small = folded.translate(_SMALL)
    tokens, position = list[Token](), 0
    while position < len(small):
        match = _TOKEN.match(small, position)
        if match is None:
            raise DateError(f"has {folded[position:].split(' ')[0]!r}, which is not understood")
        if match.lastgroup in _READERS:
            tokens += _READERS[match.lastgroup](match, folded[match.start() : match.end()])
        position = match.end()
    return _with_century_abbreviations(tokens)


def _with_century_abbreviations(tokens: list[Token]) -> list[Token]:
    """Read the c of `17th c.` as century, where no year follows it."""
    kinds = "".join(token.kind for token in tokens)
    return [
        replace(token, kind=Kind.CENTURY)
        if token.text == "c" and kinds[index - 1 : index] in ("o", "r") and kinds[index + 1 : index + 2] != "Y"
        else token
        for index, token in enumerate(tokens)
    ]


def _date(match: re.Match[str], text: str) -> Iterable[Token]:
    year = next(match[f"y{form}"] for form in range(1, 7) if match[f"y{form}"])
    return [Token(Kind.YEAR, text, int(year))]


def _month_or_range(match: re.Match[str], text: str) -> Iterable[Token]:
    """Read `1889-09` as a month. `1801-02` may be a month or a short range: the range contains both."""
    year, digits = match["y7"], match["m"]
    tokens = [Token(Kind.YEAR, year, int(year)), Token(Kind.TO, "-"), Token(Kind.NUMBER, digits, int(digits))]
    return tokens if int(digits) > int(year) % 100 else tokens[:1]


def _decade(match: re.Match[str], text: str) -> Iterable[Token]:
    return [Token(Kind.DECADE, text, int(match["decade"]), width=10 if "er" in text.lower() else 1)]


def _unspecified(match: re.Match[str], text: str) -> Iterable[Token]:
    digits = match["unspecified"].replace("-", "x")
    digits += "x" * (4 - len(digits))
    return [Token(Kind.YEAR, text, int(digits.replace("x", "0")), width=10 ** digits.count("x"))]


def _number(match: re.Match[str], text: str) -> Iterable[Token]:
    if len(text) > 2:
        raise DateError(f"has the number {text}, which is no year")
    return [Token(Kind.NUMBER, text, int(text))]


def _doubtful(match: re.Match[str], text: str) -> Iterable[Token]:
    raise DateError(f"has {text!r}, which may be a year or a decade")


def _phrase(match: re.Match[str], text: str) -> Iterable[Token]:
    phrase = re.sub(_GAP, " ", match["phrase"])
    kind, number = _BY_PHRASE[phrase]
    return [Token(kind, phrase, number)]


def _roman(match: re.Match[str], text: str) -> Iterable[Token]:
    values = [_ROMAN_DIGITS[digit] for digit in match["roman"]]
    following = [*values[1:], 0]
    number = sum(-value if value < after else value for value, after in zip(values, following, strict=True))
    return [Token(Kind.ROMAN, text, number)]


_BY_PHRASE = {re.sub(_GAP, " ", phrase): value for phrase, value in VOCABULARY.items()}
_READERS: dict[str | None, Callable[[re.Match[str], str], Iterable[Token]]] = {
    "date": _date,
    "month": _month_or_range,
    "decade": _decade,
    "unspecified": _unspecified,
    "doubtful": _doubtful,
    "number": _number,
    "phrase": _phrase,
    "roman": _roman,
    "short": lambda match, text: [Token(Kind.SHORT_DECADE, text, int(match["short"]))],
    "ordinal": lambda match, text: [Token(Kind.ORDINAL, text, int(match["ordinal"]))],
    "hundreds": lambda match, text: [Token(Kind.NAMED_CENTURY, text, int(match["hundreds"]) + 11)],  # '500: 1501–1600
    "dotted": lambda match, text: [Token(Kind.ORDINAL, text, int(match["dotted"]))],
    "year": lambda match, text: [Token(Kind.YEAR, text, int(match["year"]))],
    "circa": lambda match, text: [Token(Kind.CIRCA, text)],
    "word": lambda match, text: [Token(Kind.UNKNOWN, text)],
    "mark": lambda match, text: [Token(_MARKS[text], text)],
}
