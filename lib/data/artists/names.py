"""One artist, one name: which spellings are the same name, and which of them is shown."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from lib.data.artists.text import tidy

# What tells persons of one name apart, in six languages; each of these stands for itself.
_SUFFIXES = {
    "the elder": r"the elder|the older|d\. ?ä\.?|d\. ?ae\.?|(?:der|die) ältere|l['’]ancien|le vieux|de oude"
    r"|il vecchio|el viejo|o velho",
    "the younger": r"the younger|d\. ?j\.?|(?:der|die) jüngere|le jeune|de jonge|il giovane|el joven|o novo",
    "jr": r"(?:jr|jnr|junior)\.?",
    "sr": r"(?:sr|snr|senior)\.?",
} | {numeral: numeral for numeral in ("ii", "iii", "iv", "vi", "vii", "viii")}
# These may also be a surname or an initial: they need brackets or two words before them.
_WEAK_SUFFIXES = {"the elder": "elder", "the younger": "younger", "i": "i", "v": "v"}
_ALONE = re.compile(rf"\(?(?:{'|'.join([*_SUFFIXES.values(), *_WEAK_SUFFIXES.values()])})\)?", re.I)
_AT_END = [
    *((suffix, re.compile(rf"(?P<name>.*\S)[ ,]+\(?(?:{words})\)?", re.I)) for suffix, words in _SUFFIXES.items()),
    *(
        (suffix, re.compile(rf"(?P<name>.*\S) +\({word}\)|(?P<two_words>.*\S +.*\S) +{word}", re.I))
        for suffix, word in _WEAK_SUFFIXES.items()
    ),
]


def is_suffix(text: str) -> bool:
    """Tell whether a text only tells persons of one name apart: `the Elder`, `Jr.`, `II`."""
    return _ALONE.fullmatch(text.strip()) is not None


def natural_order(name: str) -> str:
    """Turn `Last, First` into `First Last`, and `Last, First, the Elder` into `First Last the Elder`.

    Names with other commas stay as they are.
    """
    parts = [part.strip() for part in name.split(",") if part.strip()]
    suffixes = [part for part in parts[1:] if is_suffix(part)]
    names = [part for part in parts if part not in suffixes]
    if len(names) > 2:
        return name
    if len(names) == 2:
        last, first = names
        body = split_suffix(f"{last} {first}")[0]  # Bruegel, Pieter the Elder
        end = max(len(body) - len(last) - 1, 1)
        names, suffixes = [first[:end], last], [*suffixes, *first[end:].split()]
    return " ".join([*names, *suffixes])


@lru_cache(maxsize=2**16)  # each name is compared several times
def name_key(name: str) -> str:
    """Return what all spellings of one name share: the order of its parts, capitals, dots and spaces do not count.

    Accents count, and so do `the Elder` and `Jr.`, in any of six languages.
    """
    body, suffix = split_suffix(natural_order(tidy(unicodedata.normalize("NFKC", name))))
    folded = re.sub("[‘’ʼ´`]", "'", re.sub("[‐‑‒–—]", "-", unicodedata.normalize("NFC", body.casefold())))
    key = " ".join(re.sub(r"[.,;:\"“”_]", " ", folded).split()) or folded.strip()
    return f"{key}, {suffix}" if suffix else key


def split_suffix(name: str) -> tuple[str, str]:
    """Split `Hans Holbein d. J.` into (`Hans Holbein`, `the younger`); the suffix is empty where there is none."""
    for suffix, pattern in _AT_END:
        if match := pattern.fullmatch(name):
            return next(part for part in match.groups() if part), suffix
    return name, ""


def choose_spelling(spellings: Mapping[str, int]) -> str:
    """Return the spelling to show for an artist. spellings: the works under each.

    Of the name with most works: mixed case comes before capitals only, `First Last` before `Last, First`, then the most
    frequent, then the longest. A name that is
    only written as `Last, First` stays so: turned round it would be a name that the user's tables do not have, and
    a wrong one for names that are no `Last, First`.
    """
    rows = Counter[str]()
    for name, count in spellings.items():
        rows[name_key(name)] += count
    return min(
        spellings,
        key=lambda name: (
            -rows[name_key(name)],
            name in (name.upper(), name.lower()),
            natural_order(name) != name,
            -spellings[name],
            -len(name),
            name,
        ),
    )
