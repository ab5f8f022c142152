"""Cut a date into clauses, and choose those that date the work itself: of `1970, printed 2011`, the first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from lib.data.dates.expression import Span, intersect, join, overlap, span_of
from lib.data.dates.kinds import Kind
from lib.data.dates.painting_date import DateError
from lib.data.dates.tokens import Token

_ROLES = (Kind.MADE, Kind.SECONDARY, Kind.UNRELATED)
_SEPARATORS = (Kind.COMMA, Kind.STOP, Kind.OPEN, Kind.CLOSE)
_DATED = (
    Kind.YEAR, Kind.DECADE, Kind.SHORT_DECADE, Kind.NUMBER, Kind.ORDINAL, Kind.ROMAN, Kind.CENTURY, Kind.NAMED_CENTURY
)  # fmt: skip
_CONNECTORS = (Kind.AND, Kind.PARTICLE, Kind.SLASH)
_WORDS = (Kind.FILLER, Kind.PARTICLE, Kind.AND, Kind.TO, Kind.CIRCA, Kind.UNKNOWN)
_WORDS_BESIDE_ROLE = (*_WORDS, *_ROLES, Kind.LATER, Kind.EARLIER, Kind.PART, Kind.ORDINAL, Kind.LAST)
_LONGEST_STAY = 10  # years
_LONGEST_SPAN = 400  # years; more is a slip of the pen, such as 190–1910
_LONGEST_CENTURIES = 1000  # years, of centuries and periods
# Sequences of kinds: days, months and seasons before a year or behind it say nothing of the year.
_DAYS = r"[no](?:[-/&][no])*"
_MONTH = rf"(?:(?:{_DAYS}[.f-]*)?|p-?[.f]*)M(?:[.f]*{_DAYS}(?![CF]))?"
_MONTHS = rf"{_MONTH}(?:[-/&,f]\.*{_MONTH})*"
_BEFORE_YEAR = re.compile(rf"{_MONTHS}[.f,-]*(?=c?Y)")
_BEHIND_YEAR = re.compile(rf"(?<=Y)[.,(]*{_MONTHS}(?=$|[^\w])")
_ORDINAL_OF_ROLE = re.compile(r"[oln](?=[.f]*[mS])")  # first published, third state
_AFTER_A_WORK = re.compile(r"a[.fc]*m")  # nach Original von 1510
_BETWEEN_ROLES = re.compile(r"(?<=[mSx])&(?=[mSx])")  # signed and dated
_OPEN_END_BEHIND = re.compile(r"[,(](?=[&fc][+<ab](?:$|[);,]))")  # 1880, or later
_PART_BEHIND = re.compile(r"(?<=[Cor])[,(;](?=(?:p|[orl][Fop])(?:$|[);,?]))")


@dataclass(frozen=True)
class Clause:
    """A piece of a date. role: MADE, SECONDARY or UNRELATED. event: counts the roles that are named."""

    tokens: tuple[Token, ...]
    role: Kind
    event: int

    def has(self, *kinds: Kind) -> bool:
        """Return whether a token is of one of the kinds."""
        return any(token.kind in kinds for token in self.tokens)


def span_of_work(tokens: Sequence[Token]) -> Span:
    """Return when the work was made; when first published or shown, if no clause says more. Raises DateError."""
    clauses = _clauses(_without_noise(tokens))
    spans = _spans([clause for clause in clauses if clause.role is Kind.MADE])
    for event in range(len(clauses) + 1):
        spans = spans or _spans([each for each in clauses if each.role is Kind.SECONDARY and each.event == event])
    if not spans:
        raise DateError("names no year")
    span = _join(spans)
    years = 0 if span.earliest is None or span.latest is None else span.latest - span.earliest
    if years > (_LONGEST_CENTURIES if span.vague else _LONGEST_SPAN):
        raise DateError(f"spans {years} years")
    _check_places(clauses, span)
    # `1880 (probably)`
    return replace(span, circa=span.circa or any(_is_circa(clause) for clause in clauses))


def _spans(clauses: list[Clause]) -> list[Span]:
    """Return the spans of those clauses that have one. That of a period is vague."""
    spans, behind_period = list[Span](), False
    for clause in clauses:
        period = clause.has(Kind.PERIOD)
        span = None if _is_wordy(clause) else _span(clause)
        if span is not None:
            spans.append(replace(span, vague=span.vague or period or behind_period))
        behind_period = period and span is None
    return spans


def _without_noise(tokens: Sequence[Token]) -> list[Token]:
    """Leave out days, months, the ordinals of states and editions, and commas that only seem to separate."""
    rest = list(tokens)
    if _AFTER_A_WORK.search("".join(token.kind for token in rest)):
        raise DateError("names the year of another work")
    if not any(token.kind in _DATED for token in rest):
        raise DateError("names no year")
    for pattern in (_BEFORE_YEAR, _BEHIND_YEAR, _BETWEEN_ROLES, _ORDINAL_OF_ROLE, _PART_BEHIND, _OPEN_END_BEHIND):
        rest = _drop(rest, pattern)
    return rest


def _drop(tokens: list[Token], pattern: re.Pattern[str]) -> list[Token]:
    """Leave out the tokens whose kinds match."""
    kinds = "".join(token.kind for token in tokens)
    dropped = {index for match in pattern.finditer(kinds) for index in range(*match.span())}
    return [token for index, token in enumerate(tokens) if index not in dropped]


def _clauses(tokens: list[Token]) -> list[Clause]:
    """Cut at marks, and before a role that a date follows: `block 1962 / impression 2008`."""
    pieces: list[list[Token]] = [[]]
    separators: list[Kind | None] = [None]
    for index, token in enumerate(tokens):
        if token.kind in _SEPARATORS:
            pieces.append([])
            separators.append(token.kind)
            continue
        if token.kind in _ROLES and _has_date(pieces[-1]) and _has_date(_until_separator(tokens[index:])):
            while pieces[-1][-1].kind in _CONNECTORS:
                pieces[-1].pop()
            pieces.append([])
            separators.append(None)
        pieces[-1].append(token)
    return _with_roles(pieces, separators)


def _with_roles(pieces: list[list[Token]], separators: list[Kind | None]) -> list[Clause]:
    """Give each piece its role. Behind a comma, that of the piece before goes on: `exhibited 1809, 1840`."""
    clauses, current, event = list[Clause](), Kind.MADE, 0
    for piece, separator in zip(pieces, separators, strict=True):
        if clauses and piece and piece[0].kind in (Kind.AND, Kind.PARTICLE):  # 1828 (or 1836)
            piece = piece[1:]
        if not piece:
            continue
        role = next((token.kind for token in piece if token.kind in _ROLES), None)
        if role is not None and piece[0].kind is Kind.LATER:  # later dated 1779
            role = Kind.SECONDARY
        if role is not None and clauses and separator is Kind.OPEN and len(piece) == 1:  # 1927 (block), 1946 (print)
            clauses[-1] = replace(clauses[-1], role=role, event=event)
            continue
        leads = next((token.kind in _ROLES for token in piece if token.kind in (*_ROLES, *_DATED)), False)
        if leads and role is not None:
            current = role
        elif separator is not Kind.COMMA:
            current = Kind.MADE
        event += role is not None
        clauses.append(Clause(tuple(piece), role or current, event))
    return clauses


def _until_separator(tokens: list[Token]) -> list[Token]:
    end = next((index for index, token in enumerate(tokens) if token.kind in _SEPARATORS), len(tokens))
    return tokens[:end]


def _has_date(tokens: Sequence[Token]) -> bool:
    return any(token.kind in (Kind.YEAR, Kind.DECADE, Kind.CENTURY, Kind.NAMED_CENTURY) for token in tokens)


def _span(clause: Clause) -> Span:
    unknown = [token for token in clause.tokens if token.kind is Kind.UNKNOWN]
    period = clause.has(Kind.PERIOD)
    if unknown and not period:
        raise DateError(f"has {unknown[0].text!r}, which is not understood")
    ignored = (*_ROLES, Kind.UNKNOWN, Kind.PERIOD, Kind.MONTH) if period else _ROLES
    rest = [token for token in clause.tokens if token.kind not in ignored]
    return span_of(rest[1:] if rest and rest[0].kind is Kind.LATER else rest)


def _is_wordy(clause: Clause) -> bool:
    """Return whether a clause has words that give no date: a role, a period, a place, `probably`."""
    if _has_date(clause.tokens):
        return False
    words = _WORDS_BESIDE_ROLE if clause.has(*_ROLES) else _WORDS
    return clause.has(Kind.PERIOD) or (_is_name(clause) and all(token.kind in words for token in clause.tokens))


def _is_name(clause: Clause) -> bool:
    """Return whether the unknown words are capitalized as in `Auvers-sur-Oise`, or there are none."""
    words = [token.text for token in clause.tokens if token.kind is Kind.UNKNOWN]
    return not words or (words[0][0].isupper() and all(word[0].isupper() or len(word) <= 3 for word in words))


def _check_places(clauses: list[Clause], span: Span) -> None:
    """Raise DateError where a name stands beside many years: `Arles, 1888` is a date, `Rembrandt, 1606–1669` a life."""
    wide = span.earliest is None or span.latest is None or span.latest - span.earliest >= _LONGEST_STAY
    for clause in clauses:
        if wide and clause.role is Kind.MADE and clause.has(Kind.UNKNOWN) and not clause.has(Kind.PERIOD):
            raise DateError(f"has {clause.tokens[0].text!r}, which is not understood")


def _is_circa(clause: Clause) -> bool:
    return clause.has(Kind.CIRCA) and all(token.kind in (Kind.CIRCA, Kind.FILLER) for token in clause.tokens)


def _join(spans: list[Span]) -> Span:
    """Return what the dates of a work span. Centuries and periods yield to a more precise date that they overlap."""
    precise = [span for span in spans if not span.vague]
    vague = [span for span in spans if span.vague and not any(overlap(span, other) for other in precise)]
    return reduce(join, precise + ([reduce(_narrow, vague)] if vague else []))


def _narrow(left: Span, right: Span) -> Span:
    """Return what two centuries or periods have in common, `Edo period (1615–1868), 19th century`, else both."""
    return intersect(left, right) if overlap(left, right) else join(left, right)
