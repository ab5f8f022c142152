"""What was done to the artists of a catalogue, for its report."""

from pydantic import BaseModel


class Merge(BaseModel, frozen=True):
    """An artist whom the catalogue writes in several ways. spellings: the rows under each, most frequent first."""

    artist: str
    spellings: dict[str, int]


class Split(BaseModel, frozen=True):
    """A name that several artists have, and the rows under each name they are shown by."""

    name: str
    artists: dict[str, int]


class NearMiss(BaseModel, frozen=True):
    """Two names that may be one artist and were kept apart."""

    first: str
    second: str
    reason: str
    first_rows: int
    second_rows: int


class ArtistNotes(BaseModel, frozen=True):
    """What was done to the artists of a catalogue.

    rows_by_qualifier: empty qualifier for the artists' own works; without nobody's. nobody: rows that name no artist,
    by their text. unknown_roles: rows by roles that say nothing of authorship. unreadable_years: values of the columns
    of birth and death that are no year. contradicting_years: artists for whom rows give different years.
    near_misses: those with most rows; near_miss_count counts all.
    """

    rows_by_qualifier: dict[str, int]
    nobody: dict[str, int]
    unknown_roles: dict[str, int]
    unreadable_years: int
    contradicting_years: int
    merges: tuple[Merge, ...]
    splits: tuple[Split, ...]
    near_misses: tuple[NearMiss, ...]
    near_miss_count: int

    @property
    def nobody_rows(self) -> int:
        """Rows that name no artist."""
        return sum(self.nobody.values())
