"""The comparators of a model set, read when they are asked for."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from lib.dating.artist_comparator import ArtistComparator, ComparatorMetadata, read_comparator
from lib.infra.errors import UserError

KEPT = 32  # comparators in memory: of artists with 500 works, 40 MB each


class ComparatorChanged(UserError):
    """A comparator was trained again while its models were used."""


class Comparators(Mapping[str, ArtistComparator]):
    """Comparators by artist. The last KEPT that were asked for stay in memory."""

    def __init__(self, metadata: Mapping[str, ComparatorMetadata], folders: Mapping[str, Path]) -> None:
        """Take the metadata of the comparators, without works, and the folders of their bundles, by artist."""
        self.metadata, self._folders = dict(metadata), dict(folders)
        self._read = lru_cache(maxsize=KEPT)(self._read_bundle)

    def __getitem__(self, artist: str) -> ArtistComparator:
        """Return the comparator of `artist`. Raises ComparatorChanged where another took its place."""
        if artist not in self._folders:
            raise KeyError(artist)
        return self._read(artist)

    def __contains__(self, artist: object) -> bool:
        """Return whether there is a comparator of `artist`, which is not read for it."""
        return artist in self._folders

    def __iter__(self) -> Iterator[str]:
        """Yield the artists."""
        return iter(self._folders)

    def __len__(self) -> int:
        """Return the number of artists."""
        return len(self._folders)

    def _read_bundle(self, artist: str) -> ArtistComparator:
        comparator = read_comparator(self._folders[artist])
        if comparator.metadata.without_works() != self.metadata[artist]:
            raise ComparatorChanged(f"{self._folders[artist]} changed while its models were used; start again")
        return comparator
