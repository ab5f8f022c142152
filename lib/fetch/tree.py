"""From the addresses of a catalogue to its works, by what the addresses turned out to be."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from lib.fetch.fetcher import Task
from lib.fetch.records import Collection, Failure, Manifest, NoPicture, Picture, Records, Work

MOST_DEPTH = 8  # of collections inside collections


@dataclass(frozen=True, slots=True)
class Found:
    """A picture, and what a manifest says of it."""

    picture: Picture
    work: Work | None = None


@dataclass
class Walk:
    """Follows addresses through the records. most_manifests: that all collections together may lead to."""

    records: Records
    most_manifests: int
    manifests: int = field(default=0, init=False)

    def leaves(self, address: str) -> Iterator[Found | NoPicture | Task]:
        """Yield the works of an address in their order, what has no picture, and what is still to fetch."""
        yield from self._leaves(address, depth=0, seen=set())

    def _leaves(self, address: str, *, depth: int, seen: set[str]) -> Iterator[Found | NoPicture | Task]:
        if address in seen:  # collections may overlap, and contain themselves
            return
        seen.add(address)
        match self.records.get(address):
            case None:
                self.manifests += depth > 0  # it may be one
                yield Task(address)
            case Picture() as picture:
                yield Found(picture)
            case Failure() as failure:
                yield NoPicture(address=address, reason=failure.reason)
            case Manifest() as manifest:
                self.manifests += depth > 0
                yield from self._works(manifest)
            case Collection() as collection:
                yield from self._members(collection, depth=depth, seen=seen)

    def _members(self, collection: Collection, *, depth: int, seen: set[str]) -> Iterator[Found | NoPicture | Task]:
        pages = deque([collection])
        while pages:
            page = pages.popleft()
            for member in page.members:
                if reason := self._bound(depth + 1):
                    yield NoPicture(address=member, reason=reason)
                else:
                    yield from self._leaves(member, depth=depth + 1, seen=seen)
            for address in page.pages:
                known = self.records.get(address)
                if isinstance(known, Collection) and address not in seen:
                    seen.add(address)
                    pages.append(known)
                else:
                    yield from self._leaves(address, depth=depth, seen=seen)

    def _bound(self, depth: int) -> str | None:
        if depth > MOST_DEPTH:
            return f"more than {MOST_DEPTH} collections deep"
        if self.manifests >= self.most_manifests:
            return f"beyond the {self.most_manifests:,} manifests that --max-manifests allows"
        return None

    def _works(self, manifest: Manifest) -> Iterator[Found | NoPicture | Task]:
        yield from manifest.without
        for work in manifest.works:
            match self.records.get(work.source):
                case None:
                    yield Task(work.source, canvas=True)
                case Picture() as picture:
                    yield Found(picture, work)
                case Failure() as failure:
                    yield NoPicture(address=work.source, reason=failure.reason)
                case _:
                    yield NoPicture(address=work.source, reason="a manifest or collection, where a picture should be")
