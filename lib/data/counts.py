"""The counts in the manifest and the report of a dataset."""

from pydantic import BaseModel


class Step(BaseModel, frozen=True):
    """A rule, and the rows and artists that remain after it."""

    rule: str
    rows: int
    artists: int


class NearDuplicates(BaseModel, frozen=True):
    """Near-duplicates within an artist."""

    near_duplicate_groups: int
    paintings_in_near_duplicate_groups: int
    test_paintings_with_a_near_duplicate_outside_test: int


class Counts(BaseModel, frozen=True):
    """What a dataset holds.

    rejected: rows that broke a rule and files that could not be used. missing: dated works without a file. splits:
    paintings by split. works_of_100_artists_with_most_dated_works: dated to one year, under the catalogue's own names,
    with or without a file, as the source study counts them.
    """

    paintings: int
    artists: int
    rejected: int
    missing: int
    splits: dict[str, int]
    near_duplicates: NearDuplicates
    works_of_100_artists_with_most_dated_works: int
    steps: tuple[Step, ...]

    @property
    def summary(self) -> str:
        """Return the numbers of paintings, by split, and of what is not among them, in one sentence."""
        splits = ", ".join(f"{number:,} {name}" for name, number in self.splits.items() if number or name != "apart")
        return f"{self.paintings:,} paintings ({splits}), {self.rejected:,} rejected, {self.missing:,} without a file"


class Changes(BaseModel, frozen=True):
    """What an update did to a dataset.

    added, changed, gone: works. near_duplicates_of_old_works: works with a new picture that shows what an unchanged
    work shows. decoded_files: of which the version before had no picture.
    """

    added: int
    changed: int
    gone: int
    near_duplicates_of_old_works: int
    decoded_files: int

    @property
    def summary(self) -> str:
        """Return the numbers of works and files in a clause."""
        works = f"{self.added:,} works added, {self.changed:,} changed, {self.gone:,} gone"
        return f"{works}; {self.decoded_files:,} files decoded"
