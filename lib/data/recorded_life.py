"""When an artist was born and died, as a catalogue's own columns say."""

from collections import Counter
from collections.abc import Iterable, Mapping

from lib.data.artists.aliases import Aliases
from lib.data.artists.lives import Life
from lib.data.artists.persons import commonest
from lib.data.artists.readings import Row, read_row
from lib.data.artists.resolve import COLUMNS
from lib.data.columns import USUAL_NAMES, column_key


def recorded_life(works: Iterable[Mapping[str, str]]) -> Life:
    """Return the commonest years of birth and death that works of an artist give; None where they give none.

    works: the catalogue's own columns of each. Read are the columns of usual names: the artist's text, which may have
    the years behind the name, and those of birth and death.
    """
    rows = Counter(row_of(columns) for columns in works)
    lives = [read_row(row, Aliases({})).variant.life for row in rows]
    counts = list(rows.values())
    births, deaths = ([getattr(life, end) for life in lives] for end in Life._fields)
    return Life(commonest(births, counts), commonest(deaths, counts))


def row_of(columns: Mapping[str, str]) -> Row:
    """Return what a work's own columns say of its artist; empty texts where they say nothing."""
    texts = {column_key(name): text for name, text in columns.items()}

    def text_of(field: str) -> str:
        return next((texts[key] for key in USUAL_NAMES[field] if key in texts), "")

    return Row(*(text_of(field) for field in COLUMNS))
