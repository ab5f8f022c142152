"""The comparators of a model set, read when they are asked for."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from lib.data.provenance import Provenance
from lib.dating.artist_comparator import ArtistComparator, read_comparator
from lib.infra.errors import UserError

KEPT = 32  # comparators in memory: of artists with 500 works, 40 MB each


class ComparatorChanged(UserError):
    """A comparator was trained again while its models were used."""


class Comparators(Mapping[str, ArtistComparator]):
    """Comparators by artist. The last KEPT that were asked for stay in memory."""

    def __init__(self, folders: Mapping[str, Path], provenance: Provenance, works: Mapping[str, str]) -> None:
        """Take the folders of the bundles, by artist, and what they belong to.

        works: fingerprint of the works of each artist.
        """
        self._folders, self._provenance, self._works = dict(folders), provenance, works
        self._read = lru_cache(maxsize=KEPT)(self._read_bundle)

    def __getitem__(self, artist: str) -> ArtistComparator:
        """Return the comparator of `artist`. Raises ComparatorChanged where another took its place."""
        if artist not in self._folders:
            raise KeyError(artist)
        return self._read(artist)

    def __iter__(self) -> Iterator[str]:
        """Yield the artists."""
        return iter(self._folders)

    def __len__(self) -> int:
        """Return the number of artists."""
        return len(self._folders)

    def _read_bundle(self, artist: str) -> ArtistComparator:
        comparator = read_comparator(self._folders[artist])
        if not comparator.metadata.belongs_to(self._provenance, works=self._works.get(artist)):
            raise ComparatorChanged(f"{self._folders[artist]} changed while its models were used; start again")
        return comparator
