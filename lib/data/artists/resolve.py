"""One artist, one name, for all rows of a catalogue."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from lib.data.artists.aliases import Aliases
from lib.data.artists.lives import Life
from lib.data.artists.names import choose_spelling, name_key
from lib.data.artists.near_misses import Artist, find_near_misses
from lib.data.artists.notes import ArtistNotes, Merge, Split
from lib.data.artists.persons import Person, assign_persons, commonest
from lib.data.artists.phrases import OTHER_ROLE
from lib.data.artists.qualifiers import qualifier_of_role
from lib.data.artists.readings import Reading, Row, read_row

COLUMNS = ("artist", "role", "artist_id", "birth", "death")


def resolve_artists(table: pd.DataFrame, *, aliases: Mapping[str, str] = {}) -> tuple[pd.DataFrame, ArtistNotes]:
    """Return the table with one name for each artist, and what was done.

    table: the text columns COLUMNS, all of which may be null. aliases: names by spelling; they decide over ids,
    and these over spelling. In the returned table artist is the artist's name, null for nobody's works; qualifier is
    empty for the artist's own works; birth and death (Int32) are the same for all works of an artist, from
    the columns rather than from the text. Other columns and the index stay.
    """
    keys = [Row(*values) for values in table[list(COLUMNS)].fillna("").astype(str).itertuples(index=False)]
    counts = Counter(keys)
    by_spelling = Aliases(aliases)
    readings = {row: read_row(row, by_spelling) for row in counts}
    named = {row: reading for row, reading in readings.items() if reading.maker.name}
    assigned = assign_persons(reading.variant for reading in named.values())
    rows_of = defaultdict[Person, list[Row]](list)
    for row in sorted(named, key=lambda row: (row.text, row.role, row.artist_id, row.birth, row.death)):
        rows_of[assigned[named[row].variant]].append(row)
    unlabelled = {person: _describe(rows, named, counts) for person, rows in rows_of.items()}
    people = _tell_apart(unlabelled)

    artists = [people[assigned[named[row].variant]] if row in named else None for row in keys]
    resolved = table.assign(
        artist=pd.Series([artist.name if artist else None for artist in artists], index=table.index, dtype="object"),
        qualifier=pd.Series([readings[row].maker.qualifier for row in keys], index=table.index, dtype="object"),
        birth=pd.array([artist.life.birth if artist else None for artist in artists], dtype="Int32"),
        death=pd.array([artist.life.death if artist else None for artist in artists], dtype="Int32"),
    )
    splits = [
        Split(name=unlabelled[group[0]].name, artists=_ranked({people[p].name: people[p].rows for p in group}))
        for group in _namesakes(unlabelled)
    ]
    return resolved, _notes(counts, readings, people, rows_of, splits)


def _describe(rows: Sequence[Row], readings: Mapping[Row, Reading], counts: Mapping[Row, int]) -> Artist:
    """Return the artist of rows: aliases name an artist, else spelling; the artist's own works give the life."""
    own = [row for row in rows if readings[row].variant.own] or rows
    weights = [counts[row] for row in own]
    spellings, aliases = Counter[str](), Counter[str]()
    for row in rows:
        reading = readings[row]
        spellings[reading.maker.name] += counts[row]
        if reading.alias:
            aliases[reading.alias] += counts[row]
    return Artist(
        name=choose_spelling(aliases or spellings),
        life=Life(
            commonest((readings[row].variant.life.birth for row in own), weights),
            commonest((readings[row].variant.life.death for row in own), weights),
        ),
        rows=sum(counts[row] for row in rows),
    )


def _tell_apart(people: Mapping[Person, Artist]) -> dict[Person, Artist]:
    """Return the artists with names that differ: those of one name have their life dates or their id behind it."""
    labelled = dict(people)
    for group in _namesakes(people):
        labels = {person: _label(people[person].life) or person.id for person in group}
        times = Counter(labels.values())
        name = choose_spelling(Counter({people[person].name: people[person].rows for person in group}))
        for person, label in labels.items():
            if times[label] > 1:
                label = person.id or str(person.number + 1)
            labelled[person] = replace(people[person], name=f"{name} ({label})" if label else name)
    return labelled


def _namesakes(people: Mapping[Person, Artist]) -> list[list[Person]]:
    groups = defaultdict[str, list[Person]](list)
    for person, artist in people.items():
        groups[name_key(artist.name)].append(person)
    return [group for group in groups.values() if len(group) > 1]


def _label(life: Life) -> str:
    if life.birth and life.death:
        return f"{life.birth}–{life.death}"
    return f"born {life.birth}" if life.birth else f"died {life.death}" if life.death else ""


def _notes(
    counts: Mapping[Row, int],
    readings: Mapping[Row, Reading],
    people: Mapping[Person, Artist],
    rows_of: Mapping[Person, Sequence[Row]],
    splits: Sequence[Split],
) -> ArtistNotes:
    qualifiers, nobody, roles = Counter[str](), Counter[str](), Counter[str]()
    for row, count in counts.items():
        if readings[row].maker.name:
            qualifiers[readings[row].maker.qualifier] += count
        else:
            nobody[row.text.strip()] += count
        if qualifier_of_role(row.role) == OTHER_ROLE:
            roles[row.role.strip()] += count
    merges = list[Merge]()
    contradicting = 0
    for person, rows in rows_of.items():
        artist = people[person]
        spellings = Counter[str]()
        for row in rows:
            spellings[readings[row].spelling] += counts[row]
        if len(spellings) > 1:
            merges.append(Merge(artist=artist.name, spellings=_ranked(spellings)))
        own = [readings[row].variant.life for row in rows if readings[row].variant.own]
        contradicting += any(len({life[part] for life in own} - {None}) > 1 for part in range(2))
    near_misses, near_miss_count = find_near_misses(people.values())
    return ArtistNotes(
        rows_by_qualifier=_ranked(qualifiers),
        nobody=_ranked(nobody),
        unknown_roles=_ranked(roles),
        unreadable_years=sum(readings[row].unreadable * count for row, count in counts.items()),
        contradicting_years=contradicting,
        merges=tuple(sorted(merges, key=lambda merge: (-sum(merge.spellings.values()), merge.artist))),
        splits=tuple(sorted(splits, key=lambda split: split.name)),
        near_misses=near_misses,
        near_miss_count=near_miss_count,
    )


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
