"""Names that may be one artist's and are not merged."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import token_set_ratio

from lib.data.artists.lives import Life
from lib.data.artists.names import name_key, split_suffix
from lib.data.artists.notes import NearMiss
from lib.data.artists.persons import contradict

LISTED = 200
SHORTEST_NAME = 5  # letters; shorter names are close to each other by chance
LARGEST_GROUP = 200  # names compared with each other; larger groups share something that says nothing
LIKENESS = 65  # percent of token_set_ratio that names of equal life dates must reach

# Reasons, from the strongest to the weakest; a pair is listed with the strongest.
ACCENTS, ORDER, EDIT, DATES, PART = (
    "differs in accents or punctuation", "same words in another order", "edit distance 1", "equal life dates",
    "one name is part of the other",
)  # fmt: skip


@dataclass(frozen=True)
class Artist:
    """An artist's shown name, life and rows."""

    name: str
    life: Life
    rows: int


def find_near_misses(artists: Iterable[Artist]) -> tuple[tuple[NearMiss, ...], int]:
    """Return the near misses with most rows, at most LISTED, and the number of all.

    The pairs compared are those that share a block, so that time and memory grow with the names and not with their
    square.
    """
    ordered = sorted(artists, key=lambda artist: (-artist.rows, artist.name))
    keys = [_fold(artist.name) for artist in ordered]
    reasons = dict[tuple[int, int], str]()
    for reason, pairs in (
        (ACCENTS, _pairs(_grouped(keys))),
        (ORDER, _pairs(_grouped(" ".join(sorted(key.split())) for key in keys))),
        (EDIT, _edited(keys)),
        (DATES, _same_life(ordered, keys)),
        (PART, _contained(keys)),
    ):
        for pair in pairs:
            first, second = (ordered[index] for index in pair)
            if not contradict(first.life, second.life) and _comparable(first.name, second.name):
                reasons.setdefault(pair, reason)
    misses = [
        NearMiss(
            first=ordered[a].name,
            second=ordered[b].name,
            reason=reason,
            first_rows=ordered[a].rows,
            second_rows=ordered[b].rows,
        )
        for (a, b), reason in sorted(reasons.items(), key=lambda item: (-ordered[item[0][1]].rows, item[0]))
    ]
    return tuple(misses[:LISTED]), len(misses)


def _fold(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name_key(name))
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.sub(r"[\W_]", " ", letters).split())


def _comparable(first: str, second: str) -> bool:
    """Tell whether nothing in two names says that they are two persons: the Elder and the Younger, other numbers."""
    suffixes = {split_suffix(name)[1] for name in (first, second)} - {""}
    return len(suffixes) < 2 and re.findall(r"\d+", first) == re.findall(r"\d+", second)


def _grouped(values: Iterable[str]) -> Iterator[list[int]]:
    groups = defaultdict[str, list[int]](list)
    for index, value in enumerate(values):
        groups[value].append(index)
    yield from groups.values()


def _pairs(groups: Iterable[Sequence[int]]) -> Iterator[tuple[int, int]]:
    for group in groups:
        if len(group) <= LARGEST_GROUP:
            yield from combinations(group, 2)


def _edited(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of edit distance 1: they are equal when a letter is left out of one or both."""
    blocks = defaultdict[str, list[int]](list)
    for index, key in enumerate(keys):
        if len(key) >= SHORTEST_NAME:
            for variant in {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}:
                blocks[variant].append(index)
    for first, second in _pairs(blocks.values()):
        if Levenshtein.distance(keys[first], keys[second], score_cutoff=1) == 1:
            yield first, second


def _same_life(artists: Sequence[Artist], keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    complete = [(index, artist.life) for index, artist in enumerate(artists) if None not in artist.life]
    groups = defaultdict[Life, list[int]](list)
    for index, life in complete:
        groups[life].append(index)
    for first, second in _pairs(groups.values()):
        if token_set_ratio(keys[first], keys[second]) >= LIKENESS:
            yield first, second


def _contained(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the names that begin or end exactly one longer name, such as Rembrandt and Rembrandt van Rijn."""
    indices = {key: index for index, key in enumerate(keys)}
    longer = defaultdict[int, set[int]](set)
    for index, key in enumerate(keys):
        words = key.split()
        for part in (part for count in range(1, len(words)) for part in (words[:count], words[count:])):
            if (shorter := indices.get(" ".join(part))) is not None:
                longer[shorter].add(index)
    for shorter, names in longer.items():
        if len(names) == 1:
            yield min(shorter, *names), max(shorter, *names)
