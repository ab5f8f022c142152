"""The interval that one clause of a date means: `c. 1830–41`, `late 19th–early 20th century`, `not before 1660`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from lib.data.dates.painting_date import DateError
from lib.data.dates.tokens import Token
from lib.data.dates.words import FRACTION_AFTER_ORDINAL, Kind

_BOUNDS = (Kind.BEFORE, Kind.AFTER, Kind.SINCE, Kind.UNTIL, Kind.BETWEEN)
_RANGE = (Kind.TO, Kind.SLASH, Kind.UNTIL)
_CHOICE = (Kind.AND, Kind.OF, Kind.COMMA)
_CONNECTORS = (*_RANGE, *_CHOICE)
_HEADS = (Kind.YEAR, Kind.DECADE, Kind.SHORT_DECADE, Kind.NUMBER, Kind.ORDINAL, Kind.ROMAN, Kind.NAMED_CENTURY)
_CENTURIES = (Kind.ORDINAL, Kind.ROMAN)


@dataclass(frozen=True)
class Span:
    """An interval, open where None. vague: a century or a period, which a date inside it makes more precise."""

    earliest: int | None
    latest: int | None
    circa: bool = False
    vague: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a century or a decade: the `number`th of `of` equal parts."""

    number: int
    of: int


@dataclass(frozen=True)
class Atom:
    """One end of a range, or one date of a list, still without what its neighbours add.

    link: the kind of the connector before it. head: its number, None where only a part is given. century: has the
    word. decades: a year is the first of a decade. hundred: the decade may be a century, as in `1800s`.
    """

    link: Kind | None
    bound: Kind | None
    part: Part | None
    head: Token | None
    century: bool
    decades: bool
    circa: bool
    hundred: bool = False


def span_of(tokens: Sequence[Token]) -> Span:
    """Return the interval of a clause. Raises DateError where it is not understood."""
    atoms, open_end = _Reader(tokens).atoms()
    atoms = _mark_hundreds(_share_centuries(_share_heads(atoms)))
    span = _join(atoms)
    if open_end is Kind.LATER:
        return replace(span, latest=None)
    return replace(span, earliest=None) if open_end is Kind.EARLIER else span


class _Reader:
    """Reads atoms from tokens, from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.position = tokens, 0

    def atoms(self) -> tuple[list[Atom], Kind | None]:
        """Return the atoms, and whether `or later` or `or earlier` leaves an end open."""
        atoms = [self._atom(None)]
        while self.position < len(self.tokens):
            open_end = self._open_end()
            if open_end is not None:
                return atoms, open_end
            link = self._take(*_CONNECTORS)
            if link is None:
                raise _not_understood(self.tokens[self.position])
            atoms.append(self._atom(link.kind))
        return atoms, None

    def _peek(self, ahead: int = 0) -> Kind | None:
        index = self.position + ahead
        return self.tokens[index].kind if index < len(self.tokens) else None

    def _take(self, *kinds: Kind) -> Token | None:
        if self._peek() not in kinds:
            return None
        self.position += 1
        return self.tokens[self.position - 1]

    def _open_end(self) -> Kind | None:
        """Read `or later`, `and after`, `onwards` at the end of the clause."""
        linked = self._peek() in (Kind.AND, Kind.OF)
        last = self._peek(int(linked))
        if self.position + int(linked) != len(self.tokens) - 1:
            return None
        if last is Kind.LATER or (linked and last is Kind.AFTER):
            return Kind.LATER
        return Kind.EARLIER if last is Kind.EARLIER or (linked and last is Kind.BEFORE) else None

    def _atom(self, link: Kind | None) -> Atom:
        bound, circa, century, decades = None, False, False, False
        while token := self._take(*_BOUNDS, Kind.CIRCA, Kind.FILLER, Kind.OF, Kind.AND, Kind.CENTURY, Kind.DECADES):
            if token.kind in _BOUNDS:
                if bound is not None and bound is not Kind.SINCE:
                    raise _not_understood(token)
                bound = token.kind
            circa |= token.kind is Kind.CIRCA
            century |= token.kind is Kind.CENTURY
            decades |= token.kind is Kind.DECADES
        part = self._part()
        while part and (token := self._take(Kind.FILLER, Kind.OF, Kind.CIRCA, Kind.CENTURY, Kind.DECADES)):
            circa |= token.kind is Kind.CIRCA
            century |= token.kind is Kind.CENTURY
            decades |= token.kind is Kind.DECADES
        if part and self._peek() is Kind.TO and self._peek(1) in _HEADS:  # mid-18th century
            self.position += 1
        head = self._take(*_HEADS)
        if head is not None and not century:
            century = self._century_word()
        if part is None and century:
            part = self._part()
        while token := self._take(Kind.CIRCA, Kind.FILLER):
            circa |= token.kind is Kind.CIRCA
        if head is None and part is None:
            at = min(self.position, len(self.tokens) - 1)
            raise _not_understood(self.tokens[at])
        return Atom(link, bound, part, head, century, decades, circa)

    def _part(self) -> Part | None:
        """Read `early`, `second half`, `last quarter`, `prima metà`, `first decade`."""
        following = self.tokens[self.position + 1] if self.position + 1 < len(self.tokens) else None
        if following is not None and self._peek() in (Kind.ORDINAL, Kind.ROMAN, Kind.LAST, Kind.NUMBER):
            of = following.number if following.kind is Kind.FRACTION else FRACTION_AFTER_ORDINAL.get(following.text, 0)
            if of:
                token = self.tokens[self.position]
                number = of if token.kind is Kind.LAST else token.number
                if not 1 <= number <= of:
                    raise _not_understood(token)
                self.position += 2
                return Part(number, of)
        token = self._take(Kind.PART)
        return Part(token.number, 3) if token else None

    def _century_word(self) -> bool:
        """Read the word behind a number: `17th century`, `17th-century`"""
        hyphen = int(self._peek() is Kind.TO and self._peek(1) is Kind.CENTURY)
        if self._peek(hyphen) is Kind.CENTURY:
            self.position += 1 + hyphen
            return True
        return False


def _share_heads(atoms: list[Atom]) -> list[Atom]:
    """Give a part without a number that of the next atom: `early-mid 20th century`."""
    shared = list[Atom]()
    for atom in reversed(atoms):
        if atom.head is None:
            if not shared:
                raise DateError("names no year")
            atom = replace(atom, head=shared[-1].head, century=shared[-1].century, decades=shared[-1].decades)
        shared.append(atom)
    return shared[::-1]


def _share_centuries(atoms: list[Atom]) -> list[Atom]:
    """Give numbers beside a century its word, `17th–18th century`, and expand those behind a year, `1889–90`."""
    has_word = any(atom.century for atom in atoms)
    shared, base = list[Atom](), None
    for atom in atoms:
        head = atom.head
        assert head is not None
        if head.kind is Kind.NUMBER and not atom.century and base is not None:
            head = Token(Kind.YEAR, head.text, _expand(base, head))
        elif head.kind is Kind.SHORT_DECADE:
            if base is None:
                raise DateError(f"names no century for {head.text!r}")
            head = Token(Kind.DECADE, head.text, base - base % 100 + head.number)
        if head.kind in (*_CENTURIES, Kind.NUMBER):
            if not (atom.century or has_word):
                raise DateError("names no year")
            atom = replace(atom, century=True)
        if head.kind in (Kind.YEAR, Kind.DECADE):
            base = head.number
        decades = atom.decades or (head.kind is Kind.YEAR and bool(shared) and shared[-1].decades)
        shared.append(replace(atom, head=head, decades=decades))
    return shared


def _mark_hundreds(atoms: list[Atom]) -> list[Atom]:
    """Mark `1800s`, which may be ten years or a hundred; beside other years, `1790s–1800s`, it is ten."""
    heads = [atom.head for atom in atoms if atom.head]
    doubtful = all(head.kind is Kind.DECADE and head.number % 100 == 0 and head.width == 1 for head in heads)
    return [replace(atom, hundred=doubtful) for atom in atoms]


def _expand(year: int, short: Token) -> int:
    unit = 10 ** len(short.text)
    return year - year % unit + short.number


def _span(atom: Atom) -> Span:
    head = atom.head
    assert head is not None
    if head.kind is Kind.NAMED_CENTURY or head.kind is not Kind.YEAR and atom.century:
        if head.number < 1:
            raise DateError("names the century 0, which does not exist")
        return _portion(first=100 * head.number - 99, years=100, part=atom.part, circa=atom.circa, vague=True)
    if head.kind is Kind.DECADE or atom.decades:
        if head.number % 10:
            raise DateError(f"names no decade with {head.number}")
        years = 100 if atom.hundred else 10
        return _portion(first=head.number, years=years, part=atom.part, circa=atom.circa, vague=years == 100)
    latest = head.number + head.width - 1
    return Span(head.number, latest, circa=atom.circa, vague=head.width > 10)


def _portion(*, first: int, years: int, part: Part | None, circa: bool, vague: bool) -> Span:
    """Return a part of a century or decade, its ends rounded outwards."""
    if part is None:
        return Span(first, first + years - 1, circa, vague)
    start, end = years * (part.number - 1) // part.of, ceil(years * part.number / part.of)
    return Span(first + start, first + end - 1, circa, vague)


def _join(atoms: list[Atom]) -> Span:
    if atoms[0].bound is Kind.BETWEEN:
        if len(atoms) < 2:
            raise DateError("names only one end of a range")
        return _ordered([_span(atom) for atom in atoms])
    groups = list[list[Atom]]()
    for atom in atoms:
        if groups and atom.link in _RANGE and atom.bound is None:
            groups[-1].append(atom)
        else:
            groups.append([atom])
    joined = _bounded(groups[0])
    for group in groups[1:]:
        right = _bounded(group)
        ends_before = group[0].link in _RANGE and right.earliest is None  # 1650 – before 1655
        joined = _ended(joined, right) if ends_before else join(joined, right)
    return joined


def _ended(left: Span, right: Span) -> Span:
    """Return the range from the start of `left` to the end of `right`."""
    if left.earliest is not None and right.latest is not None and left.earliest > right.latest:
        raise DateError(f"runs backwards, from {left.earliest} to {right.latest}")
    return Span(left.earliest, right.latest, circa=left.circa or right.circa)


def _bounded(group: list[Atom]) -> Span:
    """Return the span of a range with the word before it. The year that `before` or `after` names belongs to it."""
    span, bound = _ordered([_span(atom) for atom in group]), group[0].bound
    if bound is Kind.AFTER or (bound is Kind.SINCE and len(group) == 1):
        return replace(span, latest=None, vague=False)
    if bound in (Kind.BEFORE, Kind.UNTIL):
        return replace(span, earliest=None, vague=False)
    if bound is Kind.BETWEEN:
        raise DateError("names a range inside another")
    return span


def _ordered(spans: list[Span]) -> Span:
    """Return the range from the first to the last span. Raises DateError where it runs backwards."""
    joined = spans[0]
    for left, right in zip(spans, spans[1:], strict=False):
        assert left.earliest and left.latest and right.earliest and right.latest
        if right.earliest < left.earliest or right.latest < left.latest:
            raise DateError(f"runs backwards, from {left.earliest} to {right.latest}")
        joined = join(joined, right)
    return joined


def join(left: Span, right: Span) -> Span:
    """Return the span that contains both; of `after 1945` and `before 1957`, what they have in common."""
    circa, vague = left.circa or right.circa, left.vague and right.vague
    for low, high in ((left, right), (right, left)):
        if low.latest is None and low.earliest is not None and high.earliest is None and high.latest is not None:
            if low.earliest > high.latest:
                raise DateError(f"runs backwards, from {low.earliest} to {high.latest}")
            return Span(low.earliest, high.latest, circa, vague)
    earliest = None if left.earliest is None or right.earliest is None else min(left.earliest, right.earliest)
    latest = None if left.latest is None or right.latest is None else max(left.latest, right.latest)
    return Span(earliest, latest, circa, vague)


def _not_understood(token: Token) -> DateError:
    return DateError(f"has {token.text.strip()!r} where it is not understood")
