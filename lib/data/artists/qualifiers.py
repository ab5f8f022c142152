"""Find and cut the words that say how a work relates to the artist who is named."""

import re
from collections.abc import Iterable

from lib.data.artists.phrases import OTHER_ROLE, PHRASES, POSSIBLY, QUALIFIERS, SEVERAL
from lib.data.artists.text import plain
from lib.data.artists.vocabulary import is_profession, names_nobody

_BARE = [(qualifier, re.compile(rf"(?<!\w)(?:{words})(?!\w)(?:{link}(?!\w))?")) for qualifier, words, link in PHRASES]
_LONGEST = 200  # characters of a text that says nothing but a qualifier
_AN = r"(?:(?:an?|the|eine[mns]?|un[aeo]?|een) )?"
_ABOUT_A_YEAR = r"(?!\d|(?:about|circa|ca?\.|um|vers) )"
_LEADING = [
    (
        qualifier,
        re.compile(rf"(?<!\w){_AN}(?:{words}){link}:?(?: +|(?<=')){_ABOUT_A_YEAR}(?=\S)"),
        not link.startswith("(?:"),
    )
    for qualifier, words, link in PHRASES
]
_ENDING = re.compile(
    r"(?P<name>\w)[ -]+(?P<words>(?:workshop|studio|school|circle|followers?|pupil|copy|werkstatt|umkreis|nachfolger"
    r"|nachahmer|schule|schuler|zugeschrieben|attributed(?: to)?|attrib\.?|attr\.|toegeschreven|attribue|attribuito"
    r"|atribuido))$"
)
_AFTER_DASH = re.compile(r"(?P<name>.*\S)(?: -|:) +(?P<words>.+)")
_JOINED = re.compile(r"(?:(?P<more>and|with|und|mit|et|avec|en|met|y|e|con)|or|oder|ou|of|and/or) +")
_DATE = re.compile(r"(?:\b(?:c|ca|circa|about|after|before|um|nach|vor|vers|apres|naar|na|in)\b\.? *)?\b\d{3,4}s?\b")
_ARTICLE = re.compile(r"(?:the|dem|der|des|den)(?= (?:master|meister|monogrammist))\s+")
_JOINED_ROLE = re.compile(
    r"(?:and|with|und|et|en|mit|avec|met|con)\b.*|.*\b(?:and|with) (?:others?|assistants?|\w*shop|studio)\b.*"
)
_BY = re.compile(r"(?:(?:painted|drawn|made) )?by|gemalt von|peint par|geschilderd door")
_RANK = re.compile(r"\b(?:primary|principal|main|sole)\b")


def farthest(qualifiers: Iterable[str]) -> str:
    """Return the qualifier that is farthest from the artist's own hand."""
    return max(qualifiers, key=QUALIFIERS.index, default="")


def qualifier_of(text: str) -> str | None:
    """Return the qualifier of a text that says nothing else, such as `workshop of`, `?` or `Werkstatt, 1650`."""
    if len(text) > _LONGEST:
        return None
    rest = _DATE.sub(" ", plain(text)).strip(" .,:;")
    if rest and not rest.strip(" ?"):
        return POSSIBLY
    qualifiers = [POSSIBLY] if rest.endswith("?") else []
    rest = rest.rstrip(" ?")
    if joined := _JOINED.match(rest):
        rest = rest[joined.end() :]
        if joined["more"] and qualifier_of(rest):
            return SEVERAL
    while rest:
        match = _longest((qualifier, pattern.match(rest)) for qualifier, pattern in _BARE)
        if match is None:
            return None
        qualifiers.append(match[0])
        rest = rest[match[1].end() :].lstrip(" .,:;/")
    return farthest(qualifiers) or None


def qualifier_of_role(role: str) -> str:
    """Return the qualifier that a catalogue's role column says; OTHER_ROLE for roles that say nothing of authorship."""
    simple = _RANK.sub("", plain(role)).strip(" |;,")  # a list of makers' roles may be empty
    if not simple.strip(" ?") or is_profession(simple) or _BY.fullmatch(simple):
        return POSSIBLY if "?" in simple else ""
    if _JOINED_ROLE.fullmatch(simple):
        return SEVERAL
    return farthest(qualifier for qualifier, pattern in _BARE if pattern.search(simple)) or OTHER_ROLE


def cut_leading(text: str) -> tuple[str, str]:
    """Cut qualifiers off the start: `Workshop of Rembrandt` becomes (`Rembrandt`, `workshop of`)."""
    qualifiers = []
    simple = plain(text)
    while match := _longest((qualifier, pattern.match(simple)) for qualifier, pattern, _ in _LEADING):
        qualifiers.append(match[0])
        article = _ARTICLE.match(simple, match[1].end())
        end = article.end() if article else match[1].end()
        text, simple = text[end:], simple[end:]
    return text, farthest(qualifiers)


def cut_inner(text: str) -> tuple[str, str]:
    """Cut `Jan Lievens after Rembrandt` to its maker, (`Jan Lievens`, `several makers`).

    Where no maker stands before the qualifier, as in `Unknown follower of Rembrandt`, the artist behind it stays.
    """
    simple = re.sub(r"\(.*?\)|\[.*?\]", lambda brackets: "_" * len(brackets[0]), plain(text))
    matches = [match for _, pattern, firm in _LEADING if firm for match in pattern.finditer(simple) if match.start()]
    if not matches:
        return text, ""
    start = min(match.start() for match in matches)
    return cut_leading(text[start:]) if names_nobody(simple[:start]) else (text[:start], SEVERAL)


def cut_ending(text: str) -> tuple[str, str]:
    """Cut the qualifier off `Rembrandt Workshop`, `Cranach-Werkstatt` or `Rembrandt – follower of`."""
    simple = plain(text)
    for match in (_AFTER_DASH.fullmatch(simple), _ENDING.search(simple)):
        if match and (qualifier := qualifier_of(match["words"])):
            return text[: match.end("name")], qualifier
    return text, ""


def mentions_qualifier(text: str) -> bool:
    """Tell whether a text says a qualifier and a name behind it."""
    simple = plain(text)
    return any(firm and pattern.search(simple) for _, pattern, firm in _LEADING)


def _longest(matches: Iterable[tuple[str, re.Match[str] | None]]) -> tuple[str, re.Match[str]] | None:
    hits = [(qualifier, match) for qualifier, match in matches if match]
    return max(hits, key=lambda hit: hit[1].end(), default=None)
