"""Life dates as catalogues write them behind a name."""

import re
from typing import NamedTuple

from lib.data.artists.text import plain
from lib.data.artists.vocabulary import is_nationality, names_nobody

SHORTEST_LIFE, LONGEST_LIFE = 12, 115  # years of an artist

_YEAR = r"(?<!\d)(?<!\d[.,])\d{3,4}(?![\ds])"
_LIMIT = r"(?:after|before|nach|vor|na|voor|apres|avant|dopo|prima del|despues de|antes de|post|ante)\b\.?\s*"
_ABOUT = r"(?:c|ca|circa|about|um|vers|verso|hacia|omstreeks|ongeveer|probably|possibly)(?![a-z])\.?\s*"
_ACTIVE = (
    r"\b(?:active|act|flourished|fl|floruit|worked|working|tatig|werkzaam|actif|actief|attiv[oa]|activ[oa]|documented"
    r"|documentato|dokumentiert|nachweisbar|recorded)\b"
)
_TOKEN = re.compile(
    rf"""(?P<born>\b(?:born|b|geb|geboren|nee?|ne|nato|nata|naci(?:do|da|o)|n)\b\.?|\*)
       | (?P<died>\b(?:died|d|gest|gestorben|gestorven|mort|morte|morto|morta|muert[oa]|overl|overleden|m)\b\.?|[†+])
       | (?P<active>{_ACTIVE}\.?)
       | (?P<range>(?P<first_limit>{_LIMIT})?(?P<first>{_YEAR})(?:/\d{{1,4}})?\s*\??\s*[^\d;()-]{{0,40}}
            (?:-|\bto\b|\bbis\b)(?P<last_limit>[^\d;()]{{0,40}}?)
            (?P<last>(?<!\d)(?:\d{{3,4}}|\d{{2}})(?![\ds]))(?P<or_limit>\s*or\s+(?:after|before|later))?)
       | (?P<end>-\s*(?:{_ABOUT})?(?P<end_year>{_YEAR}))
       | (?P<limited>{_LIMIT}{_YEAR})
       | (?P<year>{_YEAR})(?:/\d{{1,4}})?\s*\??(?P<open>\s*-(?=[\s)\]?]*(?:present)?[\s)\]?]*$))?""",
    re.VERBOSE,
)
_KEYWORD = re.compile(
    r"\s*(?:(?:born|b\.|geb\.|geboren|nee?\b|nato|nata|nacid[oa]|died|d\.|gest\.|gestorben|gestorven|active|act\."
    r"|fl\.|flourished|tatig|werkzaam|actif|actief|attiv[oa]|activ[oa])(?=\W|$)|[*†]).*"
)
_CENTURY = re.compile(r"\b(?:century|centuries|jahrhundert|jh|siecle|eeuw|secolo|sec|siglo)\b")
# Words before the years and none between or behind them: `Joseph 1775–1851`, but not `Leiden 1606 – 1669 Amsterdam`.
_NAME_THEN_YEARS = rf"(?!\W*(?:{_ABOUT}|{_LIMIT})?\d)[^\d]*[a-z][^\d]*\d{{3,4}}(?:[^a-z]|{_ABOUT}|{_LIMIT})*"
_TAIL = re.compile(
    rf"""[\s,]+(?:{_ABOUT})?(?:
        {_YEAR}\??\s*(?:-|\bto\b)\s*(?:{_ABOUT}|{_LIMIT})?(?:\d{{2,4}}\??)?
        | (?:born|b\.|died|d\.|active|fl\.|geb\.|gest\.|\*|†)\s*(?:{_ABOUT})?{_YEAR}
            (?:\s*-\s*(?:{_ABOUT})?\d{{2,4}})?)\s*$""",
    re.VERBOSE,
)


class Life(NamedTuple):
    """The years of birth and death, where a text says them. Active years are neither."""

    birth: int | None = None
    death: int | None = None

    def or_else(self, other: "Life") -> "Life":
        """Return this life, completed by another's years."""
        return Life(self.birth or other.birth, self.death or other.death)


def is_life(text: str, *, sure: bool = False, places: bool = False) -> bool:
    """Tell whether a part of an artist's text says years, a century, a birth or a nationality, and no name.

    sure: another part beside it says years, so that `German` is no given name. places: names of places may stand
    before years, as they do in brackets.
    """
    simple = plain(text)
    if re.search(_YEAR, simple):
        return places or _KEYWORD.fullmatch(simple) is not None or not re.fullmatch(_NAME_THEN_YEARS, simple)
    if places and re.search(r"\d{3}", simple):
        return True
    century = _CENTURY.search(simple) is not None and names_nobody(f"{text} artist")
    return century or _KEYWORD.fullmatch(simple) is not None or is_nationality(text, sure=sure)


def cut_tail(text: str) -> tuple[str, Life]:
    """Cut the years off a text such as `Rembrandt 1606–1669` or `Beuys b. 1921`."""
    simple = plain(text)
    match = _TAIL.search(simple)
    if match is None or not match.start():
        return text, Life()
    active = re.search(_ACTIVE, simple[: match.start()].rpartition(",")[2])  # active Haarlem, 1629–1650
    return text[: match.start()], Life() if active else read_life(text[match.start() :])


def read_life(text: str) -> Life:
    """Return the years of birth and death in `Dutch, 1606–1669`, `b. 1950`, `Nürnberg 1471 – 1528 Nürnberg`.

    A year before or after which somebody was born or died is not taken for the year of birth or death.
    """
    birth = death = None
    mode = ""
    for match in _TOKEN.finditer(plain(text)):
        kind = match.lastgroup
        if match["born"] or match["died"] or match["active"]:
            mode = next(name for name in ("born", "died", "active") if match[name])
        elif mode == "active" or match["limited"]:
            continue
        elif match["range"] and mode != "died":
            first, last = _range(match)
            birth, death = birth or first, death or last
        elif match["end"]:
            death = death or int(match["end_year"])
        elif match["year"] and kind:
            if mode == "born" or (match["open"] is not None and not mode):
                birth = birth or int(match["year"])
            elif mode == "died":
                death = death or int(match["year"])
    return Life(birth, death) if _is_possible(birth, death) else Life()


def _range(match: re.Match[str]) -> tuple[int | None, int | None]:
    first, last = int(match["first"]), int(match["last"])
    if last < 100:  # 1606–69
        last += first - first % 100 + (100 if last <= first % 100 else 0)
    if not _is_possible(first, last):
        return None, None
    limited = match["or_limit"] or re.search(_LIMIT, match["last_limit"])
    return None if match["first_limit"] else first, None if limited else last


def _is_possible(birth: int | None, death: int | None) -> bool:
    return birth is None or death is None or SHORTEST_LIFE <= death - birth <= LONGEST_LIFE
