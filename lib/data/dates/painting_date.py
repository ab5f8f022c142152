"""When a painting was made, as far as its catalogue says: an interval of years."""

from dataclasses import dataclass, replace

LATEST_YEAR = 2100


class DateError(ValueError):
    """A text that gives no date. The message is the reason as a fragment whose subject is the text: "names no year"."""


@dataclass(frozen=True)
class Life:
    """The years of an artist's birth and death, None where unknown."""

    birth: int | None = None
    death: int | None = None


@dataclass(frozen=True)
class PaintingDate:
    """The first and the last year in which a painting may have been made.

    earliest, latest: both belong to the interval; None on at most one side, which is open. circa: the catalogue calls
    the date approximate or uncertain. text: as the catalogue writes it.
    """

    earliest: int | None
    latest: int | None
    circa: bool
    text: str

    def __post_init__(self) -> None:
        years = [year for year in (self.earliest, self.latest) if year is not None]
        if not years:
            raise DateError("names no year")
        if years != sorted(years):
            raise DateError(f"runs backwards, from {years[0]} to {years[-1]}")
        if years[0] < 1:
            raise DateError("names the year 0, which does not exist")
        if years[-1] > LATEST_YEAR:
            raise DateError(f"names the year {years[-1]}, which is after {LATEST_YEAR}")

    @property
    def year(self) -> int:
        """The middle of the interval, rounded down; the known end of an open one."""
        ends = [end for end in (self.earliest, self.latest) if end is not None]
        return sum(ends) // len(ends)

    def widened(self, years: int) -> "PaintingDate":
        """Return the date with both of its known ends moved outwards by `years` where it is circa."""
        if not self.circa:
            return self
        return replace(
            self,
            earliest=None if self.earliest is None else max(1, self.earliest - years),
            latest=None if self.latest is None else min(LATEST_YEAR, self.latest + years),
        )

    def within(self, life: Life) -> "PaintingDate":
        """Return the date with an open end closed by the artist's birth or death, where that leaves an interval."""
        if self.earliest is None and self.latest is not None and life.birth is not None and life.birth <= self.latest:
            return replace(self, earliest=life.birth)
        if self.latest is None and self.earliest is not None and life.death is not None and life.death >= self.earliest:
            return replace(self, latest=life.death)
        return self
