"""Read the tokens of a clause as years, decades and centuries with the words around them."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.data.dates.kinds import Kind
from lib.data.dates.painting_date import DateError
from lib.data.dates.tokens import Token
from lib.data.dates.vocabulary import FRACTION_AFTER_ORDINAL

RANGE_LINKS = (Kind.TO, Kind.SLASH, Kind.UNTIL)
_LINKS = (*RANGE_LINKS, Kind.AND, Kind.PARTICLE)
_CONJUNCTIONS = (Kind.AND, Kind.SLASH)
_NUMBERED = (Kind.ORDINAL, Kind.ROMAN, Kind.LAST, Kind.NUMBER)
_BOUNDS = (Kind.BEFORE, Kind.AFTER, Kind.SINCE, Kind.UNTIL, Kind.BETWEEN)
_AROUND = (Kind.CIRCA, Kind.FILLER, Kind.PARTICLE, Kind.CENTURY, Kind.DECADES)
_HEADS = (
    Kind.YEAR, Kind.DECADE, Kind.SHORT_DECADE, Kind.NUMBER, Kind.ORDINAL, Kind.ROMAN, Kind.NAMED_CENTURY
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part of a century or a decade: the `number`th of `of` equal parts."""

    number: int
    of: int


@dataclass(frozen=True)
class Atom:
    """One end of a range, or one date of a list, still without what its neighbours add.

    link: the kind of the connector before it. head: its number; a token of kind PART where it has only a part, `early`.
    century: it has the word. decades: a year is the first of a decade. hundred: a decade may be a century, `1800s`.
    """

    link: Kind | None
    bound: Kind | None
    part: Part | None
    head: Token
    century: bool
    decades: bool
    circa: bool
    hundred: bool = False


def read_atoms(tokens: Sequence[Token]) -> tuple[list[Atom], Kind | None]:
    """Return the atoms of a clause, and LATER or EARLIER where `or later` or `or earlier` leaves an end open.

    Raises DateError where the clause is not understood.
    """
    if not tokens:
        raise DateError("names no year")
    return _Reader(tokens).atoms()


class _Reader:
    """Reads atoms from tokens, from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.position = tokens, 0

    def atoms(self) -> tuple[list[Atom], Kind | None]:
        atoms = [self._atom(None)]
        while self.position < len(self.tokens):
            open_end = self._open_end()
            if open_end is not None:
                return atoms, open_end
            link = self._take(*_LINKS)
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
        linked = self._peek() in (Kind.AND, Kind.PARTICLE)
        last = self._peek(int(linked))
        if self.position + int(linked) != len(self.tokens) - 1:
            return None
        linked = linked or self.tokens[-1].text in ("ante", "post")  # 1550 post
        if last is Kind.LATER or (linked and last is Kind.AFTER):
            return Kind.LATER
        return Kind.EARLIER if last is Kind.EARLIER or (linked and last is Kind.BEFORE) else None

    def _words(self, *kinds: Kind) -> list[Token]:
        words = list[Token]()
        while word := self._take(*kinds):
            words.append(word)
        return words

    def _atom(self, link: Kind | None) -> Atom:
        words = self._words(*_BOUNDS, *_AROUND, *_CONJUNCTIONS)
        bound = _bound(words)
        part = self._part()
        if part and not (self._peek() in _LINKS and self._fraction(2)):
            words += self._words(*_AROUND)
            if self._peek() is Kind.TO and self._peek(1) in _HEADS:  # mid-18th century
                self.position += 1
        head = self._take(*_HEADS)
        if head is None and part is None:
            raise _not_understood(self.tokens[min(self.position, len(self.tokens) - 1)])
        words += self._century_word() if head else []
        kinds = {word.kind for word in words}
        if part is None and Kind.CENTURY in kinds:
            part = self._part()
        kinds |= {word.kind for word in self._words(Kind.CIRCA, Kind.FILLER)}
        return Atom(
            link=link,
            bound=bound,
            part=part,
            head=head or Token(Kind.PART, ""),
            century=Kind.CENTURY in kinds,
            decades=Kind.DECADES in kinds,
            circa=Kind.CIRCA in kinds,
        )

    def _part(self) -> Part | None:
        """Read `early`, `second half`, `last quarter`, `prima metà`, `first decade`."""
        if self._peek() in _NUMBERED:
            of, length = self._fraction(1), 2
            if not of and self._peek(1) in _LINKS and self._peek(2) in _NUMBERED:  # 1st-2nd quarter
                of, length = self._fraction(3), 1
            token = self.tokens[self.position]
            number = of if token.kind is Kind.LAST else token.number
            if 1 <= number <= of:
                self.position += length
                return Part(number, of)
        third = self._take(Kind.PART)
        return Part(third.number, 3) if third else None

    def _fraction(self, ahead: int) -> int:
        """Return how many parts the fraction at a place ahead divides into; 0 where there is none."""
        if self._peek(ahead) is None:
            return 0
        token = self.tokens[self.position + ahead]
        return token.number if token.kind is Kind.FRACTION else FRACTION_AFTER_ORDINAL.get(token.text, 0)

    def _century_word(self) -> list[Token]:
        """Read the word behind a number: `17th century`, `17th-century`."""
        if self._peek() is Kind.TO and self._peek(1) is Kind.CENTURY:
            self.position += 1
        return self._words(Kind.CENTURY)


def _bound(words: Sequence[Token]) -> Kind | None:
    """Return the kind of the only bound among words. A conjunction needs one: `in or before`, `um/nach`."""
    bounds = [word for word in words if word.kind in _BOUNDS]
    conjunctions = [word for word in words if word.kind in _CONJUNCTIONS]
    if len(bounds) > 1 or (conjunctions and not bounds):
        raise _not_understood((bounds[1:] or conjunctions)[0])
    return bounds[0].kind if bounds else None


def _not_understood(token: Token) -> DateError:
    return DateError(f"has {token.text.strip()!r} where it is not understood")
