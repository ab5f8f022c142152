"""Which rows of a catalogue belong to one person: by the museum's id, else by name and life dates."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from lib.data.artists.lives import Life

TOLERANCE = 10  # years between which catalogues disagree about one person
_NO_ID = frozenset({"", "0", "-1", "-", "none", "null", "nan", "n/a", "unknown"})


@dataclass(frozen=True)
class Variant:
    """What rows say of an artist: the name's key, the museum's id, the life, and whether the works are their own."""

    key: str
    id: str
    life: Life
    own: bool


@dataclass(frozen=True)
class Person:
    """Somebody whom a catalogue names. number tells apart persons of one name without an id."""

    key: str
    id: str = ""
    number: int = 0


def normalize_id(text: str) -> str:
    """Return the number of a museum, ULAN or Wikidata, also from its address; empty for what is no id.

    Of several ids the first counts, as of several makers.
    """
    first = re.split(r"[;|,]", text)[0].strip().rstrip("/#")
    last = re.sub(r"(?:\.html?|\.json|\.0+)$", "", re.split(r"[/#:]", first)[-1])
    if last.casefold() in _NO_ID:
        return ""
    return last.upper() if re.fullmatch(r"q\d+", last) else last


def contradict(first: Life, second: Life) -> bool:
    """Tell whether two lives cannot be one person's."""
    return any(
        a is not None and b is not None and abs(a - b) > TOLERANCE for a, b in zip(first, second, strict=True)
    ) or any(
        birth is not None and death is not None and not 0 < death - birth <= 115
        for birth, death in ((first.birth, second.death), (second.birth, first.death))
    )


def assign_persons(variants: Iterable[Variant]) -> dict[Variant, Person]:
    """Return the person of each variant; the order of the variants does not matter.

    An id decides, if the artist's own works have it: workshops and followers may have ids of their own. Works without
    such an id join the one person of that name, unless life dates contradict. Names without any id are persons by
    their life dates.
    """
    variants = set(variants)
    ids = {variant.id for variant in variants if variant.own and variant.id}
    by_key = defaultdict[str, list[Variant]](list)
    for variant in variants:
        by_key[variant.key].append(variant)
    lives_of = _lives_of_ids(variant for variant in variants if variant.id in ids)
    persons = {variant: Person("", variant.id) for variant in variants if variant.id in ids}
    for key, group in by_key.items():
        of_ids = {variant.id for variant in group if variant.own and variant.id in ids}
        candidates = {Person("", id_): lives_of[id_] for id_ in of_ids}
        rest = [variant for variant in group if variant.id not in ids]
        persons |= _assign_by_name(key, rest, candidates)
    return persons


def _lives_of_ids(variants: Iterable[Variant]) -> dict[str, list[Life]]:
    lives = defaultdict[str, list[Life]](list)
    for variant in variants:
        if variant.own:
            lives[variant.id].append(variant.life)
    return lives


def _assign_by_name(
    key: str, variants: Sequence[Variant], candidates: dict[Person, list[Life]]
) -> dict[Variant, Person]:
    """Assign the works of one name: own works make persons where no candidate fits, other works join them."""
    own = sorted({variant.life for variant in variants if variant.own}, key=_sort_key)
    persons = {life: person for life in own if (person := _only_match(life, candidates))}
    without = [life for life in own if life not in persons]
    for number, lives in enumerate(_same_person(without)):
        person = Person(key, number=number)
        candidates = candidates | {person: lives}
        persons |= dict.fromkeys(lives, person)
    unsure = persons.get(Life(), Person(key, number=len(without)))
    # The years beside a copy may be the copyist's.
    master = next(iter(candidates)) if len(candidates) == 1 else None
    return {
        variant: persons[variant.life] if variant.own else master or _only_match(variant.life, candidates) or unsure
        for variant in variants
    }


def _only_match(life: Life, candidates: dict[Person, list[Life]]) -> Person | None:
    fitting = [person for person, lives in candidates.items() if not any(contradict(life, other) for other in lives)]
    return fitting[0] if len(fitting) == 1 and (len(candidates) == 1 or life != Life()) else None


def _same_person(lives: Sequence[Life]) -> list[list[Life]]:
    """Group the lives under one name: all of them unless some contradict, then those that share a year."""
    if not any(contradict(first, second) for first in lives for second in lives):
        return [list(lives)] if lives else []
    near = np.array([[not contradict(a, b) and _share_a_year(a, b) for b in lives] for a in lives])
    count, labels = connected_components(csr_array(near), directed=False)
    return [[life for life, label in zip(lives, labels, strict=True) if label == group] for group in range(count)]


def _share_a_year(first: Life, second: Life) -> bool:
    return any(a is not None and b is not None for a, b in zip(first, second, strict=True))


def _sort_key(life: Life) -> tuple[int, int]:
    return life.birth or 0, life.death or 0


def commonest(values: Iterable[int | None], weights: Iterable[int]) -> int | None:
    """Return the year with the highest weight, the earlier of two; None where there is none."""
    counts = Counter[int]()
    for value, weight in zip(values, weights, strict=True):
        if value is not None:
            counts[value] += weight
    return min(counts, key=lambda year: (-counts[year], year), default=None)
