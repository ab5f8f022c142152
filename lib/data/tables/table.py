"""A catalogue as its file has it: named columns of texts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def make_frame(names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> pd.DataFrame:
    """Return rows as columns of texts, an empty text as null."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    cells = ([cell or None for cell in column] for column in columns)
    frame = pd.DataFrame(dict(enumerate(pd.Series(column, dtype="str") for column in cells)))
    return frame.set_axis(unique_names(names), axis="columns")


def unique_names(names: Sequence[str]) -> list[str]:
    """Number the names that stand twice, `date (1)` and `date (2)`, so that none of them is taken for the other."""
    counts, seen = Counter(names), Counter[str]()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return unique
