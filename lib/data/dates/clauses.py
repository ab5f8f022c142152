"""Cut a date into clauses, and choose those that date the work itself: of `1970, printed 2011`, the first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lib.data.dates.expression import Span, join, span_of
from lib.data.dates.painting_date import DateError
from lib.data.dates.tokens import Token
from lib.data.dates.words import Kind

_ROLES = (Kind.MADE, Kind.SECONDARY, Kind.UNRELATED)
_SEPARATORS = (Kind.COMMA, Kind.STOP, Kind.OPEN, Kind.CLOSE)
_DATED = (Kind.YEAR, Kind.DECADE, Kind.NUMBER, Kind.ORDINAL, Kind.ROMAN, Kind.CENTURY, Kind.NAMED_CENTURY)
_CONNECTORS = (Kind.AND, Kind.OF, Kind.TO, Kind.SLASH)
_EMPTY = (Kind.FILLER, Kind.OF, Kind.AND, Kind.TO, Kind.CIRCA, Kind.UNKNOWN)
_EMPTY_BESIDE_ROLE = (*_EMPTY, *_ROLES, Kind.LATER, Kind.EARLIER, Kind.PART, Kind.ORDINAL, Kind.LAST)
# Sequences of kinds: days, months and seasons before a year or behind it say nothing of the year.
_DAYS = r"[no](?:[-/&][no])*"
_MONTH = rf"(?:(?:{_DAYS}[.f-]*)?|p-?[.f]*)M(?:[.f]*{_DAYS}(?![CF]))?"
_MONTHS = rf"{_MONTH}(?:[-/&,f]\.*{_MONTH})*"
_BEFORE_YEAR = re.compile(rf"{_MONTHS}[.f,-]*(?=c?Y)")
_BEHIND_YEAR = re.compile(rf"(?<=Y)[.,(]*{_MONTHS}(?=$|[^\w])")
_ORDINAL_OF_ROLE = re.compile(r"[oln](?=[.f]*[mS])")  # first published, third state
_OPEN_END_BEHIND = re.compile(r",(?=[&f][+<ab](?:$|[);,]))")  # 1880, or later
_PART_BEHIND = re.compile(r"(?<=[Cor])[,(;](?=(?:p|[orl][Fop])(?:$|[);,?]))")


@dataclass(frozen=True)
class Clause:
    """A piece of a date. role: what happened then. separator: the mark before it."""

    tokens: tuple[Token, ...]
    role: Kind
    separator: Kind | None


@dataclass(frozen=True)
class _Dated:
    span: Span
    role: Kind


def span_of_work(tokens: Sequence[Token]) -> Span:
    """Return when the work was made; when first published or shown, if no clause says more. Raises DateError."""
    if not any(token.kind in (*_DATED, Kind.SHORT_DECADE) for token in tokens):
        raise DateError("names no year")
    dated, period, circa, error = list[_Dated](), False, False, None
    rest = list(tokens)
    for pattern in (_BEFORE_YEAR, _BEHIND_YEAR, _ORDINAL_OF_ROLE, _PART_BEHIND, _OPEN_END_BEHIND):
        rest = _drop(rest, pattern)
    for clause in _clauses(rest):
        names_period = any(token.kind is Kind.PERIOD for token in clause.tokens)
        circa |= _only_circa(clause.tokens)
        try:
            span = _span(clause.tokens, period=names_period)
        except DateError as problem:
            if clause.role is Kind.MADE:
                raise
            error, span = error or problem, None
        if span is not None:
            dated.append(_Dated(replace(span, vague=span.vague or names_period or period), clause.role))
        period = names_period and span is None
    made = [each.span for each in dated if each.role is Kind.MADE]
    later = [each.span for each in dated if each.role is Kind.SECONDARY]
    if not made and not later:
        raise error or DateError("names no year")
    work = _join(made) if made else later[0]
    return replace(work, circa=work.circa or circa)


def _drop(tokens: list[Token], pattern: re.Pattern[str]) -> list[Token]:
    """Leave out the tokens whose kinds match."""
    kinds = "".join(token.kind for token in tokens)
    dropped = {index for match in pattern.finditer(kinds) for index in range(*match.span())}
    return [token for index, token in enumerate(tokens) if index not in dropped]


def _clauses(tokens: list[Token]) -> list[Clause]:
    """Cut at marks, and before a role that a date follows: `block 1962 / impression 2008`."""
    pieces, separators = [list[Token]()], [None]
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
    clauses, current = list[Clause](), Kind.MADE
    for piece, separator in zip(pieces, separators, strict=True):
        if not piece:
            continue
        roles = [token.kind for token in piece if token.kind in _ROLES]
        leading = next((token.kind in _ROLES for token in piece if token.kind in (*_ROLES, *_DATED)), False)
        if any(token.kind is Kind.LATER for token in piece[:1]) and roles:
            roles = [Kind.SECONDARY]
        if separator is not Kind.COMMA or leading:
            current = Kind.MADE
        if leading:
            current = roles[0]
        clauses.append(Clause(tuple(piece), roles[0] if roles else current, separator))
    return clauses


def _only_circa(tokens: Sequence[Token]) -> bool:
    return {Kind.CIRCA} <= {token.kind for token in tokens} <= {Kind.CIRCA, Kind.FILLER}


def _until_separator(tokens: list[Token]) -> list[Token]:
    end = next((index for index, token in enumerate(tokens) if token.kind in _SEPARATORS), len(tokens))
    return tokens[:end]


def _has_date(tokens: Sequence[Token]) -> bool:
    return any(token.kind in (Kind.YEAR, Kind.DECADE, Kind.CENTURY, Kind.NAMED_CENTURY) for token in tokens)


def _span(tokens: Sequence[Token], *, period: bool) -> Span | None:
    """Return the span of a clause; None where it has only words that give no date."""
    unknown = [token for token in tokens if token.kind is Kind.UNKNOWN]
    if not _has_date(tokens):
        empty = _EMPTY_BESIDE_ROLE if any(token.kind in _ROLES for token in tokens) else _EMPTY
        if period or (_is_place(unknown) and all(token.kind in empty for token in tokens)):
            return None
    if unknown and not period:
        raise DateError(f"has {unknown[0].text!r}, which is not understood")
    ignored = (*_ROLES, Kind.UNKNOWN, Kind.PERIOD, Kind.MONTH) if period else _ROLES
    rest = [token for token in tokens if token.kind not in ignored]
    while rest and rest[0].kind in (Kind.AND, Kind.OF, Kind.LATER):
        rest = rest[1:]
    return span_of(rest)


def _is_place(words: list[Token]) -> bool:
    """Return whether words are capitalized as in `Auvers-sur-Oise`."""
    return not words or (words[0].text[0].isupper() and all(w.text[0].isupper() or len(w.text) <= 3 for w in words))


def _join(spans: list[Span]) -> Span:
    """Return what all dates of the work span, without the centuries and periods that another date makes precise."""
    precise = [span for span in spans if not (span.vague and any(_inside(other, span) for other in spans))]
    joined = precise[0]
    for span in precise[1:]:
        joined = join(joined, span)
    return joined


def _inside(inner: Span, outer: Span) -> bool:
    if None in (inner.earliest, inner.latest, outer.earliest, outer.latest) or inner == outer:
        return False
    same = (inner.earliest, inner.latest) == (outer.earliest, outer.latest)
    return not same and outer.earliest <= inner.earliest and inner.latest <= outer.latest  # type: ignore[operator]
