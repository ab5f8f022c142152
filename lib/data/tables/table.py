"""A catalogue as its file has it: named columns of texts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import pandas as pd


class TableError(Exception):
    """A file that is not a table; the message says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class CatalogueTable:
    """The rows of a catalogue.

    frame: texts by column, null where a cell is empty; names of columns are unique. format: such as "CSV, ';' between
    fields". encoding: of a text file, else None. notes: what the rows alone do not tell, such as lines left out.
    """

    frame: pd.DataFrame
    format: str
    encoding: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.frame)


def make_frame(names: Sequence[str], rows: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Return rows, none shorter than `names`, as columns of texts; an empty text is null."""
    # Column by column: all columns at once as Python lists take gigabytes for half a million rows.
    columns = {
        name: pd.Series([row[position] or None for row in rows], dtype="str")
        for position, name in enumerate(unique_names(names))
    }
    return pd.DataFrame(columns)


def unique_names(names: Sequence[str]) -> list[str]:
    """Number the names that stand twice, `date (1)` and `date (2)`, so that none of them is taken for the other."""
    counts = Counter(names)
    unique: list[str] = []
    for name in names:
        numbered = (f"{name} ({number})" for number in count(1))
        taken = {*counts, *unique}
        unique.append(next(other for other in numbered if other not in taken) if counts[name] > 1 else name)
    return unique
