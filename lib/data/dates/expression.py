"""The interval that one clause of a date means: `c. 1830–41`, `late 19th–early 20th century`, `not before 1660`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from lib.data.dates.atoms import RANGE_LINKS, Atom, Part, read_atoms
from lib.data.dates.kinds import Kind
from lib.data.dates.painting_date import DateError
from lib.data.dates.tokens import Token

_CENTURIES = (Kind.ORDINAL, Kind.ROMAN, Kind.NUMBER)


@dataclass(frozen=True)
class Span:
    """An interval, open where None. vague: a century or a period, which a date inside it makes more precise."""

    earliest: int | None
    latest: int | None
    circa: bool = False
    vague: bool = False


def span_of(tokens: Sequence[Token]) -> Span:
    """Return the interval of a clause. Raises DateError where it is not understood."""
    atoms, open_end = read_atoms(tokens)
    atoms = _mark_hundreds(_share_century(_expand_short(_share_heads(atoms))))
    span = _join(atoms)
    if open_end is Kind.LATER:
        return replace(span, latest=None)
    return replace(span, earliest=None) if open_end is Kind.EARLIER else span


def _share_heads(atoms: list[Atom]) -> list[Atom]:
    """Give a part without a number that of the next atom: `early-mid 20th century`."""
    shared = list[Atom]()
    for atom in reversed(atoms):
        if atom.head.kind is Kind.PART:
            if not shared:
                raise DateError("names no year")
            atom = replace(atom, head=shared[-1].head, century=shared[-1].century, decades=shared[-1].decades)
        shared.append(atom)
    return shared[::-1]


def _expand_short(atoms: list[Atom]) -> list[Atom]:
    """Expand short years and decades by the year before: `1889–90`, `1850s–60s`."""
    expanded, base, decades = list[Atom](), None, False
    for atom in atoms:
        head = atom.head
        if base is not None and head.kind is Kind.NUMBER and not atom.century:
            unit = 10 ** len(head.text)
            head = Token(Kind.YEAR, head.text, base - base % unit + head.number)
        elif base is not None and head.kind is Kind.SHORT_DECADE:
            head = Token(Kind.DECADE, head.text, base - base % 100 + head.number)
        base = head.number if head.kind in (Kind.YEAR, Kind.DECADE) else None
        decades = atom.decades or (decades and head.kind is Kind.YEAR)  # anni 1880–1890
        expanded.append(replace(atom, head=head, decades=decades))
    return expanded


def _share_century(atoms: list[Atom]) -> list[Atom]:
    """Give numbers beside a century its word: `17th–18th century`, `secoli XVI-XVII`."""
    shared = any(atom.century for atom in atoms)
    return [replace(atom, century=atom.century or (shared and atom.head.kind in _CENTURIES)) for atom in atoms]


def _mark_hundreds(atoms: list[Atom]) -> list[Atom]:
    """Mark `1800s`, which may be ten years or a hundred; beside other years, `1790s–1800s`, it is ten."""
    doubtful = all(
        atom.head.kind is Kind.DECADE and atom.head.number % 100 == 0 and atom.head.width == 1 for atom in atoms
    )
    return [replace(atom, hundred=doubtful) for atom in atoms]


def _span(atom: Atom) -> Span:
    head = atom.head
    if head.kind is Kind.NAMED_CENTURY or (atom.century and head.kind in _CENTURIES):
        if head.number < 1:
            raise DateError("names the century 0, which does not exist")
        return _portion(first=100 * head.number - 99, years=100, part=atom.part, circa=atom.circa, vague=True)
    if atom.century:
        raise DateError(f"names {head.number} as a century")
    if head.kind is Kind.DECADE or (head.kind is Kind.YEAR and atom.decades):
        if head.number % 10:
            raise DateError(f"names {head.number} as a decade")
        years = 100 if atom.hundred else 10
        return _portion(first=head.number, years=years, part=atom.part, circa=atom.circa, vague=atom.hundred)
    if head.kind is Kind.YEAR:
        return Span(head.number, head.number + head.width - 1, circa=atom.circa, vague=head.width > 10)
    raise DateError("names no year")


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
        if groups and atom.link in RANGE_LINKS and atom.bound is None:
            groups[-1].append(atom)
        else:
            groups.append([atom])
    joined = _bounded(groups[0])
    for group in groups[1:]:
        right = _bounded(group)
        ends_before = group[0].link in RANGE_LINKS and right.earliest is None  # 1650 – before 1655
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
    """Return the range from the first to the last of closed spans. Raises DateError where it runs backwards."""
    joined = spans[0]
    for left, right in pairwise(spans):
        if (right.earliest or 0) < (left.earliest or 0) or (right.latest or 0) < (left.latest or 0):
            raise DateError(f"runs backwards, from {left.earliest} to {right.latest}")
        joined = join(joined, right)
    return joined


def overlap(left: Span, right: Span) -> bool:
    """Return whether two spans have a year in common."""
    return _starts_by(left, right.latest) and _starts_by(right, left.latest)


def _starts_by(span: Span, year: int | None) -> bool:
    return span.earliest is None or year is None or span.earliest <= year


def intersect(left: Span, right: Span) -> Span:
    """Return the years that two overlapping spans have in common."""
    starts = [span.earliest for span in (left, right) if span.earliest is not None]
    ends = [span.latest for span in (left, right) if span.latest is not None]
    circa, vague = left.circa or right.circa, left.vague and right.vague
    return Span(max(starts, default=None), min(ends, default=None), circa, vague)


def join(left: Span, right: Span) -> Span:
    """Return the span that contains both; of `after 1945` and `before 1957`, what they have in common."""
    circa, vague = left.circa or right.circa, left.vague and right.vague
    after, before = (left, right) if left.latest is None else (right, left)
    if after.latest is None and before.earliest is None and after.earliest is not None and before.latest is not None:
        if after.earliest > before.latest:
            raise DateError(f"runs backwards, from {after.earliest} to {before.latest}")
        return Span(after.earliest, before.latest, circa, vague)
    earliest = None if left.earliest is None or right.earliest is None else min(left.earliest, right.earliest)
    latest = None if left.latest is None or right.latest is None else max(left.latest, right.latest)
    return Span(earliest, latest, circa, vague)
