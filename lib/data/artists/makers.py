"""What a catalogue's text says of a work's maker: the name, how the work relates to it, and the years of life."""

import re
from dataclasses import dataclass, replace

from lib.data.artists.lives import Life, cut_tail, is_life, read_life
from lib.data.artists.names import is_suffix
from lib.data.artists.phrases import POSSIBLY, SEVERAL
from lib.data.artists.qualifiers import (
    cut_ending,
    cut_inner,
    cut_leading,
    farthest,
    mentions_qualifier,
    qualifier_of,
    qualifier_of_role,
)
from lib.data.artists.text import plain, tidy
from lib.data.artists.vocabulary import is_profession, names_nobody

_LABEL = re.compile(
    r"(?:(?:artist|maker|painter|creator|author|kunstler(?:in)?|maler(?:in)?|artiste|peintre|auteur|kunstenaar|schilder"
    r"|vervaardiger|artista|pittore|autore|pintor|autor)(?:\(s\)|s)?\s*:"
    r"|(?:(?:(?:(?:print )?made|painted|drawn|engraved|etched|designed) )?by|gemalt von|peint par"
    r"|geschilderd door):?(?= ))\s*"
)
_BRACKETS = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)|\[([^\[\]]*)\]")  # Tokyo (Edo) stands inside others
_WRAPPED = re.compile(r"""(?=(?:\([^()]*\)|\[[^\[\]]*\]|"[^"]*"|“[^”]*”)$).(.*).""")
_MASTER = re.compile(r"(?:the )?(?:master|meister|meester|maitre|maestro|mestre)\b")
_SEPARATOR = re.compile(
    r"\s*[;|]\s*|(?<=\D)\s*/\s*(?=\D)|\s+(?:&|\+|and|with|und|mit|et|avec|met|con)\s+"
    r"|\s+(?P<or>or|oder|ou)(?!\s+(?:after|before|later))\s+|\s+(?P<also_in_names>e|y|en)\s+"
)


@dataclass(frozen=True)
class Maker:
    """A work's maker.

    name: as the catalogue writes it, without what is said beside it; empty for nobody's works. qualifier: empty for
    the artist's own works, else one of lib.data.artists.phrases.QUALIFIERS. birth and death: years, where the text
    says them.
    """

    name: str
    qualifier: str = ""
    birth: int | None = None
    death: int | None = None


def parse_maker(text: str, *, role: str | None = None) -> Maker:
    """Split a catalogue's text for the artist, such as `Workshop of Rembrandt (Dutch, 1606–1669)`.

    role: the catalogue's own column for how the artist relates to the work. Of several makers the first one named
    is returned. Of two qualifiers the one farther from the artist's own hand holds.
    """
    # Behind a line break stands what could stand in brackets.
    text = _without_label(tidy(re.sub(r"\s*[\r\n]+\s*", "; ", text.strip())))
    if whole := _WRAPPED.fullmatch(text):
        text = whole[1]
    if names_nobody(text):
        return Maker("")
    pieces, uncertain = _split(text)
    makers = list(map(_parse_piece, pieces))
    named = next((maker for maker in makers if maker.name), Maker(""))
    if not named.name:
        return named
    qualifiers = [named.qualifier, qualifier_of_role(tidy(role or ""))]
    if len(makers) > 1:
        qualifiers.append(POSSIBLY if uncertain else SEVERAL)
    return replace(named, qualifier=farthest(qualifiers))


def _without_label(text: str) -> str:
    match = _LABEL.match(plain(text))
    return text[match.end() :] if match else text


def _split(text: str) -> tuple[list[str], bool]:
    """Return the texts of the makers, and whether they are alternatives. Years and nationalities stay with a maker."""
    simple = _BRACKETS.sub(lambda match: "_" * len(match[0]), plain(text))
    pieces, start, uncertain = list[str](), 0, False
    for match in _SEPARATOR.finditer(simple):
        before, after = text[start : match.start()], text[match.end() :]
        if not before.strip() or not after.strip() or not _separates(match, simple[start : match.start()], simple):
            continue
        if match[0].strip(" ;|") or not qualifier_of(after):  # Rembrandt; workshop of
            pieces.append(before)
            start = match.end()
        uncertain = uncertain or match["or"] is not None
    pieces.append(text[start:])
    makers = pieces[:1]
    for piece in pieces[1:]:
        if all(is_life(part, sure=True) for part in piece.split(",")) and not _BRACKETS.search(piece):
            makers[-1] += f", {piece}"
        else:
            makers.append(piece)
    return makers, uncertain


def _separates(match: re.Match[str], before: str, text: str) -> bool:
    if not match[0].strip(" ;|") or qualifier_of(text[match.end() :]):  # … and workshop
        return True
    if _MASTER.match(cut_leading(before)[0]):  # Master of Saints Cosmas and Damian
        return False
    # Goya y Lucientes
    return match["also_in_names"] is None or min(len(before.split()), len(text[match.end() :].split())) > 1


def _parse_piece(text: str) -> Maker:
    text, before = cut_leading(text.strip(" ,;"))
    text, inner = (text, "") if _MASTER.match(plain(text)) else cut_inner(text)
    text, beside, in_brackets = _cut_brackets(text)
    text, after_name = cut_tail(text)
    text, behind, in_parts = _cut_parts(text)
    text, before_parts = cut_tail(text)
    text, again = cut_leading(text)
    text, ending = cut_ending(text)
    doubts = [POSSIBLY] if "?" in text[:1] + text[-1:] else []
    name = text.strip(" ,;:?").rstrip(" -–—")
    if names_nobody(name) or qualifier_of(name):
        return Maker("")
    life = in_brackets.or_else(after_name).or_else(in_parts).or_else(before_parts)
    return Maker(name, farthest([before, inner, *beside, *behind, again, ending, *doubts]), *life)


def _cut_brackets(text: str) -> tuple[str, list[str], Life]:
    """Cut brackets that say a qualifier, years, a nationality or a profession; others belong to the name."""
    qualifiers, life = list[str](), Life()

    def cut(match: re.Match[str]) -> str:
        nonlocal life
        content = match[1] if match[1] is not None else match[2]
        dated = any(character.isdigit() for character in content)
        parts = [part for part in re.split(r"[,;]", content) if part.strip()]
        said = [_said_beside(part, sure=dated, places=True) for part in parts]
        qualifiers.extend(qualifier for qualifier in said if qualifier)
        life = life.or_else(read_life(content))
        return " " if any(qualifier is not None for qualifier in said) or not parts else match[0]

    cut_text = _BRACKETS.sub(cut, text)
    return re.sub(r"\s+([,;])", r"\1", " ".join(cut_text.split())), qualifiers, life


def _cut_parts(text: str) -> tuple[str, list[str], Life]:
    """Cut what is said after the last commas of a name."""
    parts = [part.strip() for part in re.split(r",|\s*[;|]\s*", text)]
    tail = list[str]()
    qualifiers = list[str]()
    while len(parts) > 1:
        said = _said_beside(parts[-1], sure=bool(tail))
        if said is None and parts[-1]:
            break
        qualifiers.append(said or "")
        tail.insert(0, parts.pop())
    return ", ".join(parts), qualifiers, read_life(", ".join(tail))


def _said_beside(part: str, *, sure: bool, places: bool = False) -> str | None:
    """Return the qualifier that a part beside a name says, empty where it says something else; None for a name."""
    if is_suffix(part):
        return None
    if (qualifier := qualifier_of(part)) is not None:
        return qualifier
    if mentions_qualifier(part) or (places and cut_leading(part)[1]):
        return SEVERAL
    return "" if is_life(part, sure=sure, places=places) or is_profession(part) else None
